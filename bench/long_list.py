"""Times the list of an organization's integrations over HTTP. The scenario LIST of bench/run.

One organization with many products and integrations, each on 1 to 5 products, most with traffic today; one server, one keep-alive
connection, one request at a time, as a console would ask.
"""
import collections
import json
import math
import statistics
import threading
import time

from machine import Fleethook, Nginx, in_threads, progress

PRODUCTS, INTEGRATIONS, REQUESTS, WARM_UP = 200, 5000, 50, 3
CONNECTIONS = 8
BATCH = 500
DAYS_IDS = 200


def each(items, count, work):
    """work(item, connection number) for all of them, by `count` threads."""
    lock, left = threading.Lock(), iter(items)

    def run(number):
        while True:
            with lock:
                item = next(left, None)
            if item is None:
                return
            work(item, number)
    in_threads(count, run)


def add_products(server, count):
    server.call("POST", "/v1/orgs", {"name": "Bench", "slug": "bench", "plan": "enterprise"})
    connections, products = [server.connect() for _ in range(CONNECTIONS)], []
    each(range(count), CONNECTIONS, lambda number, c: products.append(
        server.call("POST", "/v1/orgs/bench/products", {"product": {"name": f"Product {number}"}}, connections[c])["product"]["id"]))
    return sorted(products)


def products_of(number, products):
    """1 to 5 of them, a different set for each number."""
    return [products[(number * 7 + i * 31) % len(products)] for i in range(number % 5 + 1)]


def add_integrations(server, products, count, port):
    connections = [server.connect() for _ in range(CONNECTIONS)]
    each(range(count), CONNECTIONS, lambda number, c: server.call("POST", "/v1/orgs/bench/integrations", {
        "integration_type": "Webhook", "name": f"integration {number}", "event": f"plant/{number}/pressure",
        "url": f"http://127.0.0.1:{port}/in/{number}", "requestType": "POST", "product_ids": products_of(number, products),
        "headers": {"X-Plant": str(number), "Authorization": "Bearer {{{PARTICLE_EVENT_ID}}}"},
        "json": {"pressure": "{{{PARTICLE_EVENT_VALUE}}}", "device": "{{{PARTICLE_DEVICE_ID}}}", "at": "{{{PARTICLE_PUBLISHED_AT}}}"}},
        connections[c]))


def add_traffic(server, products, count):
    """One event for four of five integrations, on one of their products; waits until all are delivered and counted."""
    connections = [server.connect() for _ in range(CONNECTIONS)]
    by_product = collections.defaultdict(list)
    for number in (number for number in range(count) if number % 5 != 4):
        by_product[products_of(number, products)[0]].append({"name": f"plant/{number}/pressure", "data": "21.5"})
    batches = [(product, events[at:at + BATCH]) for product, events in by_product.items() for at in range(0, len(events), BATCH)]
    each(batches, CONNECTIONS, lambda one, c: server.call("POST", f"/v1/products/{one[0]}/events/batch", one[1], connections[c]))
    server.wait_until_drained(120)
    return sum(len(events) for _, events in batches)


def time_requests(server, path, etag=None):
    """Milliseconds of each request, CPU seconds of the server for one, the last answer and its tag."""
    connection, times, text = server.connect(), [], b""
    headers = {"Authorization": f"Bearer {server.token}"} | ({"If-None-Match": etag} if etag else {})
    cpu = server.cpu()
    for number in range(REQUESTS + WARM_UP):
        start = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != (304 if etag else 200):
            raise RuntimeError(f"{path}: {answer.status} {text[:200]!r}")
        if number >= WARM_UP:
            times.append((time.perf_counter() - start) * 1000)
    return sorted(times), (server.cpu() - cpu) / (REQUESTS + WARM_UP), text, answer.headers["ETag"]


def time_counters(server, rows, events):
    """What a console that is open on the list asks for again and again."""
    path = "/v1/orgs/bench/integrations/counters"
    times, cpu, text, etag = time_requests(server, path)
    counters = json.loads(text)["counters"].values()
    if sum(one["success"] for one in counters) != events:
        raise RuntimeError("the counters are not those of the list")
    known_times, known_cpu, _, _ = time_requests(server, path, etag)
    ids = ",".join(row["id"] for row in rows[:DAYS_IDS])
    days_times, days_cpu, _, _ = time_requests(server, f"{path}?ids={ids}&days=30")
    return {
        "COUNTERS": (round(statistics.median(times), 2), {
            "cpu_ms": round(cpu * 1000, 2), "percent_of_a_core_every_5_s": round(cpu / 5 * 100, 3), "kilobytes": round(len(text) / 1e3),
            "unchanged_ms": round(statistics.median(known_times), 2), "unchanged_cpu_ms": round(known_cpu * 1000, 2),
            "days_of_200_ms": round(statistics.median(days_times), 2), "days_of_200_cpu_ms": round(days_cpu * 1000, 2)})}


def long_list(machine, program):
    nginx = Nginx(machine)
    server = Fleethook(machine, program, "list").start()
    start = time.monotonic()
    products = add_products(server, PRODUCTS)
    add_integrations(server, products, INTEGRATIONS, nginx.port)
    made = time.monotonic() - start
    progress(f"LIST: {PRODUCTS:,} products, {INTEGRATIONS:,} integrations made in {made:.1f} s")
    events = add_traffic(server, products, INTEGRATIONS)
    progress(f"LIST: {events:,} events delivered")
    times, cpu, text, _ = time_requests(server, "/v1/orgs/bench/integrations")
    rows = json.loads(text)
    counted = sum(row["todayCounters"]["success"] for row in rows)
    if len(rows) != INTEGRATIONS or counted != events:
        raise RuntimeError(f"the list has {len(rows)} rows and {counted} successes; made were {INTEGRATIONS} and {events}")
    return {"LIST": (round(statistics.median(times), 1), {
        "p99_ms": round(times[math.ceil(0.99 * len(times)) - 1], 1), "cpu_ms": round(cpu * 1000, 1), "requests": REQUESTS,
        "megabytes": round(len(text) / 1e6, 2), "products": PRODUCTS, "integrations": INTEGRATIONS, "events_today": events,
        "made_in_s": round(made, 1)})} | time_counters(server, rows, events)
