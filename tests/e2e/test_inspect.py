"""John and Mary: who holds whom, why, what grew, a snapshot, a collection step by step."""

import asyncio
import json
import subprocess
import time
import unittest

from daemon import PATIENCE, Daemon

JOHN_AND_MARY = """
john = Person('John')
mary = Person('Mary')
john.friend = mary
mary.friend = john
"""


class Inspect(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon().__enter__()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        self.ask("repl.eval", code=JOHN_AND_MARY)

    def ask(self, method, **params):
        params.setdefault("heap", "playground")
        return self.daemon.rpc(method, **params)

    def id_of(self, text):
        objects = self.ask("heap.objects", type="Person", limit=1000)["objects"]
        return next(one["id"] for one in objects if one["text"] == text)

    def test_capabilities_name_what_can_be_asked(self):
        heaps = {heap["id"]: heap for heap in self.daemon.rpc("heap.list")["heaps"]}
        for name in ("objects", "path", "graph", "growth", "snapshot", "pool_map"):
            self.assertIn(name, heaps["playground"]["capabilities"])
            self.assertIn(name, heaps["documents"]["capabilities"])
        self.assertIn("step", heaps["playground"]["capabilities"])
        self.assertNotIn("step", heaps["documents"]["capabilities"])

    def test_an_observer_sees_the_pool_map_and_it_grows(self):
        def used(answer):
            return sum(sum(arena["used"]) for arena in answer["arenas"])

        first = self.ask("heap.pool_map")
        self.assertNotIn("next_cursor", first)
        self.assertEqual({len(arena[key]) for arena in first["arenas"] for key in ("block_bytes", "used", "capacity")},
                         {32})
        self.ask("repl.eval", code="; ".join(f"p{i} = Person('{i}')" for i in range(100)))
        pages, cursor = [], {}
        while cursor is not None:
            page = self.ask("heap.pool_map", limit=1, **cursor)
            pages.append(page)
            cursor = {"cursor": page["next_cursor"]} if "next_cursor" in page else None
        self.assertEqual(len(pages), pages[0]["arenas_total"])
        self.assertGreaterEqual(sum(used(page) for page in pages), used(first) + 100)
        self.assertEqual(self.ask("heap.pool_map", cursor="ffff")["data"]["path"], "/params/cursor")
        self.assertEqual(self.ask("heap.pool_map", limit=513)["data"]["expected"], "integer 1..512")

        async def as_observer():
            async with self.daemon.session(self.daemon.observer) as session:
                return await session.ask("heap.pool_map", heap="documents")
        self.assertGreater(asyncio.run(as_observer())["arenas_total"], 0)

    def test_who_holds_mary_and_why(self):
        mary = self.id_of("Person('Mary')")
        self.ask("repl.eval", code="del mary")
        referrers = self.ask("heap.referrers", id=mary)
        self.assertEqual([(one["field"], one["object"]["text"]) for one in referrers["referrers"]],
                         [("friend", "Person('John')")])
        self.assertEqual((referrers["roots"], referrers["references_by_others"]), ([], 0))
        path = self.ask("heap.path_to_root", id=mary)
        self.assertEqual((path["root"], path["length_objects"]), ("john", 2))
        self.assertEqual(path["path"][0]["field"], "friend")
        self.assertEqual(path["path"][1]["object"]["id"], mary)
        self.assertEqual(self.ask("heap.referents", id=mary)["referents"][0]["object"]["text"], "Person('John')")
        self.assertEqual(self.ask("heap.object", id=mary)["refcount"], 1)

    def test_graph_shows_the_garbage_until_it_is_collected(self):
        mary = self.id_of("Person('Mary')")
        self.assertEqual([root["name"] for root in self.ask("heap.graph")["roots"]], ["john", "mary"])
        self.ask("repl.eval", code="del john, mary")
        graph = self.ask("heap.graph")
        self.assertEqual((len(graph["nodes"]), graph["roots"], graph["truncated"]), (2, [], False))
        self.assertEqual(sorted((edge["from"], edge["to"], edge["field"]) for edge in graph["edges"]),
                         [(0, 1, "friend"), (1, 0, "friend")])
        self.assertFalse(self.ask("heap.path_to_root", id=mary)["reachable"])
        self.assertEqual(self.ask("gc.collect")["collected"], 2)
        self.assertEqual(self.ask("heap.graph")["nodes"], [])
        self.assertEqual(self.ask("heap.object", id=mary)["data"]["name"], "no_such_object")

    def test_any_number_is_safe_to_ask_for(self):
        mary = int(self.id_of("Person('Mary')"), 16)
        for number in (0, 1, 8, 0xdeadbeef, mary + 8, mary - 8, mary + 1, mary & ~0xffff, 2**64 - 1, 2**64 - 8):
            for method in ("heap.object", "heap.referrers", "heap.referents", "heap.path_to_root"):
                self.assertEqual(self.ask(method, id=hex(number))["data"]["name"], "no_such_object", hex(number))
            self.assertEqual(self.ask("heap.graph", root=hex(number))["data"]["name"], "no_such_object")
        for bad in ("", "0x", "mary", "0xzz", "-0x8", "0x10000000000000000", " 0x8", 8, None):
            self.assertEqual(self.ask("heap.object", id=bad)["data"]["path"], "/params/id")

    def test_growth_since_a_mark(self):
        mark = self.ask("heap.mark")["mark"]
        self.ask("repl.eval", code="a = Person('A'); b = Person('B'); del john")
        growth = self.ask("heap.growth", since=mark)
        self.assertEqual([(row["type"], row["grown_objects"], row["objects"]) for row in growth["types"]],
                         [("Person", 2, 4)])
        error = self.ask("heap.growth", since=99)
        self.assertEqual((error["data"]["path"], error["data"]["expected"]), ("/params/since", "a mark from 1 to 1"))

    def test_observer_counts_but_does_not_see_contents(self):
        observer = self.daemon.observer
        self.assertIn("mark", self.daemon.rpc("heap.mark", observer, heap="playground"))
        for method in ("heap.objects", "heap.graph", "heap.snapshot"):
            self.assertEqual(self.daemon.rpc(method, observer, heap="playground")["data"]["name"], "forbidden")

    def fetch(self, download, token=None, method="GET"):
        headers = {"Authorization": "Bearer " + (token or self.daemon.operator)}
        return self.daemon.http(method, "/download/" + download, headers=headers)

    def test_snapshot_is_fetched_once_by_an_operator(self):
        answer = self.ask("heap.snapshot")
        download = answer["download"]
        self.assertEqual(self.daemon.http("GET", "/download/" + download)[0], 401)
        self.assertEqual(self.fetch(download, self.daemon.observer)[0], 403)
        status, headers, body = self.fetch(download, method="HEAD")
        self.assertEqual((status, int(headers["Content-Length"]), body), (200, answer["bytes"], b""))
        status, headers, body = self.fetch(download)
        self.assertEqual((status, len(body)), (200, answer["bytes"]))
        self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertRegex(headers["Content-Disposition"], r'^attachment; filename="playground-\d+\.ouro\.jsonl"$')
        lines = [json.loads(line) for line in body.decode().splitlines()]
        self.assertEqual((lines[0]["format"], lines[0]["heap"]), ("ouro", "playground"))
        self.assertEqual([line["root"] for line in lines if "root" in line], ["john", "mary"])
        objects = {line["id"]: line for line in lines if "references" in line}
        self.assertEqual(lines[-1], {"end": True, "objects": 2, "bytes": sum(o["bytes"] for o in objects.values())})
        for one in objects.values():
            self.assertIn(one["references"][0][1], objects)
        self.assertEqual(self.fetch(download)[0], 404)
        self.assertEqual(self.fetch("0" * 32)[0], 404)

    def test_curl_saves_what_devtools_opens(self):
        answer = self.daemon.rpc("heap.snapshot", heap="documents", format="heapsnapshot")
        text = subprocess.run(
            ["curl", "-sSf", "-H", "Authorization: Bearer " + self.daemon.operator,
             self.daemon.url + "/download/" + answer["download"]], check=True, capture_output=True).stdout
        self.assertEqual(len(text), answer["bytes"])
        file = json.loads(text)
        meta, nodes, edges = file["snapshot"]["meta"], file["nodes"], file["edges"]
        width = len(meta["node_fields"])
        self.assertEqual(meta["node_fields"][:5], ["type", "name", "id", "self_size", "edge_count"])
        self.assertEqual(len(nodes), file["snapshot"]["node_count"] * width)
        self.assertEqual(len(edges), file["snapshot"]["edge_count"] * len(meta["edge_fields"]))
        self.assertEqual(sum(nodes[4::width]), file["snapshot"]["edge_count"])
        self.assertTrue(all(to % width == 0 and to < len(nodes) for to in edges[2::3]))
        self.assertTrue(all(name < len(file["strings"]) for name in nodes[1::width]))
        self.assertIn("json.Object", file["strings"])

    def test_answer_about_a_whole_large_heap_is_bounded_and_says_so(self):
        end = time.monotonic() + PATIENCE
        while self.daemon.rpc("heap.mark", heap="documents")["objects"] < 10000:
            self.assertLess(time.monotonic(), end)
        graph = self.daemon.rpc("heap.graph", heap="documents", limit=5000)
        self.assertTrue(graph["truncated"])
        self.assertLessEqual(len(graph["nodes"]), 5000)
        self.assertLessEqual(len(graph["edges"]), 10000)
        self.assertLess(len(json.dumps(graph)), 1 << 20)

    def test_steps_are_not_for_rpc(self):
        error = self.ask("repl.step", action="begin")
        self.assertEqual(error["data"]["name"], "not_supported")


class Steps(unittest.IsolatedAsyncioTestCase):
    async def test_collection_is_watched_phase_by_phase(self):
        with Daemon() as daemon:
            async with daemon.session() as one, daemon.session() as other:
                await one.ask("repl.eval", heap="playground", code=JOHN_AND_MARY + "del john, mary")
                step = await one.ask("repl.step", heap="playground", action="begin")
                self.assertEqual((step["stepping"], step["next_phase"], step["candidates_total"]),
                                 (True, "subtract", 2))
                busy = await other.ask("repl.eval", heap="playground", code="x = Person('X')")
                self.assertEqual(busy["data"]["name"], "busy")
                busy = await other.ask("repl.step", heap="playground", action="next")
                self.assertEqual(busy["data"]["name"], "busy")
                self.assertEqual((await other.ask("gc.collect", heap="playground"))["data"]["name"], "busy")
                phases, destroyed = [], []
                while step["stepping"]:
                    step = await one.ask("repl.step", heap="playground", action="next")
                    phases.append(step["phase"])
                    destroyed += step["destroyed"]
                    if step["phase"] == "subtract":
                        self.assertEqual([row["gc_refs"] for row in step["candidates"]], [0, 0])
                        self.assertEqual(sorted((edge["from"], edge["to"], edge["field"]) for edge in step["edges"]),
                                         [(0, 1, "friend"), (1, 0, "friend")])
                        self.assertEqual(step["roots"], [])
                    if step["phase"] == "mark":
                        self.assertEqual({row["verdict"] for row in step["candidates"]}, {"unreachable"})
                self.assertEqual((phases[0], phases[-1], sorted(destroyed)),
                                 ("subtract", "free", ["Person('John')", "Person('Mary')"]))
                self.assertEqual(step["collection"]["collected"], 2)
                self.assertEqual(step["collection"]["requested_by"], "operator@127.0.0.1")

    async def test_session_that_ends_finishes_its_steps(self):
        with Daemon() as daemon:
            async with daemon.session() as other:
                await other.ask("stream.subscribe", heap="playground", topics=["collection"])
                async with daemon.session() as one:
                    await one.ask("repl.eval", heap="playground", code=JOHN_AND_MARY)
                    await one.ask("repl.step", heap="playground", action="begin")
                    one.ws.transport.abort()  # no close frame: it is just gone
                    event = await other.event("collection")
                    self.assertEqual((event["heap"], event["collected"]), ("playground", 0))
                created = await other.ask("repl.eval", heap="playground", code="x = Person('X')")
                self.assertEqual(created["created"], ["Person('X')"])

    async def test_whole_heap_is_looked_through_while_it_streams(self):
        with Daemon() as daemon:
            async with daemon.session() as one:
                await one.ask("stream.subscribe", heap="documents", topics=["sample"], interval_ms=100)
                first = await one.event("sample", lambda sample: sample["live_objects"] > 5000)
                objects = await one.ask("heap.objects", heap="documents", limit=1000)
                self.assertEqual(len(objects["objects"]), 1000)
                answers = await asyncio.gather(*[
                    asyncio.to_thread(daemon.rpc, "heap.referrers", heap="documents", id=row["id"])
                    for row in objects["objects"][:20]])
                for answer in answers:
                    name = answer.get("data", {}).get("name")
                    self.assertTrue("referrers" in answer or name == "no_such_object", answer)
                last = await one.event("sample", lambda sample: sample["uptime_ns"] > first["uptime_ns"])
                self.assertGreaterEqual(last["allocated_total_objects"], first["allocated_total_objects"])


if __name__ == "__main__":
    unittest.main()
