"""The real ourod, one for each test case, and the few ways the tests talk to it.

    with Daemon() as daemon:
        daemon.rpc("server.info")            POST /rpc
        daemon.http("GET", "/")              one request on a connection of its own
        async with daemon.session() as ws:   WebSocket, hello already read

Nothing sleeps: whoever waits, waits for an event and at most PATIENCE seconds.
"""

import asyncio
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

import websockets

PATIENCE = 30
OUROD = os.environ["OUROD"]

# Two documents with thousands of values each: enough to collect several times a second.
DOCUMENTS = {
    "rows.json": json.dumps([{"id": i, "tags": ["a", "b"], "next": None} for i in range(800)]),
    "deep.json": json.dumps({"a": [{"b": [1, 2, {"c": [[], {}, "x"]}]} for _ in range(300)]}),
}


def fastest(measure, seconds, attempts=3):
    """The least of some measurements in seconds, as on a machine of our own; no more than it takes
    to come below `seconds`. A busy machine is late once, a daemon that waits for what it should not
    each time."""
    least = measure() / contention()
    while least >= seconds and attempts > 1:
        least, attempts = min(least, measure() / contention()), attempts - 1
    return least


def contention():
    """How much longer than its own time something takes here now, because of others: 1 or more."""
    began, cpu = time.monotonic(), time.thread_time()
    while time.thread_time() - cpu < 0.1:
        pass
    return max(1, (time.monotonic() - began) / 0.1)


class Daemon:
    """A running ourod with directories of its own."""

    def __init__(self, *options, documents=True, directory=None, environment=None):
        self.directory = directory or tempfile.mkdtemp(prefix="ouro-e2e-")
        self.keep = directory is not None
        self.options = list(options)
        self.environment = {**os.environ, **(environment or {})}
        if documents:
            path = os.path.join(self.directory, "documents")
            os.makedirs(path, exist_ok=True)
            for name, text in DOCUMENTS.items():
                with open(os.path.join(path, name), "w", encoding="utf-8") as file:
                    file.write(text)
            self.options += ["--documents", path]

    def command(self, listen="127.0.0.1:0"):
        return [OUROD, "--listen", listen, "--config", "/dev/null",
                "--state-dir", os.path.join(self.directory, "state"),
                "--runtime-dir", os.path.join(self.directory, "runtime"), *self.options]

    def __enter__(self):
        read, write = os.pipe()
        self.log = open(os.path.join(self.directory, "log"), "w+b")
        self.process = subprocess.Popen(
            self.command() + ["--ready-fd", str(write)], pass_fds=[write], env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log)
        os.close(write)
        with os.fdopen(read) as ready:
            line = ready.readline()  # ends when the daemon does
        if not line:
            self.process.wait(PATIENCE)
            raise AssertionError("ourod did not start: " + self.read_log())
        self.ready = json.loads(line)
        self.url = self.ready["http"]
        self.operator = self.ready["operator_token"]
        self.observer = self.ready["observer_token"]
        parts = urllib.parse.urlsplit(self.url)
        self.host, self.port, self.authority = parts.hostname, parts.port, parts.netloc
        return self

    def __exit__(self, kind, error, trace):
        code = self.stop()
        log = self.read_log()
        self.log.close()
        self.process.stdout.close()
        if not self.keep:
            shutil.rmtree(self.directory)
        if error is None and code != 0:
            raise AssertionError(f"ourod ended with {code}:\n{log}")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def read_tokens(self):
        """SIGHUP has made new ones."""
        for role in ("operator", "observer"):
            path = os.path.join(self.directory, "state", role + ".token")
            with open(path, encoding="ascii") as file:
                setattr(self, role, file.read().strip())

    def read_log(self):
        self.log.flush()
        with open(self.log.name, encoding="utf-8", errors="replace") as file:
            return file.read()

    # --- HTTP ---

    def http(self, method, path, body=None, headers=None, host=None):
        """(status, headers, body) of one request; nothing follows redirects."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, {"Host": host or self.authority, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def post(self, text, token=None, headers=None):
        given = {"Content-Type": "application/json",
                 "Authorization": "Bearer " + (token or self.operator)}
        given.update(headers or {})
        status, _, body = self.http("POST", "/rpc", text, {k: v for k, v in given.items() if v})
        return status, json.loads(body)

    def rpc(self, method, token=None, **params):
        """The result of a method, or its error."""
        _, answer = self.post(json.dumps(
            {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}), token)
        return answer.get("result", answer.get("error"))

    def connect(self):
        return socket.create_connection((self.host, self.port), PATIENCE)

    def raw(self, text):
        """Everything the daemon sends to these bytes, until it closes."""
        with self.connect() as sock:
            sock.sendall(text if isinstance(text, bytes) else text.encode())
            parts = []
            while True:
                try:
                    part = sock.recv(65536)
                except ConnectionResetError:
                    break
                if not part:
                    break
                parts.append(part)
            return b"".join(parts)

    # --- WebSocket ---

    def upgrade(self, token=None, **options):
        """A connection whose hello is not read yet."""
        headers = {"Authorization": "Bearer " + (token or self.operator)}
        headers.update(options.pop("extra_headers", {}))
        options.setdefault("subprotocols", ["ouro.v1"])
        return websockets.connect(f"ws://{self.authority}/ws", open_timeout=PATIENCE, ping_interval=None,
                                  extra_headers={k: v for k, v in headers.items() if v},
                                  max_size=None, max_queue=None, **options)

    def session(self, token=None, **options):
        return Session(self.upgrade(token, **options))


# What the service manager does between fork and exec. Descriptors move out of the way first.
ACTIVATE = """
import fcntl, os, sys
count, ready = int(sys.argv[1]), int(sys.argv[2])
moved = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 100) for fd in sys.argv[3:3 + count]]
ready = fcntl.fcntl(ready, fcntl.F_DUPFD, 100)
for i, fd in enumerate(moved):
    os.dup2(fd, 3 + i)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(count))
