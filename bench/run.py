"""Measures the targets of docs/performance.md. Run through bench/run, which builds and installs what this needs."""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import threading
import time

from edits import edits
from hostile import hostile
from long_list import long_list
from machine import Fleethook, Machine, Nginx, Wrk, in_threads, progress, resident_mb
from open_loop import RATE, open_loop
from recovery import BACKLOG as RECOVERY_BACKLOG
from recovery import recovery
from waiting import DOWN, WAITING, backlog, down

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BACKLOG = int(os.environ.get("FLEETHOOK_BENCH_BACKLOG", "1000000"))          # P2 and P7: deliveries
INTEGRATIONS = int(os.environ.get("FLEETHOOK_BENCH_INTEGRATIONS", "100000"))  # P5

TARGETS = {  # name: (target, unit, "what", True if at most)
    "P1": (1.5, "x", "CPU per event, against wrk + nginx per request", True),
    "P2": (0.7, "x", "draining a backlog with one core, against wrk with one core", False),
    "P4": (3, "ms", f"p99 from accepted to sent at {RATE:,} events/s, 1 of 10 receivers or paths dead or at 19 s; the worst", True),
    "P4_ratio": (1.2, "x", "the same against all ten well, the worst", True),
    "RECOVERY": (1.5, "x", f"emptying {RECOVERY_BACKLOG:,} after a receiver is back, against wrk's time for as many requests", True),
    "P5": (1.2, "x", f"CPU per event with {INTEGRATIONS:,} integrations, against 10", True),
    "P6_idle": (30, "MB", "resident memory, idle", True),
    "P6_backlog": (30, "MB", f"resident memory, {WAITING:,} deliveries waiting", True),
    "P6_down": (30, "MB", f"resident memory, {DOWN:,} of one receiver waiting for a retry", True),
    "P7": (1.0, "s", "from start to accepting events, with the backlog of P2", True),
    "P8": (10, "x", "renders per core, against mustache.js", False),
    "LIST": (100, "ms", "listing 5,000 integrations of 200 products with today's sums, median", True),
    "COUNTERS": (50, "ms", "today's counters of those 5,000 integrations, median", True),
    "EDITS": (50, "ms", "longest pause of answers or arrivals during 1,000 edits and 100 separations", True),
    "HOSTILE": (1.2, "x", "p99 of ten ordinary users while a hostile one attacks, against without; the worst attack", True),
    "HOSTILE_MB": (400, "MB", "peak memory of the server during those attacks", True),
}


def micros(seconds, count):
    return round(seconds / count * 1e6, 2)


def median(values, digits=3):
    return round(statistics.median(values), digits)


# --- P1 --------------------------------------------------------------------------------------------------------------------------------

def direct(machine, nginx, seconds=3):
    """wrk straight to nginx: CPU microseconds per request of both."""
    before = nginx.cpu()
    load = Wrk(machine, f"http://127.0.0.1:{nginx.port}/in", 64, seconds)
    return {"wrk_us": micros(load.cpu, load.requests), "nginx_us": micros(nginx.cpu() - before, load.requests), "rate": round(load.rate)}


def publish(machine, server, product, connections, seconds):
    """Publishes for that long and drains: Fleethook's CPU microseconds per event, all work for it included."""
    server.wait_until_drained()
    cpu_before, count_before, start = server.cpu(), server.delivered(), time.monotonic()
    load = Wrk(machine, f"http://127.0.0.1:{server.port}/v1/products/{product}/events", connections, seconds, token=server.token)
    server.wait_until_drained()
    took = time.monotonic() - start
    events = server.delivered() - count_before
    return {"connections": connections, "events": events, "us_per_event": micros(server.cpu() - cpu_before, events),
            "published_per_s": round(load.rate), "delivered_per_s": round(events / took)}


def p1(machine, program):
    nginx = Nginx(machine)
    server = Fleethook(machine, program, "p1").start()
    [product] = server.add_organization()
    server.add_webhook(product, nginx.port)
    publish(machine, server, product, 64, 2)   # warm
    rounds, before = [], direct(machine, nginx)
    for connections in (64, 256, 64, 256, 64):
        ours = publish(machine, server, product, connections, 6)
        after = direct(machine, nginx)
        base = statistics.mean([one["wrk_us"] + one["nginx_us"] for one in (before, after)])
        rounds.append({**ours, "ratio": round(ours["us_per_event"] / base, 3), "wrk_plus_nginx_us": round(base, 2), "direct_after": after})
        progress(f"P1 -c{connections}: {ours['us_per_event']} us an event, wrk + nginx {base:.1f} us")
        before = after
    of = lambda connections, key: median([one[key] for one in rounds if one["connections"] == connections])
    return {"P1": (of(64, "ratio"), {
        "us_per_event": of(64, "us_per_event"), "wrk_plus_nginx_us": of(64, "wrk_plus_nginx_us"),
        "published_per_s": of(64, "published_per_s"), "ratio_c256": of(256, "ratio"), "us_per_event_c256": of(256, "us_per_event"),
        "published_per_s_c256": of(256, "published_per_s"), "rounds": rounds})}


