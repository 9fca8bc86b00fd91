"""Sessions: what is streamed, what a command answers, and who hears of it."""

import asyncio
import unittest

from daemon import Daemon


class Stream(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.daemon = Daemon().__enter__()
        self.addCleanup(self.daemon.__exit__, None, None, None)

    async def test_hello_tells_protocol_and_role(self):
        async with self.daemon.session() as operator, \
                self.daemon.session(self.daemon.observer) as observer:
            self.assertEqual(operator.hello["protocol"], "ouro.v1")
            self.assertEqual(operator.hello["role"], "operator")
            self.assertEqual(observer.hello["role"], "observer")
            self.assertEqual(operator.hello["instance"], observer.hello["instance"])

    async def test_hosted_heaps_are_listed(self):
        heaps = self.daemon.rpc("heap.list", self.daemon.observer)["heaps"]
        self.assertEqual([heap["id"] for heap in heaps], ["documents", "playground", "workshop"])
        self.assertEqual({heap["kind"] for heap in heaps}, {"hosted"})

    async def test_samples_pools_and_collections_arrive(self):
        async with self.daemon.session(self.daemon.observer) as session:
            answer = await session.ask("stream.subscribe", heap="documents",
                                       topics=["sample", "pools", "collection"], interval_ms=100)
            self.assertEqual(answer["subscription"], 1)
            sample = await session.event("sample")
            self.assertEqual(sample["heap"], "documents")
            self.assertEqual(len(sample["generations"]), 3)
            pools = await session.event("pools")
            self.assertGreater(pools["arenas"]["in_use"], 0)
            collection = await session.event("collection")
            self.assertGreater(collection["seq"], answer["seq"])

    async def test_collect_answers_and_everybody_hears_who_asked(self):
        async with self.daemon.session() as asker, \
                self.daemon.session(self.daemon.observer) as viewer:
            for session in (asker, viewer):
                await session.ask("stream.subscribe", heap="documents", topics=["collection"])
            answer = await asker.ask("gc.collect", heap="documents", generation=2)
            self.assertEqual(answer["reason"], "remote")
            self.assertEqual(answer["generation"], 2)
            self.assertEqual(answer["requested_by"], "operator@127.0.0.1")
            for field in ("candidates", "collected", "pause_ns", "freed_bytes", "types"):
                self.assertIn(field, answer)
            for session in (asker, viewer):
                event = await session.event("collection", lambda it: it["reason"] == "remote")
                self.assertEqual(event, answer)

    async def test_collect_over_rpc_is_broadcast_too(self):
        async with self.daemon.session(self.daemon.observer) as viewer:
            await viewer.ask("stream.subscribe", heap="*", topics=["collection"])
            answer = await asyncio.to_thread(self.daemon.rpc, "gc.collect", heap="playground")
            event = await viewer.event("collection", lambda it: it["heap"] == "playground")
            self.assertEqual(event, answer)

    async def test_client_that_comes_back_gets_what_it_missed_in_order(self):
        async with self.daemon.session(self.daemon.observer) as session:
            await session.ask("stream.subscribe", heap="documents", topics=["collection"])
            first = (await session.event("collection"))["seq"]
            while (await session.event("collection"))["seq"] < first + 5:
                pass
        async with self.daemon.session(self.daemon.observer) as session:
            answer = await session.ask("stream.subscribe", heap="*", topics=["collection"],
                                       after_seq={"documents": first})
            self.assertGreaterEqual(answer["backfilled"], 5)
            for expected in range(first + 1, answer["seq"]["documents"] + 3):
                event = await session.event("collection", lambda it: it["heap"] == "documents")
                self.assertEqual(event["seq"], expected)

    async def test_intervals_are_each_subscribers_own(self):
        async with self.daemon.session(self.daemon.observer) as fast, \
                self.daemon.session(self.daemon.observer) as slow:
            await slow.ask("stream.subscribe", heap="playground", topics=["sample"], interval_ms=1000)
            await fast.ask("stream.subscribe", heap="playground", topics=["sample"], interval_ms=100)
            before, between = (await slow.event("sample"))["time_ms"], 0
            # A busy machine may leave samples out; as soon as it does not, the one gets many
            # between two of the other, and all that the other gets.
            while between < 5:
                after, times = (await slow.event("sample"))["time_ms"], []
                while not times or times[-1] < after:
                    times.append((await fast.event("sample"))["time_ms"])
                self.assertEqual(times[-1], after)
                between = sum(before < time for time in times) - 1
                before = after

    async def test_change_of_a_threshold_is_told_to_viewers(self):
        async with self.daemon.session() as operator, \
                self.daemon.session(self.daemon.observer) as viewer:
            await viewer.ask("stream.subscribe", heap="*", topics=["heap"])
            await operator.ask("gc.set_threshold", heap="playground", thresholds=[500, 5, 5])
            event = await viewer.event("heap", lambda it: it["event"] == "changed")
            self.assertEqual(event["heap"]["thresholds"], [500, 5, 5])

    async def test_john_and_mary_are_collected_from_afar(self):
        async with self.daemon.session() as session:
            for line in ("john = Person('John')", "mary = Person('Mary')", "john.friend = mary",
                         "mary.friend = john", "del john", "del mary"):
                answer = await session.ask("repl.eval", heap="playground", code=line)
                self.assertEqual(answer["destroyed"], [], line)
            answer = await session.ask("repl.eval", heap="playground", code="gc.collect()")
            self.assertEqual(answer["collection"]["collected"], 2)
            self.assertEqual(len(answer["destroyed"]), 2)

    async def test_second_collect_at_once_is_told_to_cool_down(self):
        with Daemon("--limits-cool-down-ms", "60000") as daemon:
            async with daemon.session() as session:
                await session.ask("gc.collect", heap="playground")
                error = await session.ask("gc.collect", heap="playground")
                self.assertEqual(error["data"]["name"], "cooling_down")
                self.assertGreater(error["data"]["retry_after_ms"], 0)
                self.assertLessEqual(error["data"]["retry_after_ms"], 60000)

    async def test_fragments_make_one_message(self):
        async with self.daemon.session() as session:
            await session.ws.send(['{"jsonrpc":"2.0",', '"id":"f","met', 'hod":"heap.list"}'])
            self.assertIn("heaps", (await session.read())["result"])

    async def test_message_of_64_kib_is_taken(self):
        async with self.daemon.session() as session:
            text = '{"jsonrpc":"2.0","id":"big","method":"heap.list"}'
            answer = await session.say(text + " " * (65536 - len(text)), "big")
            self.assertIn("heaps", answer)

    async def test_long_answers_and_bursts_are_whole_frames(self):
        async with self.daemon.session() as session:
            await session.ask("workload.set", heap="documents", settings={"rate": 200_000})
            await session.ask("stream.subscribe", heap="documents", topics=["collection"])
            seq = (await session.event("collection"))["seq"]
            collections = 1
            while collections < 500:
                event = session.events.pop(0) if session.events else await session.read()
                told = event["params"]  # what a busy machine has lost is told as well
                first, last = (told["seq"], told["seq"]) if event["method"] == "collection" \
                    else (told["first_seq"], told["last_seq"])
                self.assertEqual(first, seq + 1)
                collections += event["method"] == "collection"
                seq = last
            await session.ask("workload.stop", heap="documents")
            answer = await session.ask("history.collections", heap="documents", limit=500)
            self.assertEqual(len(answer["collections"]), 500)
            self.assertGreater(len(str(answer)), 65536)

    async def test_session_that_says_nothing_stays(self):
        async with self.daemon.session() as quiet, self.daemon.session() as busy:
            await busy.ask("stream.subscribe", heap="playground", topics=["sample"], interval_ms=100)
            for _ in range(20):
                await busy.event("sample")
            self.assertIn("heaps", await quiet.ask("heap.list"))


if __name__ == "__main__":
    unittest.main()