command = sys.argv[3 + count:]
os.execv(command[0], command + ["--ready-fd", str(ready)])
"""


def activated(sockets, *options):
    """(process, what it says when it is ready) of a daemon that sockets are passed on to."""
    read, write = os.pipe()
    fds = [sock.fileno() for sock in sockets]
    process = subprocess.Popen(
        [sys.executable, "-c", ACTIVATE, str(len(fds)), str(write), *map(str, fds), OUROD, "--config", "/dev/null",
         *options], pass_fds=[write, *fds], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    os.close(write)
    with os.fdopen(read) as ready:
        return process, ready.readline()  # empty when it does not start


class Session:
    """A WebSocket that matches answers to requests and keeps notifications in order."""

    def __init__(self, connecting):
        self.connecting = connecting
        self.last_id = 0
        self.events = []

    async def __aenter__(self):
        self.ws = await self.connecting.__aenter__()
        self.hello = await self.event("server.hello")
        return self

    async def __aexit__(self, *error):
        await self.connecting.__aexit__(*error)

    async def read(self):
        return json.loads(await asyncio.wait_for(self.ws.recv(), PATIENCE))

    async def ask(self, method, **params):
        """The result of a method, or its error."""
        self.last_id += 1
        return await self.say(json.dumps(
            {"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params}), self.last_id)

    async def say(self, text, request_id=None):
        """Send anything; the answer that bears this id."""
        await self.ws.send(text)
        while True:
            message = await self.read()
            if "method" in message:
                self.events.append(message)
            elif message["id"] == request_id:
                return message.get("result", message.get("error"))

    async def event(self, method, accept=lambda params: True):
        """The next notification of this kind; earlier ones of other kinds are dropped."""
        while True:
            message = self.events.pop(0) if self.events else await self.read()
            if message.get("method") == method and accept(message["params"]):
                return message["params"]

    async def closed(self):
        """The code with which the daemon closes."""
        await asyncio.wait_for(self.ws.wait_closed(), PATIENCE)
        return self.ws.close_code
