"""The hostile user of bench/hostile.py: one process that does one attack as hard as it can, until it is ended.

    attacks.py NAME   with a line of JSON on stdin: {"port", "token", "product", "receiver"}

Prints a line of JSON with what it has done and how often it was refused, each half second. Runs at nice 10: what it costs itself is not what is measured.
"""
import asyncio
import collections
import itertools
import json
import multiprocessing
import os
import resource
import socket
import sys

from ordinary import read_message

FROM = ("127.0.0.66", 0)   # an address of its own: what addresses have a share of, it does not take from the others
counts = collections.Counter()


async def connect(port):
    return await asyncio.open_connection("127.0.0.1", port, local_addr=FROM)


class Client:
    """One connection at a time, made anew when it ends."""

    def __init__(self, port, token):
        self.port, self.token, self.streams = port, token, None

    async def ask(self, method, path, body=None, token=True, kind="application/json"):
        """-> (status, body); status 0: no answer."""
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        head = (f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n"
                + (f"Authorization: Bearer {self.token}\r\n" if token else "") + "\r\n").encode()
        try:
            if self.streams is None:
                self.streams = await connect(self.port)
            self.streams[1].write(head + content)
            await self.streams[1].drain()
            answer = await read_message(self.streams[0])
        except OSError:
            answer = None
        if answer is None:
            if self.streams:
                self.streams[1].close()
            self.streams = None
            counts["no_answer"] += 1
            await asyncio.sleep(0.01)
            return 0, b""
        status = int(answer[0].split(b" ")[1])
        counts["done" if status < 300 else f"refused_{status}"] += 1
        if status == 429:
            await asyncio.sleep(0.005)
        return status, answer[1]

    async def webhook(self, product, **settings):
        status, body = await self.ask("POST", f"/v1/products/{product}/integrations", {"integration_type": "Webhook", "noDefaults": True, **settings})
        return json.loads(body)["id"] if status == 201 else None


async def connect_deaf(port):
    """A connection that takes hardly anything until it is read."""
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    taken.bind(FROM)
    taken.setblocking(False)
    await asyncio.get_running_loop().sock_connect(taken, ("127.0.0.1", port))
    return await asyncio.open_connection(sock=taken, limit=64)


async def for_ever(count, work):
    """work(client number) again and again, `count` at the same time."""
    async def again(number):
        while True:
            await work(number)
    await asyncio.gather(*(again(number) for number in range(count)))


async def templates(at, client):
    """A configuration full of sections inside sections: published, previewed and tested with long lists."""
    bomb = "{{#a}}{{#a}}{{/a}}{{/a}}"
    hook = await client.webhook(at["product"], event="bomb", url=f"http://127.0.0.1:{at['receiver']}/", json={"k": [bomb] * 8500})
    heads = {f"X-{number}": bomb for number in range(2000)}
    await client.webhook(at["product"], event="bomb", url=f"http://127.0.0.1:{at['receiver']}/", headers=heads)
    data = json.dumps({"a": [1] * 900})
    clients = [Client(at["port"], at["token"]) for _ in range(8)]

    async def work(number):
        if number == 0 and hook:
            await clients[0].ask("POST", f"/v1/products/{at['product']}/integrations/{hook}/preview", {"event": {"name": "bomb", "data": data}})
        elif number == 1 and hook:
            await clients[1].ask("POST", f"/v1/products/{at['product']}/integrations/{hook}/test", {"data": data})
        else:
            await clients[number].ask("POST", f"/v1/products/{at['product']}/events", {"name": "bomb", "data": data})
    await for_ever(len(clients), work)


async def publishing(at, client):
    """A flood of events, each to an integration, and of batches."""
    await client.webhook(at["product"], event="flood", url=f"http://127.0.0.1:{at['receiver']}/quick")
    clients = [Client(at["port"], at["token"]) for _ in range(64)]
    batch = json.dumps([{"name": "flood", "data": "x" * 100}] * 1000).encode()

    async def work(number):
        if number < 8:
            await clients[number].ask("POST", f"/v1/products/{at['product']}/events/batch", batch)
        else:
            await clients[number].ask("POST", f"/v1/products/{at['product']}/events", {"name": "flood", "data": "x"})
    await for_ever(len(clients), work)


async def streams(at, client):
    """As many event streams as one gets, none of them read, and large events for all of them."""
    opened = []

    async def open_one():
        try:
            reader, writer = await connect_deaf(at["port"])
            writer.write(f"GET /v1/products/{at['product']}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {at['token']}\r\n\r\n".encode())
            status = int((await reader.readline()).split(b" ")[1])
            counts["streams" if status == 200 else f"refused_{status}"] += 1
            opened.append((reader, writer))
            return status == 200
        except (OSError, ValueError, IndexError):
            counts["no_answer"] += 1
            return False
    for _ in range(40):
        if not any(await asyncio.gather(*(open_one() for _ in range(50)))):
            break
    clients = [Client(at["port"], at["token"]) for _ in range(4)]
    await for_ever(len(clients), lambda number: clients[number].ask("POST", f"/v1/products/{at['product']}/events", {"name": "big", "data": "x" * 16000}))