# --- P2, P7 ----------------------------------------------------------------------------------------------------------------------------

def first_accepted(server, product, start):
    """Seconds from `start` until an event is accepted."""
    def try_once():
        try:
            server.call("POST", f"/v1/products/{product}/events", {"name": "unmatched", "data": "1"})
            return True
        except OSError:
            return False
    end = start + 60
    while time.monotonic() < end:
        if try_once():
            return time.monotonic() - start
        time.sleep(0.002)
    raise RuntimeError("no event was accepted within 60 s of the start")


def watch_drain(server, total):
    """(seconds, delivered) every 0.2 s until 95 % or 150 s."""
    points, start = [], time.monotonic()
    while time.monotonic() - start < 150:
        delivered = server.delivered()
        points.append((time.monotonic() - start, delivered))
        if delivered >= 0.95 * total:
            break
        time.sleep(0.2)
    return points


def p2(machine, program):
    nginx = Nginx(machine, core=1)
    os.sched_setaffinity(0, {1})   # what measures must not disturb core 0; restored below
    direct_rate = lambda: Wrk(machine, f"http://127.0.0.1:{nginx.port}/in", 64, 4, core=0).rate
    try:
        wrk_before = direct_rate()
        os.sched_setaffinity(0, range(os.cpu_count()))
        server = Fleethook(machine, program, "p2").start()
        [product] = server.add_organization()
        server.add_webhook(product, nginx.port)
        nginx.pause()
        start = time.monotonic()
        server.publish_batches(product, BACKLOG)
        build_seconds = time.monotonic() - start
        progress(f"P2: backlog of {BACKLOG:,} in {build_seconds:.0f} s")
        with_backlog_mb = resident_mb(server.pid)
        server.kill()
        nginx.go_on()
        os.sched_setaffinity(0, {1})
        start = time.monotonic()
        server.start(core=0, loops=1, wait=False)
        accepting = first_accepted(server, product, start)
        progress(f"P7: accepting after {accepting:.3f} s")
        points = watch_drain(server, BACKLOG)
        wrk_after = direct_rate()
    finally:
        os.sched_setaffinity(0, range(os.cpu_count()))
    middle = [(at, count) for at, count in points if 0.05 * BACKLOG <= count <= 0.95 * BACKLOG]
    if len(middle) < 2:
        raise RuntimeError(f"the drain gave too few points: {points[-3:]}")
    (from_at, from_count), (to_at, to_count) = middle[0], middle[-1]
    rate, wrk_rate = (to_count - from_count) / (to_at - from_at), statistics.mean([wrk_before, wrk_after])
    progress(f"P2: drained at {rate:,.0f}/s, wrk {wrk_rate:,.0f}/s")
    detail = {"drained_per_s": round(rate), "wrk_per_s": [round(wrk_before), round(wrk_after)], "backlog": BACKLOG,
              "backlog_built_s": round(build_seconds, 1), "measured_share": round((to_count - from_count) / BACKLOG, 3),
              "resident_mb_before_kill": round(with_backlog_mb, 1), "resident_mb_after": round(resident_mb(server.pid), 1),
              "points": [(round(at, 1), count) for at, count in points[::10]]}
    return {"P2": (round(rate / wrk_rate, 3), detail), "P7": (round(accepting, 3), {"backlog": BACKLOG})}


# --- P5 --------------------------------------------------------------------------------------------------------------------------------

def add_unmatched(server, products, count):
    """Integrations whose prefixes match nothing published: a fifth on the first product, the rest over all."""
    lock, numbers = threading.Lock(), iter(range(count))

    def work(_):
        connection = server.connect()
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            product = products[0] if number % 5 == 0 else products[number % len(products)]
            server.call("POST", f"/v1/products/{product}/integrations",
                        {"integration_type": "Webhook", "name": f"unmatched {number}", "event": f"plant{number % 977}/line{number}/pressure",
                         "url": f"http://192.0.2.{number % 250 + 1}/in", "requestType": "POST"}, connection)
    in_threads(16, work)


