"""What is kept: over a restart, over kill -9, and further back than the ring."""

import json
import os
import shutil
import sqlite3
import tempfile
import unittest

from daemon import PATIENCE, Daemon

MOST = 2**53 - 1


class Killed(Daemon):
    """A daemon whose directory stays, and which may be killed."""

    def kill(self):
        self.process.kill()
        self.process.wait(PATIENCE)
        self.log.close()
        self.process.stdout.close()


class History(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="ouro-e2e-")
        self.addCleanup(shutil.rmtree, self.directory)

    def daemon(self, *options):
        return Killed(*options, directory=self.directory)

    def read(self, sql):
        path = os.path.join(self.directory, "state", "history.sqlite")
        with sqlite3.connect(path, timeout=PATIENCE) as file:
            return file.execute(sql).fetchall()

    async def collect(self, session, count, heap="playground"):
        """Make so many collections, and see them; the newest number."""
        for _ in range(count):
            answer = await session.ask("repl.eval", heap=heap, code="gc.collect()")
            seq = answer["collection"]["seq"]
        return seq

    async def follow(self, daemon, heap, after, until):
        """What a client is told of after < n <= until, as pairs and how many were lost."""
        told = []
        async with daemon.session(daemon.observer) as session:
            answer = await session.ask("stream.subscribe", heap=heap, topics=["collection"],
                                       after_seq=after)
            while not told or told[-1][1] < until:
                event = session.events.pop(0) if session.events else await session.read()
                params = event["params"]
                if event["method"] == "collection":
                    told.append((params["seq"], params["seq"], 0))
                elif event["method"] == "stream.lagged":
                    told.append((params["first_seq"], params["last_seq"], params["lost"]))
        self.assertEqual(told[0][0], after + 1)
        for before, then in zip(told, told[1:]):
            self.assertEqual(then[0], before[1] + 1, "a hole, or out of order")
        return answer, told

    async def test_numbers_and_records_outlive_a_restart(self):
        with self.daemon() as daemon:
            async with daemon.session() as session:
                last = await self.collect(session, 3)
        with self.daemon() as daemon:
            answer, told = await self.follow(daemon, "playground", 0, last)
            self.assertEqual([seq for seq, _, lost in told if lost == 0], list(range(1, told[-1][1] + 1)))
            self.assertGreaterEqual(answer["backfilled"], last)
            async with daemon.session() as session:
                self.assertGreater(await self.collect(session, 1), last)
            page = daemon.rpc("history.collections", daemon.observer, heap="playground", limit=2)
            self.assertEqual(len(page["collections"]), 2)
            self.assertIn("next_cursor", page)

    async def test_backfill_reaches_further_than_the_ring(self):
        with self.daemon("--limits-commands-a-second", "1000") as daemon:
            async with daemon.session() as session:
                last = await self.collect(session, 1500)
            answer, told = await self.follow(daemon, "playground", 0, last)
            self.assertEqual(answer["backfilled"], last)
            self.assertEqual([entry[0] for entry in told[:last]], list(range(1, last + 1)))

    async def test_killed_daemon_repeats_no_number_and_hides_no_gap(self):
        last = 0
        for turn in range(3):
            daemon = self.daemon().__enter__()
            async with daemon.session() as session:
                await session.ask("stream.subscribe", heap="documents", topics=["collection"])
                for _ in range(12):
                    seq = (await session.event("collection"))["seq"]
                    self.assertGreater(seq, last)
                    last = seq
            daemon.kill()
        self.assertEqual(self.read("PRAGMA integrity_check"), [("ok",)])
        with self.daemon() as daemon:
            _, told = await self.follow(daemon, "documents", 0, last)
            # What was not on disk yet, and what was leased and not used: nobody can tell.
            self.assertTrue([entry for entry in told if entry[2] is None])
            self.assertTrue([entry for entry in told if entry[2] == 0])

    async def test_commands_outlive_a_restart(self):
        with self.daemon() as daemon:
            daemon.rpc("gc.set_threshold", heap="playground", thresholds=[900])
            error = daemon.rpc("gc.freeze", daemon.observer, heap="documents")
            self.assertEqual(error["data"]["name"], "forbidden")
            # What is queued is seen; asking itself is no entry.
            before = daemon.rpc("history.audit")["entries"]
            self.assertEqual([entry["method"] for entry in before], ["gc.freeze", "gc.set_threshold"])
        with self.daemon() as daemon:
            entries = daemon.rpc("history.audit")["entries"]
            self.assertEqual(entries, before)
            self.assertEqual(entries[0]["name"], "forbidden")
            self.assertEqual(entries[1]["detail"], "thresholds 900")
            one = daemon.rpc("history.audit", heap="playground", limit=1)
            self.assertEqual(one["entries"], entries[1:])
            self.assertNotIn("next_cursor", one)
            error = daemon.rpc("history.audit", daemon.observer)
            self.assertEqual(error["data"]["name"], "forbidden")
        with self.daemon("--read-only=yes") as daemon:
            self.assertEqual(daemon.rpc("history.audit")["entries"][-2:], before)

    async def test_comparison_and_samples_come_from_before_the_restart(self):
        with self.daemon() as daemon:
            async with daemon.session() as session:
                await session.ask("stream.subscribe", heap="documents", topics=["sample", "collection"])
                await session.event("collection")
                first = (await session.event("sample"))["time_ms"]
        with self.daemon() as daemon:
            now = daemon.rpc("server.info")["time_ms"]
            samples = daemon.rpc("history.samples", heap="documents", from_ms=0, to_ms=MOST)
            self.assertLessEqual(samples["samples"][0]["time_ms"], first)
            span = {"from_ms": now - 60000, "to_ms": now}
            answer = daemon.rpc("history.compare", heap="documents", a=span, b=span)
            self.assertGreater(answer["a"]["collections"], 0)
            self.assertEqual(answer["ratios"]["pause_p50"], 1)

    def check_trace(self, trace):
        """The rules of the trace-event format that readers rely on; events by phase."""
        by_phase = {}
        for event in trace["traceEvents"]:
            by_phase.setdefault(event["ph"], []).append(event)
            for key in ("name", "pid", "tid"):
                self.assertIn(key, event)
            if event["ph"] != "M":
                self.assertGreaterEqual(event["ts"], 0)
        self.assertLessEqual(set(by_phase), {"M", "X", "C"})
        self.assertEqual({event["name"] for event in by_phase["M"]}, {"process_name", "thread_name"})
        for event in by_phase["M"]:
            self.assertIsInstance(event["args"]["name"], str)
        for event in by_phase["C"]:
            self.assertTrue(all(isinstance(value, int) for value in event["args"].values()))
        # Complete events of a thread lie inside each other or apart, in nanoseconds.
        open_ends = []
        for event in by_phase["X"]:
            begin, end = round(event["ts"] * 1000), round((event["ts"] + event["dur"]) * 1000)
            while open_ends and open_ends[-1] <= begin:
                open_ends.pop()
            self.assertTrue(not open_ends or end <= open_ends[-1], event)
            self.assertEqual(len(open_ends), 0 if event["cat"] == "gc" else 1, event)
            if end > begin:
                open_ends.append(end)
        return by_phase

    async def test_trace_has_the_form_that_perfetto_reads(self):
        with self.daemon() as daemon:
            async with daemon.session(daemon.observer) as session:
                await session.ask("stream.subscribe", heap="documents", topics=["collection"])
                for _ in range(10):
                    last = await session.event("collection")
                answer = await session.ask("trace.export", heap="documents", from_ms=0, to_ms=MOST)
            status, headers, body = daemon.http(
                "GET", "/download/" + answer["download"],
                headers={"Authorization": "Bearer " + daemon.observer})
            self.assertEqual((status, len(body)), (200, answer["bytes"]))
            self.assertIn("documents.trace.json", headers["Content-Disposition"])
            events = self.check_trace(json.loads(body))
            spans = [event for event in events["X"] if event["cat"] == "gc"]
            self.assertEqual([event["args"]["seq"] for event in spans[:last["seq"]]],
                             list(range(1, last["seq"] + 1)))
            span = next(event for event in spans if event["args"]["seq"] == last["seq"])
            self.assertEqual(round(span["dur"] * 1000), last["duration_ns"])
            self.assertEqual(span["name"], f"generation {last['generation']}")
            self.assertEqual({event["name"] for event in events["C"]}, {"live objects", "live bytes"})
            error = daemon.rpc("trace.export", heap="nowhere", from_ms=0, to_ms=1)
            self.assertEqual(error["data"]["name"], "no_such_heap")

    async def test_newer_file_is_refused_with_its_name(self):
        state = os.path.join(self.directory, "state")
        os.makedirs(state, 0o700)
        with sqlite3.connect(os.path.join(state, "history.sqlite")) as file:
            file.execute("PRAGMA user_version = 99")
        with self.assertRaisesRegex(AssertionError, r"history\.sqlite.*version is 99"):
            self.daemon().__enter__()

    async def test_broken_file_is_put_aside_and_told(self):
        state = os.path.join(self.directory, "state")
        os.makedirs(state, 0o700)
        with open(os.path.join(state, "history.sqlite"), "w", encoding="utf-8") as file:
            file.write("this is no database " * 500)
        with self.daemon() as daemon:
            info = daemon.rpc("server.info")
            self.assertEqual(info["status"], "degraded")
            self.assertEqual([alarm["name"] for alarm in info["alarms"]], ["history.damaged"])
            self.assertTrue([name for name in os.listdir(state) if "damaged" in name])

    async def test_history_can_be_switched_off(self):
        with self.daemon("--history-enabled=no") as daemon:
            error = daemon.rpc("history.audit")
            self.assertEqual(error["data"]["name"], "not_supported")
            error = daemon.rpc("history.collections", heap="documents")
            self.assertEqual(error["data"]["name"], "not_supported")
        self.assertFalse(os.path.exists(os.path.join(self.directory, "state", "history.sqlite")))


if __name__ == "__main__":
    unittest.main()
