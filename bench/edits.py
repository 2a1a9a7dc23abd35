"""What edits and separations do to events at full rate. The scenario EDITS of bench/run.

wrk publishes numbered events to the products of an organization, the receiver logs each request with its number; meanwhile the shared
integrations are edited, and products separate from them and are merged back, one request after the other without a pause. The same load
without edits runs before and after, on the same server, since a busy machine pauses everybody.
"""
import json
import os
import signal
import subprocess
import time

from machine import Fleethook, Nginx, progress, wait_for

PRODUCTS, CONNECTIONS, STILL_SECONDS = 8, 32, 10
NAMES = ("temperature", "pressure")   # one shared integration for each, on all products
EDITS, SEPARATIONS = 1000, 100
HEADERS = {"X-Number": "{{{PARTICLE_EVENT_VALUE}}}"}
LOG = "$msec $http_x_number $http_x_edit $http_x_own"
LOADS_AT_MOST = 120   # seconds of one load


class Load:
    """wrk in the background, until stop()."""

    def __init__(self, machine, server, products):
        self.stop_file = machine.path("stop")
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "numbered.lua")
        self.process = subprocess.Popen(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{LOADS_AT_MOST}s", "-s", script, f"http://127.0.0.1:{server.port}", "--", self.stop_file,
             server.token, ",".join(NAMES), *map(str, products)], stdout=subprocess.PIPE, text=True)
        machine.running.append(self)

    def stop(self):
        open(self.stop_file, "w").close()
        wait_for(lambda: not os.path.exists(self.stop_file), 10, "the last answers")
        self.process.send_signal(signal.SIGINT)
        text, _ = self.process.communicate(timeout=10)
        result = json.loads(text.strip().splitlines()[-1])
        if result["broken"] or result["refused"] or result["accepted"] != result["issued"]:
            raise RuntimeError(f"not every event was accepted: {result}")
        return result

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Editor:
    """The two shared integrations, and the requests that change them."""

    def __init__(self, server, products, port):
        self.server, self.products, self.connection = server, products, server.connect()
        self.edits, self.separations, self.slowest = 0, 0, 0.0
        self.ids, self.headers = [], [dict(HEADERS) for _ in NAMES]
        for name in NAMES:
            made = self.call("POST", "/v1/orgs/bench/integrations", {
                "integration_type": "Webhook", "name": name, "event": name, "url": f"http://127.0.0.1:{port}/in", "requestType": "POST",
                "headers": HEADERS, "product_ids": products})
            self.ids.append(made["id"])

    def call(self, method, path, body):
        start = time.monotonic()
        answer = self.server.call(method, path, body, self.connection)
        self.slowest = max(self.slowest, time.monotonic() - start)
        return answer

    def edit(self, which):
        self.edits += 1
        self.headers[which] = {**HEADERS, "X-Edit": str(self.edits)}
        self.call("PATCH", f"/v1/orgs/bench/integrations/{self.ids[which]}", {"headers": self.headers[which]})

    def separate(self, which, product):
        """The copy, on its own from now on."""
        self.separations += 1
        return self.call("POST", f"/v1/products/{product}/integrations/{self.ids[which]}/separate",
                         {"headers": {**HEADERS, "X-Own": str(self.separations)}})["id"]

    def merge_back(self, which, product, copy):
        self.call("PATCH", f"/v1/products/{product}/integrations/{copy}", {"headers": self.headers[which]})
        self.call("POST", f"/v1/orgs/bench/integrations/{self.ids[which]}/merge", {"with": copy})

    def run(self):
        """All edits; every tenth is followed by a separation, which lasts for five edits."""
        separated = None
        for number in range(EDITS):
            self.edit(number % len(NAMES))
            if number % (EDITS // SEPARATIONS) == 4:
                which, product = self.separations % len(NAMES), self.products[self.separations % len(self.products)]
                separated = (which, product, self.separate(which, product))
            elif separated is not None and number % (EDITS // SEPARATIONS) == 9:
                self.merge_back(*separated)
                separated = None


def arrivals(nginx, offset, count):
    """The requests logged from `offset` on: (time, number, edit, own); at least `count`, if they come."""
    def enough():
        with open(nginx.log_path) as log:
            log.seek(offset)
            lines = log.read().splitlines()
        return lines if len(lines) >= count or time.monotonic() > end else None
    end = time.monotonic() + 3
    time.sleep(0.3)   # nginx writes its buffer after 0.1 s; what comes twice comes by then
    return [line.split(" ") for line in wait_for(enough, 10, "the receiver's log")]


def phase(machine, server, nginx, products, work):
    """The load while `work` runs; what became of it."""
    offset, before = os.path.getsize(nginx.log_path), server.metrics()
    load = Load(machine, server, products)
    start = time.monotonic()
    time.sleep(0.5)   # connections and caches
    work()
    worked = time.monotonic() - start - 0.5
    stopped_at = time.time()
    sent = load.stop()
    server.wait_until_drained()
    after = server.metrics()
    of = lambda name: int(after[name] - before[name])
    came = arrivals(nginx, offset, sent["issued"])
    numbers = [int(line[1]) for line in came]
    times = sorted(at for at in (float(line[0]) for line in came) if at <= stopped_at)
    return {"seconds": round(worked, 1), "accepted": sent["accepted"], "accepted_by_metrics": of("fleethook_events_accepted_total"),
            "delivered_by_metrics": of('fleethook_deliveries_total{outcome="success"}'),
            "waiting": int(after["fleethook_queue_ready_deliveries"] + after["fleethook_queue_retry_deliveries"]),
            "arrived": len(numbers), "lost": sent["issued"] - len(set(numbers)), "double": len(numbers) - len(set(numbers)),
            "published_per_s": round(sent["accepted"] / sent["seconds"]), "answer_p999_ms": sent["p999_ms"], "answer_max_ms": sent["max_ms"],
            "arrival_gap_ms": round(max(later - earlier for earlier, later in zip(times, times[1:])) * 1000),
            "edits_seen": len({line[2] for line in came} - {"-"}), "separations_seen": len({line[3] for line in came} - {"-"}),
            "load_average": round(os.getloadavg()[0], 2)}


def edits(machine, program):
    nginx = Nginx(machine, log=LOG)
    server = Fleethook(machine, program, "edits").start()
    products = server.add_organization(PRODUCTS)
    editor = Editor(server, products, nginx.port)
    still = lambda: phase(machine, server, nginx, products, lambda: time.sleep(STILL_SECONDS))
    phase(machine, server, nginx, products, lambda: time.sleep(1))   # warm
    before = still()
    editor.slowest = 0.0
    during = phase(machine, server, nginx, products, editor.run)
    after = still()
    for name, one in (("before", before), ("with edits", during), ("after", after)):
        progress(f"EDITS {name}: {one['accepted']:,} events, longest answer {one['answer_max_ms']} ms, longest gap {one['arrival_gap_ms']} ms")
        if one["lost"] or one["double"] or one["waiting"] or not (
                one["accepted"] == one["accepted_by_metrics"] == one["delivered_by_metrics"] == one["arrived"]):
            raise RuntimeError(f"{name}: not every event arrived exactly once: {one}")
    if editor.edits != EDITS or editor.separations != SEPARATIONS or during["separations_seen"] == 0:
        raise RuntimeError(f"{editor.edits} edits and {editor.separations} separations were made: {during}")
    return {"EDITS": (max(during["answer_max_ms"], during["arrival_gap_ms"]), {
        "without_edits": max(one[key] for one in (before, after) for key in ("answer_max_ms", "arrival_gap_ms")),
        "edits": editor.edits, "separations": editor.separations, "edits_per_s": round(editor.edits / during["seconds"], 1),
        "slowest_edit_ms": round(editor.slowest * 1000, 1), "before": before, "with_edits": during, "after": after})}
