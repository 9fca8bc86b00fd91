"""Measures the daemon beside a bare epoll server and node's ws, judges, prints a table.

    STEPS  -->  a server started, loaded, ended; round after round  -->  rows
    BOUNDS -->  ratio of two rows, or a row alone, met or not       -->  table, JSON

Called by tests/bench/run, which explains the options. What a row is:

    fanout-CxR-cpu   CPU of the whole server for one message, C clients, R samples a second
    fanout-CxR-p99   from the moment a sample is made to the moment a client has read it
    rss-per-client   what the server's resident memory grows by for each of them
    fanout-C-max     messages a second to C clients when more is offered than can be sent.
                     ourod's are collections, none of which may be left out: what waits
                     for a client leaves in one write. The peers' are samples, newest wins.
    idle-cpu         nobody watches and no workload runs
    default-cpu      nobody watches, the workload runs as it does by default
    collect-roundtrip  gc.collect on a WebSocket, request to answer, less the collection
    history-N        with N collections stored, the slowest answer of any history.* method,
                     and (-loop) the slowest answer of another method meanwhile
    watched-cost     objects that a heap's thread makes in a second of its CPU time, with a
                     client that follows everything at 10 Hz against without: the median of
                     pairs, and (-upper) the upper end of its 95 % confidence interval
"""
import argparse
import collections
import contextlib
import fnmatch
import math
import os
import platform
import statistics
import subprocess
import sys
import threading
import time

from rows import Bound, Judge, Rows, first_line, processor, require_release, version_of
from serving import Ouro, is_there, serve, subscribe
from talking import Talk

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(os.path.dirname(os.path.dirname(HERE)), "build", "release")
SUBJECTS = ["ouro", "epoll", "node-ws"]

BOUNDS = [
    # Half a core for 5000 x 10 messages a second.
    Bound("fanout-5000x10-cpu", "cost", None, 10),
    Bound("fanout-*x10-cpu", "cost", "epoll", 1.5),
    Bound("fanout-*x10-p99", "cost", None, 100),
    Bound("fanout-*-max", "least", None, 130_000),
    Bound("rss-per-client", "cost", None, 8192),
    Bound("idle-cpu", "cost", None, 0.5),
    Bound("collect-roundtrip", "cost", None, 2),
    Bound("watched-cost", "cost", None, 1),
    Bound("watched-cost-upper", "cost", None, 2),
    Bound("history-1M", "cost", None, 100),
]
JUDGE = Judge(SUBJECTS, BOUNDS)

# Objects a second that make ten thousand collections of seven hundred each in ten seconds.
FLAT_OUT = 700_000


# How many clients for how many seconds, and so on. The smoke test only shows that
# everything still works.
Size = collections.namedtuple("Size", "clients seconds flat_clients flat_seconds idle_seconds "
                                      "collections pairs pair_seconds history")
FULL = Size(5000, 5, 1000, 4, 10, 20, 30, 1, 1_000_000)
QUICK = Size(500, 2, 200, 2, 2, 5, 5, 0.3, 100_000)
SMOKE = Size(20, 0.3, 10, 0.3, 0.1, 1, 1, 0.1, 2000)


class Run:
    """One call of tests/bench/run: its sizes, where programs are, where rows go."""

    def __init__(self, build, size, rows):
        self.build, self.size, self.rows = build, size, rows

    def add(self, work, subject, value, unit):
        self.rows.add(work, subject, value, unit)


def cpu_seconds(pid):
    """Of all threads of a process: the clock that clock_getcpuclockid(3) names."""
    return time.clock_gettime(~pid << 3 | 2)


# --- steps: each adds rows of one subject ---

def fanout(run, subject):
    with serve(subject, run.build, 10) as server:
        seen = server.load(run.size.clients, run.size.seconds)
    name = f"fanout-{run.size.clients}x10"
    run.add(name + "-cpu", subject, seen["cpu_us_a_message"], "us/message")
    run.add(name + "-p99", subject, seen["p99_ms"], "ms")
    run.add("rss-per-client", subject, seen["rss_bytes_a_client"], "bytes")


