"""Ordinary users of bench/hostile.py: they publish at a steady rate, whatever becomes of it, and their receiver notes when each event came.

A process of its own, so that nothing that is measured waits for what measures. Reads a line of JSON for each phase from stdin, answers with one.
Times count from the moment an event was due to be published, not from when it could be.
"""
import asyncio
import json
import os
import sys
import time

CONNECTIONS_PER_USER = 32   # events that are due while all of these wait for an answer wait too, and their time counts
LATE = 5                    # seconds after a phase in which events may still come


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else None


def milliseconds(seconds):
    return None if seconds is None else round(seconds * 1000, 2)


async def read_message(reader):
    """Head and body of a request or an answer; None at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
        return head, await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


class Ordinary:
    def __init__(self, port, users):
        self.port, self.users = port, users   # of users: {"product", "token"}
        self.due, self.accepted, self.received, self.refused = {}, {}, {}, 0
        self.slots = [asyncio.Semaphore(CONNECTIONS_PER_USER) for _ in users]
        self.idle = [[] for _ in users]
        self.tasks = set()

    async def receive(self, reader, writer):
        while message := await read_message(reader):
            self.received.setdefault(message[1].decode(), time.monotonic())
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async def publish(self, user, number):
        body = json.dumps({"name": "reading", "data": number, "private": True}).encode()
        request = (f"POST /v1/products/{self.users[user]['product']}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.users[user]['token']}\r\n"
                   f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
        async with self.slots[user]:
            try:
                reader, writer = self.idle[user].pop() if self.idle[user] else await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(request)
                answer = await read_message(reader)
            except OSError:
                answer = None
            if answer and answer[0].split(b" ")[1] == b"200":
                self.accepted[number] = time.monotonic()
                self.idle[user].append((reader, writer))
            else:
                self.refused += 1

    async def probe(self, until, times):
        """How long /healthz takes, on a new connection each time, as a supervisor asks it."""
        while time.monotonic() < until:
            start = time.monotonic()
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                await read_message(reader)
                writer.close()
            except OSError:
                pass
            times.append(time.monotonic() - start)
            await asyncio.sleep(0.1)

    async def phase(self, name, seconds, rate):
        self.due, self.accepted, self.received, self.refused = {}, {}, {}, 0
        start, health = time.monotonic(), []
        prober = asyncio.create_task(self.probe(start + seconds, health))
        count = int(seconds * rate)
        for step in range(count):
            for user in range(len(self.users)):
                due = start + (step + user / len(self.users)) / rate
                if (wait := due - time.monotonic()) > 0:
                    await asyncio.sleep(wait)
                number = f"{name}-{user}-{step}"
                self.due[number] = due
                task = asyncio.create_task(self.publish(user, number))
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)
        end = time.monotonic() + LATE
        while time.monotonic() < end and len(self.received) + self.refused < len(self.due):
            await asyncio.sleep(0.02)
        now = time.monotonic()
        prober.cancel()
        took = [self.received.get(number, now) - due for number, due in self.due.items()]
        answers = [self.accepted.get(number, now) - due for number, due in self.due.items()]
        return {"events": len(took), "p50_ms": milliseconds(percentile(took, 0.5)), "p99_ms": milliseconds(percentile(took, 0.99)),
                "answer_p99_ms": milliseconds(percentile(answers, 0.99)), "not_received": len(self.due) - len(self.received), "refused": self.refused,
                "healthz_max_ms": milliseconds(max(health, default=None) if health else now - start)}


async def main():
    try:   # it stands for other machines: what it waits for is the server, not its place on a core that it shares with the attack
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        print("ordinary users share a core with the attack, and may not come first: figures are too high", file=sys.stderr)
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    setup = None
    while line := await lines.readline():
        asked = json.loads(line)
        if setup is None:   # first the port of the receiver is told, then who publishes where
            setup = Ordinary(None, [])
            server = await asyncio.start_server(setup.receive, "127.0.0.1", 0)
            answer = {"port": server.sockets[0].getsockname()[1]}
        elif "users" in asked:
            setup.port, setup.users = asked["port"], asked["users"]
            setup.slots = [asyncio.Semaphore(CONNECTIONS_PER_USER) for _ in setup.users]
            setup.idle = [[] for _ in setup.users]
            answer = {}
        else:
            answer = await setup.phase(asked["name"], asked["seconds"], asked["rate"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
