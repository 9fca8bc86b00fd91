"""Many clients at once: tests/bench/ws_load.c as a process beside the test.

    with Load(daemon, clients=150, seconds=60, topics=["sample"]) as load:
        ...                              they stream
    load.figures["p99_ms"]               what they saw; closed codes in load.closed
"""
import collections
import json
import os
import subprocess

PATIENCE = 60


class Load:
    """Clients that subscribe to all heaps and count what comes. Ends early, when it
    leaves the block, by stop(), or when the daemon has closed all of them."""

    def __init__(self, daemon, clients, seconds, topics=("sample",), warm=0, heap="*"):
        request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "stream.subscribe",
                              "params": {"heap": heap, "topics": list(topics),
                                         "interval_ms": 100}})
        self.command = [os.environ["WS_LOAD"], str(daemon.port), daemon.observer,
                        str(clients), str(warm), str(seconds), str(daemon.process.pid), request]

    def __enter__(self):
        self.figures = None
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()  # comes when all are in
        if not line.startswith("connect_s "):
            raise AssertionError("ws_load: " + line)
        return self

    def __exit__(self, kind, error, trace):
        if error is not None:
            self.process.kill()
        self.wait()

    def wait(self):
        """Its figures by name; how many were closed by code."""
        if self.figures is None:
            output, _ = self.process.communicate(timeout=PATIENCE)
            pairs = [line.split() for line in output.splitlines()]
            self.figures = {name: float(value) for name, value in pairs}
            self.closed = collections.Counter(
                int(name.rsplit("_", 1)[1]) for name, _ in pairs
                if name.startswith("closed_with_"))
        return self.figures