def flat_out(run, subject):
    with serve(subject, run.build, 0) as server:
        requests = None
        if subject == "ouro":
            requests = [subscribe("documents", ["collection"])]
            server.rpc("workload.start", heap="documents", workload="documents",
                       settings={"rate": FLAT_OUT})
        seen = server.load(run.size.flat_clients, run.size.flat_seconds, requests=requests)
    run.add(f"fanout-{run.size.flat_clients}-max", subject, seen["messages_a_second"], "messages/s")


def idle(run, subject):
    for name, is_idle in (("idle-cpu", True), ("default-cpu", False)):
        with Ouro(run.build) as server:
            if not is_idle:
                server.rpc("workload.start", heap="documents", workload="documents")
            time.sleep(run.size.idle_seconds / 10)
            began, used = time.monotonic(), cpu_seconds(server.pid)
            time.sleep(run.size.idle_seconds)
            used, elapsed = cpu_seconds(server.pid) - used, time.monotonic() - began
        run.add(name, subject, 100 * used / elapsed, "% of a core")


def collect_roundtrip(run, subject):
    beyond_ms = []
    with Ouro(run.build) as server, Talk(server.port, server.token) as talk:
        server.rpc("workload.start", heap="documents", workload="documents")
        for _ in range(run.size.collections):
            time.sleep(0.3)  # a heap is not collected on request more often
            began = time.monotonic_ns()
            answer = talk.ask("gc.collect", heap="documents", generation=2)
            beyond_ms.append((time.monotonic_ns() - began - answer["duration_ns"]) / 1e6)
    run.add("collect-roundtrip", subject, statistics.median(beyond_ms), "ms")


def thread_seconds(pid, name):
    """CPU of the thread of that name."""
    tasks = f"/proc/{pid}/task"
    for task in os.listdir(tasks):
        with open(f"{tasks}/{task}/comm", encoding="utf-8") as file:
            if file.read().strip() != name:
                continue
        with open(f"{tasks}/{task}/schedstat", encoding="utf-8") as file:
            return int(file.read().split()[0]) * 1e-9
    raise RuntimeError(f"ourod has no thread {name}")


@contextlib.contextmanager
def watcher(server):
    """A client that follows everything of a heap at 10 Hz, and reads it."""
    with Talk(server.port, server.token) as talk:
        talk.ask("stream.subscribe", heap="documents", topics=["sample", "pools", "collection"],
                 interval_ms=100)
        ended = threading.Event()

        def read():
            with contextlib.suppress(OSError):
                while not ended.is_set():
                    talk.socket.recv(1024 * 1024)  # thrown away: it is not what is measured

        reader = threading.Thread(target=read)
        reader.start()
        try:
            yield
        finally:
            ended.set()
            reader.join()


def throughput(server, seconds):
    """Objects made in a second of the heap thread's CPU time."""
    made, used = server.counter("nodes"), thread_seconds(server.pid, "documents")
    time.sleep(seconds)
    made = server.counter("nodes") - made
    return made / (thread_seconds(server.pid, "documents") - used)


def upper_of_median(values):
    """The upper end of the 95 % confidence interval of a median, by ranks."""
    ranked, count = sorted(values), len(values)
    rank = math.ceil(count / 2 + 1.96 * math.sqrt(count) / 2)
    return ranked[min(rank, count - 1)]


def watched_cost(run, subject):
    costs = []
    with Ouro(run.build, pinned=False) as server:
        server.rpc("workload.start", heap="documents", workload="documents",
                   settings={"rate": 10_000_000})
        throughput(server, run.size.pair_seconds)
        for turn in range(run.size.pairs):
            found = {}
            for is_watched in (turn % 2 == 0, turn % 2 != 0):
                with watcher(server) if is_watched else contextlib.nullcontext():
                    found[is_watched] = throughput(server, run.size.pair_seconds)
            costs.append(100 * (1 - found[True] / found[False]))
    run.add("watched-cost", subject, statistics.median(costs), "%")
    run.add("watched-cost-upper", subject, upper_of_median(costs), "%")


