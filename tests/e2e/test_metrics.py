"""/metrics of the real daemon: who may read it, in which format, and what is in it."""

import asyncio
import unittest
from concurrent.futures import ThreadPoolExecutor

import openmetrics
from daemon import Daemon
from test_control_sock import ask, control

OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"


def bearer(token):
    return {"Authorization": "Bearer " + token}


def scrape(daemon, accept=OPENMETRICS):
    status, headers, body = daemon.http("GET", "/metrics",
                                        headers={**bearer(daemon.observer), "Accept": accept})
    assert status == 200, (status, body)
    return headers["Content-Type"], body.decode()


def value(families, family, ending="", **labels):
    """The one sample of a family that has these labels; None when there is none."""
    found = [s.value for s in families[family].samples if s.name == family + ending
             and all(s.labels.get(k) == v for k, v in labels.items())] if family in families else []
    assert len(found) < 2, (family, labels, found)
    return found[0] if found else None


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = cls.enterClassContext(Daemon())
        # Everything that a command can touch; afterwards each heap has been sampled.
        cls.daemon.rpc("gc.collect", heap="documents", generation=2)
        asyncio.run(cls.wait_for_sample())

    @classmethod
    async def wait_for_sample(cls):
        async with cls.daemon.session() as session:
            await session.ask("stream.subscribe", heap="*", topics=["sample", "pools"], interval_ms=100)
            for heap in [h["id"] for h in cls.daemon.rpc("heap.list")["heaps"]]:
                await session.event("pools", lambda event, heap=heap: event["heap"] == heap)

    def families(self):
        return openmetrics.read(scrape(self.daemon)[1])

    def test_a_credential_is_needed_and_any_role_will_do(self):
        daemon = self.daemon
        self.assertEqual(daemon.http("GET", "/metrics")[0], 401)
        self.assertEqual(daemon.http("GET", "/metrics", headers=bearer("0" * 64))[0], 401)
        for token in (daemon.observer, daemon.operator):
            self.assertEqual(daemon.http("GET", "/metrics", headers=bearer(token))[0], 200)
        url = daemon.rpc("auth.one_time_url", role="observer")["url"]
        _, headers, _ = daemon.http("GET", url[len(daemon.url):])
        cookie = headers["Set-Cookie"].split(";")[0]
        self.assertEqual(daemon.http("GET", "/metrics", headers={"Cookie": cookie})[0], 200)
        self.assertEqual(daemon.http("GET", "/metrics", headers=bearer(daemon.observer),
                                     host="evil.example")[0], 403)
        self.assertEqual(daemon.http("POST", "/metrics", "x", headers=bearer(daemon.observer))[0], 405)

    def test_wrong_tokens_are_counted(self):
        before = value(self.families(), "ouro_wrong_tokens", "_total")
        self.daemon.http("GET", "/metrics", headers=bearer("1" * 64))
        self.daemon.post('{"jsonrpc":"2.0","id":1,"method":"heap.list"}', token="2" * 64)
        self.assertEqual(value(self.families(), "ouro_wrong_tokens", "_total"), before + 2)

    def test_control_sock_gives_them_without_a_token(self):
        answer = ask(control(self.daemon), "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer[:200])

    def test_format_is_what_accept_asks_for(self):
        for accept, kind in (("", "text/plain; version=0.0.4; charset=utf-8"),
                             ("*/*", "text/plain; version=0.0.4; charset=utf-8"),
                             (OPENMETRICS, "application/openmetrics-text; version=1.0.0; charset=utf-8")):
            self.assertEqual(scrape(self.daemon, accept)[0], kind)

    def test_head_has_no_body_and_old_clients_no_chunks(self):
        status, headers, body = self.daemon.http("HEAD", "/metrics", headers=bearer(self.daemon.observer))
        self.assertEqual((status, body), (200, b""))
        answer = self.daemon.raw(f"GET /metrics HTTP/1.0\r\nHost: {self.daemon.authority}\r\n"
                                 f"Authorization: Bearer {self.daemon.observer}\r\n"
                                 "Accept: application/openmetrics-text\r\n\r\n").decode()
        head, _, text = answer.partition("\r\n\r\n")
        self.assertIn("Connection: close", head)
        openmetrics.read(text)

    def test_one_connection_serves_scrape_after_scrape(self):
        request = (f"GET /metrics HTTP/1.1\r\nHost: {self.daemon.authority}\r\n"
                   f"Authorization: Bearer {self.daemon.observer}\r\n\r\n").encode()
        with self.daemon.connect() as sock:
            for _ in range(3):
                sock.sendall(request)
                answer = b""
                while not answer.endswith(b"\r\n0000\r\n\r\n"):
                    part = sock.recv(65536)
                    self.assertTrue(part)
                    answer += part

    def test_openmetrics_is_strictly_correct_and_complete(self):
        families = self.families()
        for heap in ("documents", "playground"):
            self.assertEqual(value(families, "ouro_heap", "_info", heap=heap, kind="hosted"), 1)
            self.assertEqual(value(families, "ouro_heap_failed", heap=heap), 0)
            for generation in "012":
                for family in ("ouro_gc_pending", "ouro_gc_threshold"):
                    self.assertIsNotNone(value(families, family, heap=heap, generation=generation))
        self.assertEqual(value(families, "ouro_gc_collections", "_total", heap="documents",
                               generation="2", reason="remote"), 1)
        self.assertGreater(value(families, "ouro_pool_arenas", heap="documents"), 0)
        self.assertGreater(value(families, "process_resident_memory_bytes"), 1e6)
        self.assertLess(value(families, "process_open_fds"), 100)
        info = self.daemon.rpc("server.info")
        self.assertEqual(value(families, "ouro_build", "_info", version=info["version"]), 1)
        self.assertAlmostEqual(value(families, "process_start_time_seconds"), info["started_ms"] / 1000, delta=30)
        self.assertNotIn("ouro_alarm", families)
        self.assertNotIn("python_gc_collections", families)

    def test_exemplar_is_a_collection_that_was(self):
        record = self.daemon.rpc("gc.collect", heap="playground", generation=2)
        examples = [s for s in self.families()["ouro_gc_pause_seconds"].samples
                    if s.exemplar and s.labels["heap"] == "playground" and s.labels["generation"] == "2"]
        found = [e for e in examples if e.exemplar[0] == {"seq": str(record["seq"])}]
        self.assertEqual(len(found), 1, examples)
        self.assertAlmostEqual(found[0].exemplar[1], record["pause_ns"] / 1e9, delta=1e-12)
        self.assertAlmostEqual(found[0].exemplar[2], record["time_ms"] / 1000, delta=0.0005)

    def test_counters_only_grow(self):
        before = self.families()
        self.daemon.rpc("gc.collect", heap="documents", generation=0)
        after = self.families()
        for name, family in before.items():
            for sample in family.samples:
                if family.type not in ("counter", "histogram"):
                    continue
                later = [s.value for s in after[name].samples
                         if (s.name, s.labels) == (sample.name, sample.labels)]
                self.assertEqual(len(later), 1, sample)
                self.assertGreaterEqual(later[0], sample.value, sample)

    def test_many_scrapes_at_once_are_all_whole(self):
        with ThreadPoolExecutor(20) as pool:
            for text in pool.map(lambda _: scrape(self.daemon)[1], range(60)):
                openmetrics.read(text)

    def test_scrapers_that_hang_up_or_do_not_read_harm_nobody(self):
        request = (f"GET /metrics HTTP/1.1\r\nHost: {self.daemon.authority}\r\n"
                   f"Authorization: Bearer {self.daemon.observer}\r\n\r\n").encode()
        deaf = [self.daemon.connect() for _ in range(20)]
        for sock in deaf:
            sock.sendall(request)
        for _ in range(20):
            with self.daemon.connect() as sock:
                sock.sendall(request)
        self.families()
        for sock in deaf:
            sock.close()

    def test_clients_are_counted_while_they_are_there(self):
        async def count():
            async with self.daemon.session() as session:
                await session.ask("heap.list")
                return await asyncio.to_thread(self.families)
        families = asyncio.run(count())
        self.assertGreaterEqual(value(families, "ouro_ws_clients"), 1)
        self.assertGreaterEqual(value(families, "ouro_ws_messages", "_total"), 2)


class Strictness(unittest.TestCase):
    """The reader must see what is wrong, or it proves nothing."""

    GOOD = ("# HELP a A.\n# TYPE a counter\na_total{h=\"x\"} 1\n"
            "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"1.0\"} 1 # {seq=\"1\"} 0.5 1.5\n"
            "h_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n# EOF\n")

    def test_good_text_is_read(self):
        families = openmetrics.read(self.GOOD)
        self.assertEqual(families["h"].samples[0].exemplar, ({"seq": "1"}, 0.5, 1.5))

    def test_every_fault_is_found(self):
        for old, new in (("# EOF\n", ""), ("# EOF\n", "# EOF\n\n"), ("a_total{", "a{"),
                         ("{h=\"x\"} 1\n", "{h=\"x\"} 1\na_total{h=\"x\"} 2\n"),
                         ("{h=\"x\"}", "{h=\"x\",}"), ("{h=\"x\"}", "{h=\"x\",h=\"y\"}"),
                         ("{h=\"x\"}", "{h=\"\\x\"}"), ("counter", "info"), ("} 1\n", "} -1\n"),
                         ("# TYPE a counter\n", ""), ("le=\"1.0\"} 1", "le=\"1.0\"} 3"),
                         ("h_count 2", "h_count 3"), ("0.5 1.5", "1.5 1.5"), ("h_sum 3\n", ""),
                         ("h_bucket{le=\"+Inf\"} 2\n", ""), ("} 1\n", "}  1\n"),
                         ("# HELP h H.", "# HELP a H.")):
            self.assertIn(old, self.GOOD)
            with self.subTest(new=new), self.assertRaises(openmetrics.Broken):
                openmetrics.read(self.GOOD.replace(old, new, 1))


if __name__ == "__main__":
    unittest.main()