def p5(machine, program):
    nginx = Nginx(machine)
    sides = {}
    for count in (10, INTEGRATIONS):
        server = Fleethook(machine, program, f"p5-{count}").start(more=["--integrations-per-owner", str(2 * INTEGRATIONS)])
        products = server.add_organization(20)
        server.add_webhook(products[0], nginx.port)
        start = time.monotonic()
        add_unmatched(server, products, count - 1)
        took = time.monotonic() - start
        progress(f"P5: {count:,} integrations made in {took:.0f} s")
        sides[count] = {"server": server, "product": products[0], "made_in_s": round(took, 1), "us": []}
        publish(machine, server, products[0], 64, 2)   # warm
    for _ in range(4):
        for side in sides.values():
            side["us"].append(publish(machine, side["server"], side["product"], 64, 5)["us_per_event"])
    few, many = sides[10], sides[INTEGRATIONS]
    return {"P5": (round(statistics.median(many["us"]) / statistics.median(few["us"]), 3), {
        "us_per_event_10": few["us"], f"us_per_event_{INTEGRATIONS}": many["us"], "made_in_s": many["made_in_s"],
        "resident_mb": round(resident_mb(many["server"].pid), 1)})}


# --- P6, P8 ----------------------------------------------------------------------------------------------------------------------------

def p6_idle(machine, program):
    server = Fleethook(machine, program, "p6").start()
    time.sleep(5)
    return {"P6_idle": (round(resident_mb(server.pid), 1), {"after_s": 5})}


def p8(_machine, program):
    ours_program = os.path.join(os.path.dirname(program), "render_bench")
    rate = lambda command: int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    ours, theirs = [], []
    for _ in range(3):
        ours.append(rate([ours_program, "3"]))
        theirs.append(rate(["node", os.path.join(ROOT, "bench", "render_bench.mjs"), "3"]))
    return {"P8": (round(statistics.median(ours) / statistics.median(theirs), 2),
                   {"renders_per_cpu_s": ours, "mustache_js_per_cpu_s": theirs})}


# ---------------------------------------------------------------------------------------------------------------------------------------

SCENARIOS = {"P1": p1, "P2": p2, "P7": p2, "P5": p5, "P4": open_loop, "P4_ratio": open_loop, "RECOVERY": recovery, "P6_idle": p6_idle,
             "P6_backlog": backlog, "P6_down": down, "P8": p8, "LIST": long_list, "COUNTERS": long_list, "EDITS": edits,
             "HOSTILE": hostile, "HOSTILE_MB": hostile}


def first_line(command):
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def describe_machine():
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), platform.machine())
    changed = "" if first_line(["git", "status", "--porcelain", "--", "src", "cmake", "CMakeLists.txt"]) == "" else " with changes"
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release(), "commit": first_line(["git", "rev-parse", "--short", "HEAD"]) + changed,
            "load_average": round(os.getloadavg()[0], 2)}


def measure(names, program):
    results = {}
    for scenario in dict.fromkeys(SCENARIOS[name] for name in names):
        try:
            with Machine() as machine:
                found = scenario(machine, program)
        except (RuntimeError, OSError, subprocess.SubprocessError) as failure:
            found = {name: (None, {"error": str(failure)}) for name in names if SCENARIOS[name] is scenario}
        for name, (value, detail) in found.items():
            results[name] = {"value": value, "target": TARGETS[name][0], "unit": TARGETS[name][1], "detail": detail}
    return {name: results[name] for name in names}


def show(results):
    about = describe_machine()
    print(f"{about['cpu']}, {about['cores']} cores, Linux {about['kernel']}; commit {about['commit']}; load average {about['load_average']}\n")
    for name, result in results.items():
        target, unit, what, at_most = TARGETS[name]
        value = result["value"]
        met = value is not None and (value <= target if at_most else value >= target)
        print(f"{name:8} {'failed' if value is None else value:>9} {unit:3} {'at most' if at_most else 'at least'} {target:<5} "
              f"{'met   ' if met else 'NOT MET'} {what}")
        for key, item in result["detail"].items():
            if not isinstance(item, list) or len(item) <= 5 and not isinstance(item[0], (dict, tuple)):
                print(f"{'':12}{key} {item}")


def main():
    parser = argparse.ArgumentParser(prog="bench/run")
    parser.add_argument("--build", default="build/release", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("names", nargs="*", metavar="P", help=f"of {' '.join(TARGETS)}; all without names")
    options = parser.parse_args()
    # "P4" is all that begins with it and an underscore, too.
    names = list(dict.fromkeys(one for name in options.names for one in ([one for one in TARGETS if one == name or one.startswith(f"{name}_")] or [name]))) or list(TARGETS)
    if unknown := [name for name in names if name not in TARGETS]:
        parser.error(f"{' '.join(unknown)}: not measured here; there are {' '.join(TARGETS)}")
    results = measure(names, os.path.abspath(os.path.join(ROOT, options.build, "fleethook")))
    if options.json:
        print(json.dumps(results, separators=(",", ":")))
    else:
        show(results)
    return 1 if any(result["value"] is None for result in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
