"""What receivers that are dead or slow cost the others at a fixed rate. The scenario P4 of bench/run.

Ten integrations get a tenth of the events each. They go to ten receivers, or to ten paths of one; in some rounds the tenth is dead, or answers after 19 s. Publisher
and receivers are the program open_loop, one process with one clock. What is compared is the p99, of the other nine, of the time from when an event was accepted (its
publisher has the answer) until the request for it has come. Each round has a fresh server.
"""
import json
import os
import subprocess

from machine import Fleethook, free_port, progress

RATE = int(os.environ.get("FLEETHOOK_BENCH_RATE", "20000"))   # events a second
SECONDS = int(os.environ.get("FLEETHOOK_BENCH_P4_SECONDS", "10"))
WARM, CONNECTIONS, KINDS = 2, 64, 10
LATE = "late:19000"
# What the tenth does, by round. A receiver that is dead is not there; a path of one that is resets.
ROUNDS = {"receivers": ("well", "absent", LATE, "well"), "paths": ("well", "reset", LATE, "well")}


class OpenLoop:
    """The program open_loop, ended with the machine."""

    def __init__(self, machine, program, receivers):
        self.process = subprocess.Popen([os.path.join(os.path.dirname(program), "open_loop"), str(receivers)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        machine.running.append(self)
        self.ports = [int(port) for port in self.process.stdout.readline().split()]

    def run(self, server, product, sick):
        self.process.stdin.write(f"{server.port} {server.token} {product} {RATE} {WARM} {SECONDS} {CONNECTIONS} {sick}\n")
        self.process.stdin.flush()
        text = self.process.stdout.read()
        if self.process.wait() != 0 or not text:
            raise RuntimeError(f"open_loop ended with {self.process.returncode}")
        return json.loads(text)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def one_round(machine, program, form, sick, number):
    load = OpenLoop(machine, program, KINDS if form == "receivers" else 1)
    server = Fleethook(machine, program, f"p4-{form}-{number}").start()
    [product] = server.add_organization()
    for kind in range(KINDS):
        absent = sick == "absent" and kind == KINDS - 1
        port = free_port() if absent else load.ports[kind % len(load.ports)]
        server.call("POST", f"/v1/products/{product}/integrations", {
            "integration_type": "Webhook", "name": f"kind {kind}", "event": f"open/{kind}/", "url": f"http://127.0.0.1:{port}/{kind}",
            "noDefaults": True, "body": "{{{PARTICLE_EVENT_VALUE}}}"})
    before = server.cpu()
    found = load.run(server, product, sick)
    found = {"form": form, "sick": sick, "server_cpu_s": round(server.cpu() - before, 2), **found}
    server.end()
    if found["missing"] or found["refused"]:
        raise RuntimeError(f"not every event was accepted and sent: {found}")
    progress(f"P4 {form}, the tenth {sick}: {found['rate_reached']:,} events/s, p99 {found['accepted_to_sent_p99_ms']} ms after it was accepted, "
             f"{found['due_to_sent_p99_ms']} ms after it was due")
    return found


def open_loop(machine, program):
    rounds = [one_round(machine, program, form, sick, number) for form, of in ROUNDS.items() for number, sick in enumerate(of)]
    key = "accepted_to_sent_p99_ms"
    ill, ratios = [], []
    for form in ROUNDS:
        well = [one[key] for one in rounds if one["form"] == form and one["sick"] == "well"]
        for one in rounds:
            if one["form"] == form and one["sick"] != "well":
                ill.append(one[key])
                ratios.append(one[key] / max(0.001, sum(well) / len(well)))
    table = {f"{one['form']} {one['sick']} {number}": f"p99 {one[key]} ms, since due {one['due_to_sent_p99_ms']} ms; {one['rate_reached']} events/s"
             for number, one in enumerate(rounds)}
    reached = {"rate": RATE, "rate_reached": min(one["rate_reached"] for one in rounds), "load_average": round(os.getloadavg()[0], 2)}
    return {"P4": (max(ill), {**reached, **table, "rounds": rounds}), "P4_ratio": (round(max(ratios), 2), {**reached, "ratios": [round(one, 2) for one in ratios]})}
