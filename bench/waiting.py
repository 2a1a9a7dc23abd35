"""What the memory of the server comes to while very much waits. The scenarios P6_backlog and P6_down of bench/run.

P6_backlog: deliveries that were never tried, of one receiver that is not there.
P6_down: deliveries that have all failed and wait for their retry, as after a long outage of one receiver. An hour of it is not waited for: each is tried once, which
is refused, and its next attempt is an hour away (policy particle, which knows no breaker, with retryDelays of an hour).
Both are read again after a kill and a start, and while events come in and go out to a receiver that is well.
"""
import os
import re
import time

from machine import Fleethook, Nginx, Wrk, free_port, progress, resident_mb, wait_for

WAITING = int(os.environ.get("FLEETHOOK_BENCH_WAITING", "5000000"))   # deliveries
DOWN = int(os.environ.get("FLEETHOOK_BENCH_DOWN", "1000000"))


def peak_mb(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1]) / 1024


def settled_mb(server):
    """Resident memory when it no longer changes: the largest of the last 3 s, after at most 20 s."""
    seen, end = [], time.monotonic() + 20
    while time.monotonic() < end:
        seen.append(resident_mb(server.pid))
        if len(seen) > 15 and max(seen[-15:]) - min(seen[-15:]) < 0.5:
            break
        time.sleep(0.2)
    return round(max(seen[-15:]), 1)


def hold(machine, program, name, count, settings, filled):
    """Builds it, and measures: `filled(metrics)` says when it is built."""
    nginx = Nginx(machine)
    server = Fleethook(machine, program, name).start()
    [product] = server.add_organization()
    server.call("POST", f"/v1/products/{product}/integrations", {
        "integration_type": "Webhook", "name": "down", "event": "temperature", "url": f"http://127.0.0.1:{free_port()}/in", **settings})
    server.call("POST", f"/v1/products/{product}/integrations", {
        "integration_type": "Webhook", "name": "well", "event": "well", "url": f"http://127.0.0.1:{nginx.port}/in"})
    idle = settled_mb(server)
    start = time.monotonic()
    server.publish_batches(product, count)
    wait_for(lambda: filled(server.metrics()), 240, "the last of them")
    built = time.monotonic() - start
    progress(f"{name}: {count:,} in {built:.0f} s")
    building, held = round(peak_mb(server.pid), 1), settled_mb(server)
    load = Wrk(machine, f"http://127.0.0.1:{server.port}/v1/products/{product}/events", 32, 5, token=server.token, name="well/x")
    busy = round(resident_mb(server.pid), 1)
    server.kill()
    start = time.monotonic()
    server.start()
    started = time.monotonic() - start
    again = settled_mb(server)
    database = round(sum(os.path.getsize(os.path.join(server.data, file)) for file in os.listdir(server.data)) / 1e6)
    progress(f"{name}: {held} MB, {busy} MB while {load.rate:,.0f} events/s go to another receiver, {again} MB after a start, which took {started:.2f} s")
    server.end()
    nginx.end()
    return held, {"waiting": count, "idle_mb": idle, "peak_while_built_mb": building, "with_others_served_mb": busy, "others_per_s": round(load.rate),
                  "after_a_start_mb": again, "start_s": round(started, 2), "built_s": round(built), "database_mb": database}


def backlog(machine, program):
    filled = lambda now: now["fleethook_queue_waiting_deliveries"] >= WAITING
    return {"P6_backlog": hold(machine, program, "P6_backlog", WAITING, {}, filled)}


def down(machine, program):
    filled = lambda now: now["fleethook_queue_retry_deliveries"] >= DOWN
    return {"P6_down": hold(machine, program, "P6_down", DOWN, {"policy": "particle", "retryDelays": [3600, 3600, 3600], "retryFor": 604800}, filled)}