async def bodies(at, client):
    """Bodies as long as any route takes, to routes and to none, without a token; and forms of nothing but separators."""
    batch, form = b"[" + b"1," * (4 * 1024 * 1024 - 2) + b"1]", b"a&" * (4 * 1024 * 1024 - 1)
    paths = ["/v1/nothing/events/batch", f"/v1/products/{at['product']}/events/batch", "/oauth/token", "/v1/users"]

    async def work(number):
        path = paths[number % len(paths)]
        content, kind = (form, "application/x-www-form-urlencoded") if number % 3 == 0 else (batch, "application/json")
        try:
            reader, writer = await connect(at["port"])
            writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n".encode())
            for begin in range(0, len(content), 256 * 1024):
                if number % 2 == 0 and begin >= len(content) - 512 * 1024:
                    await asyncio.sleep(10)   # nearly all of it, and then nothing
                writer.write(content[begin:begin + 256 * 1024])
                await writer.drain()
            answer = await asyncio.wait_for(read_message(reader), 10)
            counts["no_answer" if answer is None else f"refused_{answer[0].split(b' ')[1].decode()}"] += 1
            writer.close()
        except (OSError, asyncio.TimeoutError):
            counts["cut_off"] += 1
        await asyncio.sleep(0.01)
    await for_ever(300, work)


async def accounts(at, client):
    """Sign-ups, guesses at passwords, and one's own password asked for."""
    clients = [Client(at["port"], at["token"]) for _ in range(32)]
    names = itertools.count()

    async def work(number):
        if number % 4 == 0:
            await clients[number].ask("POST", "/v1/users", {"username": f"h{next(names)}-{os.getpid()}@example.com", "password": "long enough"}, token=False)
        elif number % 4 == 1:
            await clients[number].ask("PUT", "/v1/user", {"password": "another long one", "current_password": "a guess"})
        else:
            await clients[number].ask("POST", "/oauth/token", b"grant_type=password&username=user0@example.com&password=guess%d" % next(names), token=False,
                                      kind="application/x-www-form-urlencoded")
    await for_ever(len(clients), work)


async def integrations(at, client):
    """Integrations as fast as they can be made, all fired by one event, and lists of them that nobody reads."""
    clients = [Client(at["port"], at["token"]) for _ in range(16)]
    path = f"/v1/products/{at['product']}/integrations"

    async def slow_list():
        _, writer = await connect_deaf(at["port"])
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {at['token']}\r\n\r\n".encode())
        return writer

    kept = []

    async def work(number):
        if number == 0:
            await clients[0].ask("POST", f"/v1/products/{at['product']}/events", {"name": "many", "data": "x"})
            await asyncio.sleep(0.5)
        elif number == 1:
            if len(kept) < 20:
                kept.append(await slow_list())
            await asyncio.sleep(0.25)
        else:
            await clients[number].webhook(at["product"], event="many", url=f"http://127.0.0.1:{at['receiver']}/quick", headers={"X-Long": "x" * 4000})
    await for_ever(len(clients), work)


async def receivers(at, client):
    """Receivers that stall, and receivers that answer 1 MiB made to be masked slowly, with a response event for each."""
    names = [f"A{number}" for number in range(20)]
    for name in names:
        await client.ask("POST", f"/v1/orgs/{at['organization']}/secrets", {"name": name, "value": "a"})
    for number in range(40):
        await client.webhook(at["product"], event="slow", url=f"http://127.0.0.1:{at['receiver']}/stall/{number}")
        await client.webhook(at["product"], event="slow", url=f"http://127.0.0.1:{at['receiver']}/large/{number}", secrets=names, headers={"X-A": "{{{A0}}}"})
    clients = [Client(at["port"], at["token"]) for _ in range(4)]
    listening = await connect(at["port"])
    listening[1].write(f"GET /v1/products/{at['product']}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {at['token']}\r\n\r\n".encode())

    async def work(number):
        if number == 0:
            await listening[0].read(1 << 20)
        else:
            await clients[number].ask("POST", f"/v1/products/{at['product']}/events", {"name": "slow", "data": "x"})
            await asyncio.sleep(0.02)
    await for_ever(len(clients), work)


async def loops(at, client):
    """Two integrations that publish again what fires them."""
    for _ in range(2):
        await client.webhook(at["product"], event="boom", url=f"http://127.0.0.1:{at['port']}/v1/products/{at['product']}/events",
                             json={"name": "boom", "data": "x"}, auth={"bearer": at["token"]})
    await client.ask("POST", f"/v1/products/{at['product']}/events", {"name": "boom", "data": "x"})
    await for_ever(1, lambda _: asyncio.sleep(1))


async def neighbour(at, client):
    """No attack: the same work on the same cores, without the server. What the others do to it is more than this, or is the machine's."""
    parent = os.getpid()

    def spin():
        while os.getppid() == parent:
            for _ in range(100_000):
                pass
    for _ in range(os.cpu_count()):
        multiprocessing.Process(target=spin, daemon=True).start()
    await for_ever(1, lambda _: asyncio.sleep(1))


ATTACKS = [neighbour, templates, publishing, streams, bodies, accounts, integrations, receivers, loops]


async def hostile_receiver(reader, writer):
    large = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1048576\r\n\r\n" + b"a" * 1048576
    while message := await read_message(reader):
        path = message[0].split(b" ")[1]
        if path.startswith(b"/stall"):
            await asyncio.sleep(3600)
        writer.write(large if path.startswith(b"/large") else b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()


async def report():
    while True:
        await asyncio.sleep(0.5)
        print(json.dumps(counts), flush=True)


async def main():
    os.nice(10)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    at = json.loads(sys.stdin.readline())
    server = await asyncio.start_server(hostile_receiver, "127.0.0.1", 0)
    at["receiver"] = server.sockets[0].getsockname()[1]
    attack = next(one for one in ATTACKS if one.__name__ == sys.argv[1])
    await asyncio.gather(attack(at, Client(at["port"], at["token"])), report())


if __name__ == "__main__":
    asyncio.run(main())
