"""Tuning from afar: what undoes itself, what is kept, what is only predicted."""

import unittest

from daemon import Daemon


class Tuning(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.daemon = Daemon().__enter__()
        self.addCleanup(self.daemon.__exit__, None, None, None)

    async def test_threshold_goes_back_though_its_session_is_gone(self):
        async with self.daemon.session(self.daemon.observer) as viewer:
            await viewer.ask("stream.subscribe", heap="playground", topics=["heap"])
            async with self.daemon.session() as operator:
                answer = await operator.ask("gc.set_threshold", heap="playground", thresholds=[50],
                                            revert_after_ms=2000)
            self.assertEqual(answer["thresholds"], [50, 10, 10])
            event = await viewer.event("heap")
            self.assertEqual(event["heap"]["thresholds"], [50, 10, 10])
            self.assertEqual(event["heap"]["revert"],
                             {"at_ms": answer["reverts_at_ms"], "thresholds": [700, 10, 10]})
            event = await viewer.event("heap")
            self.assertEqual(event["heap"]["thresholds"], [700, 10, 10])
            self.assertNotIn("revert", event["heap"])
            heap = await viewer.ask("heap.get", heap="playground")
            self.assertEqual(heap, event["heap"])

    async def test_commands_and_reverts_are_audited_at_every_door(self):
        async with self.daemon.session(self.daemon.observer) as viewer:
            await viewer.ask("stream.subscribe", heap="*", topics=["audit"])
            self.daemon.rpc("gc.disable", heap="playground", revert_after_ms=1)
            audit = await viewer.event("audit")
            self.assertGreater(audit.pop("duration_ns"), 0)
            self.assertGreater(audit.pop("time_ms"), 0)
            self.assertEqual(audit, {"who": "operator@127.0.0.1", "method": "gc.disable",
                                     "heap": "playground", "detail": "undone in 1 ms", "ok": True})
            audit = await viewer.event("audit")
            self.assertEqual((audit["who"], audit["method"], audit["ok"]), ("revert", "gc.enable", True))
            self.daemon.rpc("gc.collect", self.daemon.observer, heap="playground")
            audit = await viewer.event("audit")
            self.assertEqual((audit["who"], audit["name"]), ("observer@127.0.0.1", "forbidden"))
            url = self.daemon.rpc("auth.one_time_url", role="observer")["url"]
            audit = await viewer.event("audit")
            self.assertEqual((audit["method"], audit["detail"]), ("auth.one_time_url", "for an observer"))
            secret = url.split("token=")[1]
            self.assertNotIn(secret, str(audit))
            self.assertNotIn(secret, self.daemon.read_log())

    async def test_kept_change_stays(self):
        answer = self.daemon.rpc("gc.disable", heap="playground", revert_after_ms=3600000)
        self.assertFalse(answer["enabled"])
        self.assertEqual(self.daemon.rpc("heap.get", heap="playground")["revert"],
                         {"at_ms": answer["reverts_at_ms"], "enabled": True})
        kept = {"kept": True, "thresholds": [700, 10, 10], "enabled": False}
        self.assertEqual(self.daemon.rpc("gc.keep", heap="playground"), kept)
        self.assertEqual(self.daemon.rpc("gc.keep", heap="playground"), {**kept, "kept": False})
        self.assertEqual(self.daemon.rpc("gc.is_enabled", heap="playground"), {"enabled": False})

    async def test_frozen_objects_are_not_candidates(self):
        self.daemon.rpc("repl.eval", heap="playground", code="john = Person('John')")
        self.assertEqual(self.daemon.rpc("gc.freeze", heap="playground"), {"frozen_objects": 1})
        self.assertEqual(self.daemon.rpc("gc.collect", heap="playground")["candidates"], 0)
        self.assertEqual(self.daemon.rpc("gc.get_freeze_count", self.daemon.observer, heap="playground"),
                         {"frozen_objects": 1})
        self.assertEqual(self.daemon.rpc("gc.unfreeze", self.daemon.observer, heap="playground")["data"]["name"],
                         "forbidden")
        self.assertEqual(self.daemon.rpc("gc.unfreeze", heap="playground"), {"frozen_objects": 0})

    async def test_dry_run_predicts_what_a_collection_then_does(self):
        self.daemon.rpc("workload.stop", heap="documents")
        dry = self.daemon.rpc("gc.collect", heap="documents", dry_run=True)
        self.assertTrue(dry["dry_run"])
        collection = self.daemon.rpc("gc.collect", heap="documents")
        self.assertAlmostEqual(dry["candidates"], collection["candidates"],
                               delta=collection["candidates"] / 100)
        # Inside the cool-down of what was just done: a dry run knows none.
        dry = self.daemon.rpc("gc.collect", heap="documents", dry_run=True)
        self.assertGreater(dry["pause_ns"], 0)
        seq = self.daemon.rpc("gc.get_stats", heap="documents")["stats"][2]["collections"]
        self.daemon.rpc("gc.collect", heap="documents", dry_run=True)
        self.assertEqual(self.daemon.rpc("gc.get_stats", heap="documents")["stats"][2]["collections"], seq)

    async def test_collection_shows_a_cycle(self):
        self.daemon.rpc("repl.eval", heap="playground",
                        code="john = Person('John')\njohn.friend = Person('Mary')\njohn.friend.friend = john\ndel john")
        collection = self.daemon.rpc("gc.collect", heap="playground")
        self.assertEqual(collection["cycle_objects"], 2)
        self.assertEqual([step["type"] for step in collection["cycle_example"]], ["Person", "Person"])


if __name__ == "__main__":
    unittest.main()
