"""The servers that are measured: ourod and its peers, started, asked, ended.

    with serve("ouro", per_second=10) as server:
        server.port, server.token, server.pid
        server.rpc("gc.collect", heap="documents")     ouro alone
        server.load(clients=5000, seconds=5, ...)      ws_load's figures, by name

The server has one core and the load another, where the machine has two to give.
"""
import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PATIENCE = 30
# A sample's size on the wire, measured; the peers send as much.
SAMPLE_BYTES = 702
CORES = sorted(os.sched_getaffinity(0))

# A document of a few thousand values, for every run the same.
DOCUMENT = json.dumps([{"id": i, "tags": ["a", "b"], "next": None} for i in range(800)])


def on_core(number, command):
    """The command, kept on one core; on a machine of one core it is left alone."""
    if len(CORES) < 2:
        return command
    return ["taskset", "-c", str(CORES[number % len(CORES)]), *command]


def subscribe(heap, topics, interval_ms=100):
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "stream.subscribe", "params": {
        "heap": heap, "topics": topics, "interval_ms": interval_ms}})


class Server:
    """What all have: a process, a port, a token."""

    token = "none"
    request = "{}"  # what a client says once it is in

    def __init__(self, build):
        self.build = build

    def __enter__(self):
        self.start()
        self.pid = self.process.pid
        return self

    def __exit__(self, *error):
        self.end()
        if self.process.wait(PATIENCE) != 0 and error[0] is None:
            raise RuntimeError(f"{self.process.args} ended with {self.process.returncode}")

    def load(self, clients, seconds, requests=None):
        """What ws_load saw. Raises CalledProcessError when somebody was closed."""
        command = [os.path.join(self.build, "tests", "bench", "ws_load"), str(self.port),
                   self.token, str(clients), str(min(1, seconds)), str(seconds), str(self.pid),
                   *(requests or [self.request])]
        output = subprocess.run(on_core(1, command), check=True, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, text=True).stdout
        return {name: float(value) for name, value in map(str.split, output.splitlines())}


class Ouro(Server):
    """ourod with directories and a document of its own, its workload stopped."""

    request = subscribe("documents", ["sample"])

    def __init__(self, build, *options, pinned=True, prepare=None):
        super().__init__(build)
        self.options, self.pinned, self.prepare = options, pinned, prepare

    def start(self):
        self.directory = tempfile.mkdtemp(prefix="ouro-bench-")
        documents = os.path.join(self.directory, "documents")
        os.mkdir(documents)
        with open(os.path.join(documents, "rows.json"), "w", encoding="utf-8") as file:
            file.write(DOCUMENT)
        state = os.path.join(self.directory, "state")
        if self.prepare:
            os.mkdir(state, 0o700)
            self.prepare(state)
        read, write = os.pipe()
        command = [os.path.join(self.build, "daemon", "ourod"), "--listen", "127.0.0.1:0",
                   "--state-dir", state,
                   "--runtime-dir", os.path.join(self.directory, "runtime"),
                   "--documents", documents, "--ready-fd", str(write), *self.options]
        self.log = open(os.path.join(self.directory, "log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(on_core(0, command) if self.pinned else command,
                                        pass_fds=[write], stdin=subprocess.DEVNULL,
                                        stderr=self.log)
        os.close(write)
        with os.fdopen(read) as ready:
            line = ready.readline()
        if not line:
            self.log.seek(0)
            raise RuntimeError("ourod did not start: " + self.log.read())
        ready = json.loads(line)
        self.authority = urllib.parse.urlsplit(ready["http"]).netloc
        self.port = int(self.authority.rsplit(":", 1)[1])
        self.token = ready["operator_token"]
        self.rpc("workload.stop", heap="documents")

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)
        self.log.close()
        shutil.rmtree(self.directory)

    def rpc(self, method, **params):
        """The result of a method."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("POST", "/rpc", json.dumps(
                {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}),
                {"Host": self.authority, "Content-Type": "application/json",
                 "Authorization": "Bearer " + self.token})
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def counter(self, name):
        workloads = self.rpc("workload.list")["workloads"]
        return next(w["counters"][name] for w in workloads if w["heap"] == "documents")


class Peer(Server):
    """A program that sends samples by itself, prints its port and ends with stdin."""

    def __init__(self, build, command, per_second):
        super().__init__(build)
        self.command = [*command, str(per_second), str(SAMPLE_BYTES)]

    def start(self):
        self.process = subprocess.Popen(on_core(0, self.command), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()


def serve(subject, build, per_second):
    """A subject that sends so many samples a second, 0 for as many as it can. (How many
    ourod sends is for its clients and its workload to say.)"""
    if subject == "ouro":
        # Addresses keep their limit: the load comes from many.
        return Ouro(build, "--limits-sessions", "10000", "--limits-connections", "12000")
    if subject == "epoll":
        return Peer(build, [os.path.join(build, "tests", "bench", "peer_epoll")], per_second)
    return Peer(build, ["node", os.path.join(HERE, "peer_ws.mjs"), node_modules(build)],
                per_second)


def node_modules(build):
    return os.path.join(build, "web-npm", "node_modules")


def is_there(subject, build):
    """Has this machine got the subject?"""
    return subject != "node-ws" or (
        shutil.which("node") is not None
        and os.path.isdir(os.path.join(node_modules(build), "ws")))
