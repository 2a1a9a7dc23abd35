"""The processes that bench/run.py measures: Fleethook, nginx as the receiver, wrk as the load; their CPU time, read from the kernel.

Everything listens on loopback, lives in one temporary folder, and is ended by its own process id.
"""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

BODY = '{"name":"temperature/room","data":"21.5","private":true}'
BATCH = 1000


def cpu_seconds(pid):
    """CPU time of a process with all its threads, in nanosecond steps (the kernel's clock behind utime and stime)."""
    return time.clock_gettime((~pid << 3) | 2)


def resident_mb(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read())[1]) / 1024


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(condition, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.02)
    raise RuntimeError(f"{what}: not within {seconds} s")


def pinned(core, command):
    return command if core is None else ["taskset", "-c", str(core), *command]


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
        return True
    except OSError:
        return False


def progress(text):
    print(f"  {time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def in_threads(count, work):
    """work(number) in each of `count` threads; the first failure is raised."""
    failures = []

    def run(number):
        try:
            work(number)
        except Exception as failure:   # carried to the caller's thread
            failures.append(failure)
    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


class Machine:
    """The temporary folder and all processes started; leaving it ends and removes both."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="fleethook-bench-")
        self.running = []
        return self

    def __exit__(self, *_):
        for process in reversed(self.running):
            process.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)


class Nginx:
    """One worker that answers 200 to everything; with `log`, it writes a line of that format to log_path for each request, within 0.1 s."""

    def __init__(self, machine, core=None, log=None):
        self.port = free_port()
        folder = machine.path(f"nginx-{self.port}")
        os.mkdir(folder)
        self.log_path = f"{folder}/requests.log"
        logging = "access_log off;" if log is None else f"log_format line '{log}'; access_log {self.log_path} line buffer=64k flush=100ms;"
        temp = "".join(f"{kind}_temp_path {folder}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(f"{folder}/nginx.conf", "w") as conf:
            conf.write(
                f"worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log warn;\n"
                "events { worker_connections 8192; }\n"
                f"http {{ {logging} keepalive_requests 1000000000; keepalive_timeout 600s; client_body_buffer_size 64k; {temp}\n"
                f"  server {{ listen 127.0.0.1:{self.port} backlog=4096; location / {{ return 200; }} }} }}\n")
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        self.command = pinned(core, [program, "-p", folder, "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"])
        machine.running.append(self)
        self.start()

    def start(self):
        """Also again after end(), at the same port."""
        self.master = subprocess.Popen(self.command)
        children = f"/proc/{self.master.pid}/task/{self.master.pid}/children"
        self.worker = int(wait_for(lambda: open(children).read(), 10, "nginx").split()[0])
        wait_for(lambda: accepts(self.port), 10, "nginx")

    def cpu(self):
        return cpu_seconds(self.worker)

    def pause(self):
        os.kill(self.worker, signal.SIGSTOP)

    def go_on(self):
        os.kill(self.worker, signal.SIGCONT)

    def end(self):
        if self.master.poll() is not None:
            return
        try:
            self.go_on()
        except ProcessLookupError:
            pass
        self.master.terminate()
        self.master.wait(10)


class Fleethook:
    """One server on a fresh data folder, with an organization and products."""

    def __init__(self, machine, program, name):
        self.machine, self.program = machine, program
        self.data, self.log_path = machine.path(name), machine.path(name + ".log")
        made = subprocess.run([program, "init", "--data", self.data, "--admin", "bench@example.com", "--json"],
                              check=True, capture_output=True, text=True)
        self.token = json.loads(made.stdout)["access_token"]
        self.port = free_port()
        self.process = None
        machine.running.append(self)

    def start(self, core=None, loops=None, wait=True, more=()):
        command = [self.program, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}", "--allow-egress", "127.0.0.0/8",
                   "--log-level", "warn", *more]
        if loops is not None:
            command += ["--loops", str(loops)]
        with open(self.log_path, "a") as log:
            self.process = subprocess.Popen(pinned(core, command), stderr=log)
        if wait:
            wait_for(lambda: accepts(self.port), 60, "fleethook")
        return self

    @property
    def pid(self):
        return self.process.pid   # taskset execs, so it is the server's also when pinned

    def cpu(self):
        return cpu_seconds(self.pid)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()   # its data goes too: nothing to finish

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def call(self, method, path, body=None, connection=None):
        connection = connection or self.connect()
        connection.request(method, path, None if body is None else json.dumps(body),
                           {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text) if text else None

    def add_organization(self, products=1):
        self.call("POST", "/v1/orgs", {"name": "Bench", "slug": "bench", "plan": "enterprise"})
        return [self.call("POST", "/v1/orgs/bench/products", {"product": {"name": f"Bench {i}"}})["product"]["id"] for i in range(products)]

    def add_webhook(self, product, port):
        self.call("POST", f"/v1/products/{product}/integrations",
                  {"integration_type": "Webhook", "name": "bench", "event": "temperature", "url": f"http://127.0.0.1:{port}/in",
                   "requestType": "POST"})

    def publish_batches(self, product, events):
        """That many of BODY, 1,000 at a time over four connections."""
        body = ("[" + ",".join([BODY] * BATCH) + "]").encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        left = iter(range(events // BATCH))
        lock = threading.Lock()

        def work(_):
            connection = self.connect()
            while True:
                with lock:
                    if next(left, None) is None:
                        return
                connection.request("POST", f"/v1/products/{product}/events/batch", body, headers)
                answer = connection.getresponse()
                text = answer.read()
                if answer.status != 200 or json.loads(text)["accepted"] != BATCH:
                    raise RuntimeError(f"batch: {answer.status} {text[:200]!r}")
        in_threads(4, work)

    def metrics(self):
        connection = self.connect()
        connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {self.token}"})
        text = connection.getresponse().read().decode()
        connection.close()
        return {name: float(value) for name, value in re.findall(r"^([^#\s]\S*) (\S+)$", text, re.M)}

    def delivered(self):
        return int(self.metrics()['fleethook_deliveries_total{outcome="success"}'])

    def wait_until_drained(self, seconds=60):
        """All that was accepted is delivered, recorded and acknowledged."""
        def done():
            now = self.metrics()
            waiting = now["fleethook_queue_ready_deliveries"] + now["fleethook_queue_retry_deliveries"]
            return waiting == 0 and now['fleethook_deliveries_total{outcome="success"}'] == now["fleethook_deliveries_created_total"]
        wait_for(done, seconds, "draining")


class Wrk:
    """wrk -t1 posting BODY, or an event of another name; `requests`, `seconds`, `cpu` (its own)."""

    def __init__(self, machine, url, connections, seconds, core=None, token="none", name="temperature/room"):
        script = machine.path("post.lua")
        with open(script, "w") as lua:
            lua.write(f'wrk.method = "POST"\nwrk.headers["Authorization"] = "Bearer {token}"\n'
                      f'wrk.headers["Content-Type"] = "application/json"\nwrk.body = [[{BODY.replace("temperature/room", name)}]]\n')
        command = pinned(core, ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script, url])
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        text = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        found = re.search(r"(\d+) requests in ([\d.]+)(m?s|m)", text)
        if status != 0 or not found or "Non-2xx" in text:
            raise RuntimeError(f"wrk on {url}: {text}")
        self.requests = int(found[1])
        self.seconds = float(found[2]) * {"s": 1, "ms": 0.001, "m": 60}[found[3]]
        self.cpu = usage.ru_utime + usage.ru_stime

    @property
    def rate(self):
        return self.requests / self.seconds
