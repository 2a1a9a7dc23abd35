"""How long a receiver that was away takes to be served again. The scenario RECOVERY of bench/run.

nginx is stopped, so that nobody listens; events gather; it is started again at the same port. What counts is the time from the first request that it takes until
the last one, divided by the time that wrk takes for as many requests; and beside that how long the server took to find out that it is back. Before it the same number
is drained without an outage: after kill -9 and a start, as P2 does, with all cores.
"""
import os
import time

from machine import Fleethook, Nginx, Wrk, progress, wait_for

BACKLOG = int(os.environ.get("FLEETHOOK_BENCH_RECOVERY", "100000"))   # deliveries
AWAY_S = int(os.environ.get("FLEETHOOK_BENCH_AWAY_S", "30"))          # at least: then it is looked for every 10 s


def drained(server, base, start):
    """(seconds until the first, seconds until the last) since `start`."""
    first, points = None, []
    while True:
        now, count = time.monotonic() - start, server.delivered() - base
        points.append((round(now, 2), count))
        if first is None and count > 0:
            first = points[-2][0] if len(points) > 1 else 0.0   # not before that
        if count >= BACKLOG:
            return first, now, points
        if now > 180:
            raise RuntimeError(f"not drained within 180 s: {points[-3:]}")
        time.sleep(0.05)


def nothing_waits(server):
    wait_for(lambda: server.metrics()["fleethook_queue_waiting_deliveries"] == 0, 60, "the last acknowledgements")


def recovery(machine, program):
    nginx = Nginx(machine)
    wrk = lambda: Wrk(machine, f"http://127.0.0.1:{nginx.port}/in", 64, 4).rate
    before = wrk()
    server = Fleethook(machine, program, "recovery").start()
    [product] = server.add_organization()
    server.add_webhook(product, nginx.port)

    nginx.pause()   # what is under way hangs, and is sent again
    server.publish_batches(product, BACKLOG)
    server.kill()
    nginx.go_on()
    start = time.monotonic()
    server.start()
    _, undisturbed, _ = drained(server, 0, start)
    progress(f"RECOVERY: {BACKLOG:,} without an outage in {undisturbed:.1f} s")
    nothing_waits(server)

    base = server.delivered()
    nginx.end()
    away = time.monotonic()
    server.publish_batches(product, BACKLOG)
    wait_for(lambda: time.monotonic() - away > AWAY_S, AWAY_S + 1, "the outage")
    tried = server.metrics()['fleethook_attempts_total{result="connect"}']
    nginx.start()
    start = time.monotonic()
    first, last, points = drained(server, base, start)
    nothing_waits(server)
    after = wrk()
    rate = (before + after) / 2
    most = BACKLOG / rate
    progress(f"RECOVERY: found after {first:.1f} s, {BACKLOG:,} in {last - first:.1f} s after that; wrk takes {most:.1f} s")
    return {"RECOVERY": (round((last - first) / most, 2), {
        "backlog": BACKLOG, "found_after_s": round(first, 2), "emptied_s": round(last - first, 2), "emptied_per_s": round(BACKLOG / (last - first)),
        "wrk_per_s": round(rate), "without_outage_s": round(undisturbed, 2), "against_without_outage": round((last - first) / undisturbed, 2),
        "away_s": round(start - away, 1), "attempts_meanwhile": int(tried), "load_average": round(os.getloadavg()[0], 2), "points": points[:: max(1, len(points) // 20)]})}
