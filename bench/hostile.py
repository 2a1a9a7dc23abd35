"""One hostile user against ten ordinary ones on the same server. The scenario HOSTILE of bench/run.

For each attack of attacks.py a fresh server: ten users, each with an organization, a product and a webhook, publish at a steady rate (ordinary.py), first alone,
then while the hostile user attacks. What is compared is the p99 of the time from when an event was due to be published until it was received.

The server has all cores but the last; who talks to it has the last, and of these the ordinary users come first. So what an attack takes of a core of its own
machine costs nobody anything here, and what is measured is what it takes of the server. The attack `neighbour`, which asks nothing of the server, shows it.
"""
import json
import os
import re
import subprocess
import sys
import time

from attacks import ATTACKS
from machine import Fleethook, cpu_seconds, pinned, progress

USERS, RATE, SECONDS = 10, 30, 8   # of an ordinary user: events a second
HERE = os.path.dirname(os.path.abspath(__file__))


def peak_mb(pid):
    with open(f"/proc/{pid}/status") as status:
        return round(int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1]) / 1024)


def cores():
    """-> those of the server and the one of its clients, as taskset takes them; None where there is but one."""
    last = os.cpu_count() - 1
    return (None, None) if last == 0 else (f"0-{last - 1}", last)


def folder_mb(folder):
    return round(sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder)) / 1e6)


class Helper:
    """A Python program of this folder, which is told and tells lines of JSON."""

    def __init__(self, machine, *command, core=None, output=subprocess.PIPE):
        self.process = subprocess.Popen(pinned(core, [sys.executable, os.path.join(HERE, command[0]), *command[1:]]), stdin=subprocess.PIPE, stdout=output, text=True)
        machine.running.append(self)

    def tell(self, what):
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def ask(self, what):
        self.tell(what)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args[1]} ended")
        return json.loads(line)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Tenant:
    """A user with an organization and a product of its own; made by the installation's administrator, who needs no open sign-up."""

    def __init__(self, server, name):
        password = "quite long enough"
        server.call("POST", "/v1/users", {"username": f"{name}@example.com", "password": password})
        connection = server.connect()
        connection.request("POST", "/oauth/token", f"grant_type=password&username={name}@example.com&password={password.replace(' ', '+')}",
                           {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        self.token = json.loads(answer.read())["access_token"]
        self.server, self.connection = server, connection
        self.organization = self.call("POST", "/v1/orgs", {"name": name, "slug": name})["organization"]["slug"]
        self.product = self.call("POST", f"/v1/orgs/{name}/products", {"product": {"name": name}})["product"]["id"]

    def call(self, method, path, body):
        self.connection.request(method, path, json.dumps(body), {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text)


def one_attack(machine, program, attack):
    name = attack.__name__
    server_cores, clients_core = cores()
    server = Fleethook(machine, program, name).start(core=server_cores)
    ordinary = Helper(machine, "ordinary.py", core=clients_core)
    receiver = ordinary.ask({})["port"]
    users = [Tenant(server, f"user{number}") for number in range(USERS)]
    for user in users:
        user.call("POST", f"/v1/products/{user.product}/integrations", {
            "integration_type": "Webhook", "event": "reading", "url": f"http://127.0.0.1:{receiver}/", "noDefaults": True, "body": "{{{PARTICLE_EVENT_VALUE}}}"})
    hostile = Tenant(server, "hostile")
    ordinary.ask({"port": server.port, "users": [{"product": user.product, "token": user.token} for user in users]})
    phase = lambda kind, seconds: ordinary.ask({"name": kind, "seconds": seconds, "rate": RATE})
    phase("warm", 1)
    alone, mb_alone = phase("alone", SECONDS), peak_mb(server.pid)
    counts_path = machine.path(f"{name}.counts")
    with open(counts_path, "w") as counts:
        attacker = Helper(machine, "attacks.py", name, core=clients_core, output=counts)
    attacker.tell({"port": server.port, "token": hostile.token, "product": hostile.product, "organization": hostile.organization})
    time.sleep(0.5)
    attacked = phase("attacked", SECONDS)
    ran = round(cpu_seconds(attacker.process.pid), 2)
    attacker.end()
    peak, disk = peak_mb(server.pid), folder_mb(server.data)
    if server.process.poll() is not None:
        raise RuntimeError(f"{name}: the server ended with {server.process.returncode}")
    with open(counts_path) as counts:
        lines = counts.read().splitlines()
    did = json.loads(lines[-1]) if lines else {}
    ordinary.end()
    server.end()
    ratio = round(attacked["p99_ms"] / alone["p99_ms"], 2)
    progress(f"HOSTILE {name}: p99 {attacked['p99_ms']} ms against {alone['p99_ms']} ms alone, peak {peak} MB, {disk} MB on disk; {ran} s of CPU: {did}")
    return {"ratio": ratio, "p99_ms": attacked["p99_ms"], "p99_alone_ms": alone["p99_ms"], "peak_mb": peak, "peak_alone_mb": mb_alone, "disk_mb": disk,
            "attacked": attacked, "alone": alone, "hostile_did": did, "hostile_cpu_s": ran}


def hostile(machine, program):
    chosen = [attack for attack in ATTACKS if attack.__name__ in os.environ.get("FLEETHOOK_BENCH_ATTACKS", attack.__name__).split(",")]
    found = {attack.__name__: one_attack(machine, program, attack) for attack in chosen}
    table = {f"{name}": f"{one['ratio']} x, {one['p99_ms']} ms against {one['p99_alone_ms']} ms, {one['peak_mb']} MB, on disk {one['disk_mb']} MB; hostile ran {one['hostile_cpu_s']} s" for name, one in found.items()}
    raw = {"load_average": round(os.getloadavg()[0], 2), "rounds": list({"attack": name, **one} for name, one in found.items())}
    attacks = [one["ratio"] for name, one in found.items() if name != "neighbour"]
    return {"HOSTILE": (max(attacks, default=None), {**table, **raw}),
            "HOSTILE_MB": (max(one["peak_mb"] for one in found.values()), {name: one["peak_mb"] for name, one in found.items()})}
