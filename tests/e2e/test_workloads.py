"""Workloads: listed, started, set while they run, stopped, and what viewers hear of it."""

import unittest

from daemon import Daemon


class Workloads(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.daemon = Daemon().__enter__()
        self.addCleanup(self.daemon.__exit__, None, None, None)

    def listed(self):
        return {(it["heap"], it["name"]): it
                for it in self.daemon.rpc("workload.list", self.daemon.observer)["workloads"]}

    async def test_all_are_listed_and_documents_alone_runs(self):
        listed = self.listed()
        self.assertEqual([name for heap, name in listed if heap == "workshop"],
                         ["person", "churn", "binary-trees", "cache", "leak"])
        self.assertEqual([key for key, it in listed.items() if it["running"]], [("documents", "documents")])

    async def test_one_runs_after_the_other_and_viewers_hear_of_it(self):
        async with self.daemon.session(self.daemon.observer) as viewer, self.daemon.session() as operator:
            await viewer.ask("stream.subscribe", heap="workshop", topics=["heap", "collection"])
            started = await operator.ask("workload.start", heap="workshop", workload="binary-trees",
                                         settings={"rate": 1000000, "depth": 8, "parents": 1, "keep": 0})
            self.assertTrue(started["running"])
            self.assertEqual((await viewer.event("heap"))["heap"]["workload"], "binary-trees")
            collection = await viewer.event("collection", lambda it: it["collected"] > 0)
            self.assertEqual(collection["reason"], "threshold")
            self.assertEqual(collection["types"][0]["type"], "Node")
            self.assertEqual({step["type"] for step in collection["cycle_example"]}, {"Node"})
            await operator.ask("workload.start", heap="workshop", workload="leak")
            self.assertEqual((await viewer.event("heap"))["heap"]["workload"], "leak")
            changed = await operator.ask("workload.set", heap="workshop", settings={"leak_percent": 100})
            self.assertEqual({it["name"]: it["value"] for it in changed["settings"]}["leak_percent"], 100)
            await operator.ask("workload.stop", heap="workshop")
            self.assertNotIn("workload", (await viewer.event("heap"))["heap"])

    async def test_setting_out_of_range_is_refused_with_its_path(self):
        error = self.daemon.rpc("workload.start", heap="workshop", workload="leak", settings={"ceiling": 1e9})
        self.assertEqual(error["code"], -32602)
        self.assertEqual(error["data"]["path"], "/params/settings/ceiling")
        self.assertEqual(error["data"]["expected"], "integer 0..100000")
        error = self.daemon.rpc("workload.start", heap="workshop", workload="documents")
        self.assertEqual(error["data"]["path"], "/params/workload")
        self.assertFalse(any(it["running"] for (heap, _), it in self.listed().items() if heap == "workshop"))


if __name__ == "__main__":
    unittest.main()