def history(run, subject):
    count = run.size.history
    name = "history-1M" if count == 1_000_000 else f"history-{count}"

    def fill(state):
        fill_program = os.path.join(run.build, "tests", "bench", "history_fill")
        subprocess.run([fill_program, state, str(count)], check=True, stdin=subprocess.DEVNULL)

    with Ouro(run.build, "--history-max-bytes", "1000G", pinned=False,
              prepare=fill) as server:
        # The first answer after a start finds the file outside of memory; it counts.
        with Talk(server.port, server.token) as talk, Talk(server.port, server.token) as other:
            now = talk.ask("server.info")["time_ms"]
            begin, day = now - count * 100, 24 * 3600 * 1000
            middle = (begin + now) // 2
            asked = [("collections", {"limit": 1000}), ("collections", {"limit": 100}),
                     ("collections", {"from_ms": begin, "to_ms": middle, "limit": 1000}),
                     ("samples", {"from_ms": 0, "to_ms": now}),
                     ("samples", {"from_ms": now - day, "to_ms": now, "step_ms": 60000}),
                     ("samples", {"from_ms": now - 600000, "to_ms": now, "step_ms": 1000}),
                     ("compare", {"a": {"from_ms": begin, "to_ms": middle},
                                  "b": {"from_ms": middle, "to_ms": now}}),
                     ("compare", {"a": {"from_ms": now - 120000, "to_ms": now - 60000},
                                  "b": {"from_ms": now - 60000, "to_ms": now}})]
            slowest = beside = 0
            for method, params in asked * 5:
                time.sleep(0.12)  # twenty commands a second are a session's limit
                began = time.monotonic()
                talk.send("history." + method, heap="documents", **params)
                other_began = time.monotonic()
                other.ask("heap.list")
                beside = max(beside, time.monotonic() - other_began)
                answer = talk.answer()
                slowest = max(slowest, time.monotonic() - began)
                if "error" in answer:
                    raise RuntimeError(f"history.{method}: {answer}")
    run.add(name, subject, slowest * 1e3, "ms")
    run.add(name + "-loop", subject, beside * 1e3, "ms")


STEPS = {
    "fanout-*x10": (fanout, SUBJECTS),
    "fanout-*-max": (flat_out, SUBJECTS),
    "idle": (idle, ["ouro"]),
    "collect-roundtrip": (collect_roundtrip, ["ouro"]),
    "history-1M": (history, ["ouro"]),
    "watched-cost": (watched_cost, ["ouro"]),
}


# --- all of them ---

def run_steps(run, rounds, only):
    whole = True
    for turn in range(rounds):
        for name, (step, subjects) in STEPS.items():
            if not (fnmatch.fnmatch(name, only) or fnmatch.fnmatch(name.replace("*", ""), only)):
                continue
            began, first = time.monotonic(), turn % len(subjects)
            # Who goes first changes from round to round.
            for subject in subjects[first:] + subjects[:first]:
                if not is_there(subject, run.build):
                    print(f"{name}: {subject} is not here", file=sys.stderr)
                    continue
                try:
                    step(run, subject)
                except (OSError, RuntimeError, subprocess.SubprocessError) as error:
                    print(f"{name}: {subject} failed: {error}", file=sys.stderr)
                    whole = False
            print(f"round {turn + 1} of {rounds}: {name}, "
                  f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    return whole


def machine():
    yield processor()
    yield ", ".join([f"Python {platform.python_version()}", f"Node {first_line('node', '--version')}",
                     *map(version_of, ("libwebsockets17", "libuv1", "libc6"))])


def main():
    parser = argparse.ArgumentParser(usage="see tests/bench/run --help")
    parser.add_argument("suite", choices=["daemon"])
    parser.add_argument("--quick", dest="size", action="store_const", const=QUICK, default=FULL)
    parser.add_argument("--smoke", dest="size", action="store_const", const=SMOKE)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--only", default="*")
    parser.add_argument("--json")
    parser.add_argument("--from", dest="source")
    parser.add_argument("--build", default=BUILD, help="of the tests: any preset's tree")
    options = parser.parse_args()
    rounds = options.rounds or (3 if options.size == FULL else 1)
    rows, whole = Rows(), True
    if options.source:
        with open(options.source, encoding="utf-8") as file:
            rows.load(file)
    else:
        if options.build == BUILD:
            require_release(BUILD)
        whole = run_steps(Run(options.build, options.size, rows), rounds, options.only)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            rows.dump(file)
    if not options.source:
        print("\n".join(machine()))
        print(f"rounds: {rounds}; medians; the server on one core, the load on another")
    print("\n".join([*JUDGE.table(rows), *JUDGE.summary(rows)]))
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
