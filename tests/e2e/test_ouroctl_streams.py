"""ouroctl's streams: what it follows, and what it keeps over lost connections, restarts and crashes."""

import json
import os
import re
import select
import signal
import subprocess
import tempfile
import time
import unittest

import openmetrics
from daemon import PATIENCE, Daemon
from ouroctl import OK, OUROCTL, REFUSED, Follower, WithDaemon, environment, run
from test_metrics import scrape, value


def merged(ranges):
    """The same numbers in as few (first, last) as there can be."""
    whole = []
    for first, last in ranges:
        if whole and whole[-1][1] + 1 == first:
            first = whole.pop()[0]
        whole.append((first, last))
    return whole


class Events(WithDaemon):
    def test_lines_are_json_and_in_order(self):
        done = self.ctl("events", "documents", "--after", "0", "-n", "4")
        events = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([event["topic"] for event in events], ["collection"] * 4)
        first = events[0]["seq"]
        self.assertEqual([event["seq"] for event in events], list(range(first, first + 4)))

    def test_topics(self):
        done = self.ctl("events", "documents", "--topics", "sample,pools", "-i", "100ms", "-n", "6")
        topics = {json.loads(line)["topic"] for line in done.stdout.splitlines()}
        self.assertEqual(topics, {"sample", "pools"})
        done = self.ctl("events", "--topics", "nope", code=REFUSED)
        self.assertIn("/params/topics", done.stderr)

    def test_sentences_and_columns(self):
        line = self.ctl("events", "documents", "-n", "1", "-o", "table").stdout
        self.assertRegex(line, r"^\d\d:\d\d:\d\d\.\d{3}  documents +collection \d+: generation \d, \S+, paused ")
        rows = self.csv("events", "documents", "-n", "2")
        self.assertEqual(int(rows[1]["seq"]), int(rows[0]["seq"]) + 1)
        rows = self.csv("events", "documents", "-n", "1", "--topics", "pools")
        self.assertIn("fragmentation", rows[0])

    def test_commands_are_seen_in_the_audit(self):
        follower = Follower("events", "playground", "--topics", "audit,collection", "-o", "table", env=self.env())
        self.addCleanup(follower.end)
        lines = []
        while not any("audit: operator" in line for line in lines):
            # Until the subscription stands, a command is before our time.
            run("collect", "playground", env=self.env())
            if lines or self.ready(follower):
                lines.append(follower.line())

    def ready(self, follower):
        return bool(select.select([follower.process.stdout], [], [], 0.3)[0])


