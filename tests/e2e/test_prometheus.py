"""A real Prometheus scrapes a real ourod; daemon/prometheus/ is checked against both."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.parse
import urllib.request
from pathlib import Path

import openmetrics
from daemon import PATIENCE, Daemon
from test_metrics import scrape

FILES = Path(__file__).resolve().parents[2] / "daemon" / "prometheus"
# Only there when something is wrong, or has come: an alarm, an attached CPython, an
# object that cannot be freed.
SOMETIMES = {"ouro_alarm"}


def promtool(*arguments, given=None):
    return subprocess.run(["promtool", *map(str, arguments)], input=given, text=True, cwd=FILES,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE)


def dashboard_queries():
    """(panel, PromQL) of the dashboard, with Grafana's variables filled in."""
    dashboard = json.loads((FILES / "dashboard.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            expr = target["expr"].replace("$__rate_interval", "1m")
            yield panel["title"], re.sub(r"\$(instance|heap)\b", ".*", expr)


def alert_queries():
    rules = (FILES / "alerts.yml").read_text()
    return re.findall(r"alert: (\w+)\n\s+expr: (.+)", rules)


def names_in(expr):
    """The metrics that a query names."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\b(?:by|without)\s*\([^)]*\)', "", expr)
    return set(re.findall(r"\b(?:ouro|process|python)_\w+|\bup\b", bare))


class Files(unittest.TestCase):
    """What promtool says, without a server."""

    def test_classic_text_of_a_live_daemon_has_no_blemish(self):
        with Daemon() as daemon:
            daemon.rpc("gc.collect", heap="documents", generation=2)
            text = scrape(daemon, "")[1]
        done = promtool("check", "metrics", given=text)
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        for old, new in (("# TYPE ouro_heaps gauge", "# TYPE ouro_heaps counter"),
                         ("ouro_heaps ", "ouro_heaps{a=b} ")):
            self.assertIn(old, text)
            self.assertNotEqual(promtool("check", "metrics", given=text.replace(old, new)).stdout, "")

    def test_alerts_are_accepted_and_each_is_tested(self):
        done = promtool("check", "rules", "alerts.yml")
        self.assertEqual(done.returncode, 0, done.stdout)
        done = promtool("test", "rules", "alerts_test.yml")
        self.assertEqual(done.returncode, 0, done.stdout)
        tests = (FILES / "alerts_test.yml").read_text()
        alerts = [name for name, _ in alert_queries()]
        self.assertEqual(len(alerts), (FILES / "alerts.yml").read_text().count("alert:"))
        for name in alerts:
            # It is seen to fire, which a test that expects nothing would not show.
            self.assertRegex(tests, rf"alertname: {name}\n\s+exp_alerts:\n\s+- exp_labels")

    def test_dashboard_is_json_of_panels_that_do_not_overlap(self):
        dashboard = json.loads((FILES / "dashboard.json").read_text())
        taken, ids = set(), set()
        for panel in dashboard["panels"]:
            place = panel["gridPos"]
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                     for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(taken & cells, panel["title"])
            self.assertLessEqual(place["x"] + place["w"], 24)
            self.assertNotIn(panel["id"], ids)
            taken |= cells
            ids.add(panel["id"])


class Prometheus:
    """A Prometheus of the test's own, which ends with it."""

    def __init__(self, config):
        self.directory = tempfile.mkdtemp(prefix="ouro-prometheus-")
        self.config = Path(self.directory, "prometheus.yml")
        self.config.write_text(config)

    def __enter__(self):
        for _ in range(5):  # somebody may take the port between our look and its use
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.port = free.getsockname()[1]
            self.log = open(os.path.join(self.directory, "log"), "w+b")
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={self.config}", f"--storage.tsdb.path={self.directory}/data",
                 f"--web.listen-address=127.0.0.1:{self.port}", "--enable-feature=exemplar-storage"],
                stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)
            if self.until(self.is_ready, fail=False):
                return self
            self.end()
        raise AssertionError("prometheus did not start:\n" + self.read_log())

    def __exit__(self, *_):
        self.end()
        shutil.rmtree(self.directory)

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def read_log(self):
        return Path(self.directory, "log").read_text(errors="replace")

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def until(self, condition, fail=True):
        """Ask again until it holds. Prometheus tells nobody, so this asks ten times a
        second, and waits in between for what it would tell: its end."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            answer = condition()
            if answer:
                return answer
            try:
                self.process.wait(0.1)
                break
            except subprocess.TimeoutExpired:
                pass
        if fail:
            raise AssertionError("it did not come to pass; prometheus said:\n" + self.read_log())
        return None

    def get(self, path, **parameters):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from error

    def query(self, expr):
        return self.get("query", query=expr)["result"]


def example_config(daemon, token_file):
    """prometheus.yml as it is shipped, with this daemon's address, token and more haste."""
    config = (FILES / "prometheus.yml").read_text()
    for old, new in (("127.0.0.1:6876", daemon.authority), ("/etc/prometheus/ouro.token", str(token_file)),
                     ("/usr/share/ouro/prometheus/alerts.yml", str(FILES / "alerts.yml")),
                     ("scrape_interval: 15s", "scrape_interval: 1s")):
        assert re.search(rf"^[^#\n]*{re.escape(old)}", config, re.M), old
        config = re.sub(rf"(?m)^([^#\n]*){re.escape(old)}", lambda m, new=new: m[1] + new, config)
    return config


class Scraped(unittest.TestCase):
    def test_prometheus_scrapes_and_every_query_finds_what_it_names(self):
        with Daemon() as daemon, tempfile.TemporaryDirectory() as directory:
            token_file = Path(directory, "token")
            token_file.write_text(daemon.observer + "\n")
            config = example_config(daemon, token_file)
            with Prometheus(config) as prometheus:
                done = promtool("check", "config", prometheus.config)
                self.assertEqual(done.returncode, 0, done.stdout)

                up = prometheus.until(lambda: prometheus.query('up{job="ouro"} == 1'))
                self.assertEqual(up[0]["metric"]["instance"], daemon.authority)

                # An exemplar is stored, and is a collection that was.
                record = daemon.rpc("gc.collect", heap="documents", generation=2)
                stored = prometheus.until(lambda: self.exemplar_of(prometheus, record["seq"]))
                self.assertAlmostEqual(float(stored["value"]), record["pause_ns"] / 1e9, delta=1e-9)
                self.assertAlmostEqual(stored["timestamp"], record["time_ms"] / 1000, delta=0.001)

                # rate() needs two scrapes of every counter.
                prometheus.until(lambda: prometheus.query(
                    'rate(ouro_commands_total{method="gc.collect"}[1m])'))
                known = {s.name for f in openmetrics.read(scrape(daemon)[1]).values() for s in f.samples}
                self.check_queries(prometheus, known | {"up"})
                self.assertEqual([r["type"] for g in prometheus.get("rules")["groups"] for r in g["rules"]],
                                 ["alerting"] * len(alert_queries()))

    @staticmethod
    def exemplar_of(prometheus, seq):
        now = time.time()
        for series in prometheus.get("query_exemplars", query='ouro_gc_pause_seconds_bucket{heap="documents"}',
                                     start=now - 600, end=now + 60):
            for exemplar in series["exemplars"]:
                if exemplar["labels"] == {"seq": str(seq)}:
                    return exemplar
        return None

    def check_queries(self, prometheus, known):
        seen = set()
        for title, expr in dashboard_queries():
            with self.subTest(panel=title, expr=expr):
                found = names_in(expr)
                self.assertTrue(found)
                self.assertLessEqual(found - SOMETIMES, known)
                result = prometheus.query(expr)
                self.assertTrue(result or found & SOMETIMES, "the query finds nothing")
            seen |= found
        for alert, expr in alert_queries():
            with self.subTest(alert=alert):
                found = names_in(expr)
                self.assertTrue(found)
                self.assertLessEqual(found - SOMETIMES, known)
        # What the daemon tells, somebody looks at.
        families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in known}
        looked_at = {re.sub(r"_(bucket|sum|count)$", "", name) for name in seen}
        self.assertEqual(families - looked_at - {"ouro_heap_info", "ouro_build_info", "ouro_heap_failed",
                                                 "ouro_gc_enabled", "ouro_large_bytes", "ouro_alloc_bytes_total",
                                                 "ouro_scrapes_total", "process_virtual_memory_bytes",
                                                 "process_start_time_seconds"}, set())


if __name__ == "__main__":
    unittest.main()