class Resume(unittest.TestCase):
    def restart(self, *options, crash=False):
        """Numbers that a follower gets over a restart of the daemon, and what it says meanwhile."""
        with tempfile.TemporaryDirectory(prefix="ouro-e2e-") as directory:
            env = {"OURO_SERVER": "unix:" + os.path.join(directory, "runtime", "control.sock")}
            words = ["events", "documents", "--topics", "collection", "--after", "0"]
            daemon = Daemon(*options, directory=directory).__enter__()
            follower = Follower(*words, env=env)
            numbers = [json.loads(follower.line())["seq"] for _ in range(5)]
            if crash:
                daemon.process.kill()
                daemon.process.wait(PATIENCE)
            else:
                self.assertEqual(daemon.stop(), OK)
            daemon.log.close()
            daemon.process.stdout.close()
            follower.said("trying again")
            with Daemon(*options, directory=directory) as daemon:
                started = daemon.rpc("heap.get", heap="documents")["started_ms"]
                fresh = 0
                while fresh < 5:
                    event = json.loads(follower.line())
                    numbers.append(event["seq"])
                    fresh += event["time_ms"] >= started
                code, _, errors = follower.end()
        self.assertEqual(code, OK)
        return numbers, errors

    def test_nothing_is_missed_and_nothing_comes_twice_after_a_restart(self):
        numbers, errors = self.restart()
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        self.assertEqual(errors, "ouroctl: connected again\n")

    def test_numbers_that_begin_anew_are_told_and_read_from_the_first(self):
        numbers, errors = self.restart("--history-enabled=no")
        anew = numbers.index(1, 1)
        self.assertEqual(numbers[:anew], list(range(1, anew + 1)))
        self.assertEqual(numbers[anew:], list(range(1, len(numbers) - anew + 1)))
        self.assertIn("documents numbers its collections from 1 again", errors)

    def test_what_a_crash_cost_is_told_with_its_numbers(self):
        numbers, errors = self.restart(crash=True)
        gaps = [(a + 1, b - 1) for a, b in zip(numbers, numbers[1:]) if b != a + 1]
        said = [(int(a), int(b)) for a, b in re.findall(r"collections (\d+) to (\d+) of documents", errors)]
        self.assertEqual(sorted(numbers), numbers)
        self.assertEqual(gaps, merged(said))

    def test_a_daemon_that_is_gone_is_waited_for_until_somebody_ends_it(self):
        with Daemon() as daemon:
            env = {"OURO_SERVER": daemon.url, "OURO_TOKEN": daemon.operator}
            follower = Follower("events", "documents", env=env)
            follower.line()
        self.assertIn("connection to http://127.0.0.1", follower.said("trying again"))
        self.assertEqual(follower.end()[0], OK)

    def collect(self, daemon):
        """The number of a collection of the workshop, outside of the cool-down of the one before."""
        while True:
            answer = daemon.rpc("gc.collect", heap="workshop")
            if "seq" in answer:
                return answer["seq"]

    def test_a_follower_that_was_closed_for_being_slow_misses_nothing(self):
        with Daemon("--limits-behind-ms", "1000") as daemon:
            env = {"OURO_SERVER": daemon.url, "OURO_TOKEN": daemon.operator}
            daemon.rpc("workload.start", heap="workshop", workload="person", settings={"rate": 200000})
            daemon.rpc("gc.set_threshold", heap="workshop", thresholds=[100])
            follower = Follower("events", "workshop", "--topics", "collection", "--after", "0", env=env)
            numbers = [json.loads(follower.line())["seq"]]
            follower.process.send_signal(signal.SIGSTOP)
            deadline = time.monotonic() + PATIENCE
            while "behind: closed" not in daemon.read_log() and time.monotonic() < deadline:
                daemon.rpc("server.info")
            newest = self.collect(daemon)
            follower.process.send_signal(signal.SIGCONT)
            while numbers[-1] < newest:
                numbers.append(json.loads(follower.line())["seq"])
            daemon.rpc("workload.stop", heap="workshop")
            newest = self.collect(daemon)
            while numbers[-1] < newest:
                numbers.append(json.loads(follower.line())["seq"])
            code, _, errors = follower.end()
            families = openmetrics.read(scrape(daemon)[1])
            lost = value(families, "ouro_gc_records_lost", "_total", heap="workshop")
            dropped = value(families, "ouro_history_dropped", "_total")
        self.assertEqual(code, OK, errors)
        self.assertIn("too slow: trying again\nouroctl: connected again\n", errors)
        # A machine that is busy may let the heap's ring overflow, and then it is told; a
        # client that is closed costs nothing: what is missing never left the heap.
        told = [(int(a), int(b)) for a, b in re.findall(r"lost: collections (\d+) to (\d+) of workshop", errors)]
        gaps = [(a + 1, b - 1) for a, b in zip([0, *numbers], numbers) if b != a + 1]
        self.assertEqual(gaps, merged(told), errors)
        self.assertEqual((sum(last - first + 1 for first, last in gaps), dropped), (lost, 0), errors)

    def flood(self, daemon, count):
        """At least so many collections of the workshop, the newest number."""
        daemon.rpc("workload.start", heap="workshop", workload="person", settings={"rate": 200000})
        daemon.rpc("gc.set_threshold", heap="workshop", thresholds=[100])
        while self.collect(daemon) < count:
            pass
        daemon.rpc("workload.stop", heap="workshop")
        return self.collect(daemon)

    def test_a_restart_in_the_midst_of_the_past_loses_nothing(self):
        with tempfile.TemporaryDirectory(prefix="ouro-e2e-") as directory:
            env = {"OURO_SERVER": "unix:" + os.path.join(directory, "runtime", "control.sock")}
            path = os.path.join(directory, "events")
            with Daemon(directory=directory) as daemon:
                self.flood(daemon, 3000)
                lost = value(openmetrics.read(scrape(daemon)[1]), "ouro_gc_records_lost", "_total", heap="workshop")
                with open(path, "wb") as events:  # takes what comes as fast as it does
                    follower = subprocess.Popen(
                        [OUROCTL, "events", "workshop", "--topics", "collection", "--after", "0"], stdout=events,
                        stderr=subprocess.PIPE, text=True, env=environment(**env))
                self.addCleanup(follower.kill)
                self.wait(lambda: os.path.getsize(path) > 10000)
            with Daemon(directory=directory) as daemon:
                newest = b'"seq":%d,' % self.collect(daemon)
                self.wait(lambda: newest in self.read(path)[-2000:])
                follower.send_signal(signal.SIGINT)
                errors = follower.communicate(timeout=PATIENCE)[1]
            numbers = [0] + [json.loads(line)["seq"] for line in self.read(path).splitlines()]
        self.assertEqual(sum(b - a - 1 for a, b in zip(numbers, numbers[1:])), lost, errors)
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertIn("connected again", errors)

    @staticmethod
    def read(path):
        with open(path, "rb") as file:
            return file.read()

    def wait(self, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline)

    def test_lost_events_are_told_with_their_numbers(self):
        with Daemon("--history-enabled=no") as daemon:
            env = {"OURO_SERVER": daemon.url, "OURO_TOKEN": daemon.operator}
            self.flood(daemon, 1100)  # the ring of the heap holds 1024
            done = run("events", "workshop", "--after", "0", "-n", "1", env=env)
        first = json.loads(done.stdout)["seq"]
        self.assertGreater(first, 1)
        self.assertEqual((done.returncode, done.stderr),
                         (OK, f"ouroctl: lost: collections 1 to {first - 1} of workshop ({first - 1})\n"))


if __name__ == "__main__":
    unittest.main()
