"""Files of options: what they do at start, on SIGHUP, and what a mistake in one does."""

import json
import os
import signal
import subprocess
import tempfile
import time
import unittest

from daemon import OUROD, PATIENCE, Daemon


def ourod(*options, environment=None):
    """(exit code, stdout, stderr) of a start that ends by itself."""
    run = subprocess.run([OUROD, *options], capture_output=True, text=True, timeout=PATIENCE,
                         env={"HOME": "/home/x", **(environment or {})}, check=False)
    return run.returncode, run.stdout, run.stderr


class Configured(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="ouro-e2e-")
        self.addCleanup(self.directory.cleanup)
        self.file = os.path.join(self.directory.name, "ourod.conf")
        self.write("")

    def write(self, text, name="ourod.conf"):
        path = os.path.join(self.directory.name, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def daemon(self, *options):
        return Daemon("--config", self.file, *options)

    def reload(self, daemon, happened):
        """SIGHUP, and ask over and over until its effect is there."""
        daemon.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + PATIENCE
        while daemon.read_tokens() or not happened():
            self.assertLess(time.monotonic(), deadline, daemon.read_log())
        daemon.read_tokens()


class Start(Configured):
    def test_check_says_that_all_is_well_or_each_mistake_with_its_place(self):
        code, out, err = ourod("--check-config", "--config", self.file)
        self.assertEqual((code, err), (0, ""))
        self.assertIn("in order", out)
        self.write("[limits]\nsessions = many\n", "conf.d/10.conf")
        self.write("listne = x\n")
        code, out, err = ourod("--check-config", "--config", self.file, "--log-level=loud")
        self.assertEqual((code, out), (2, ""))
        self.assertIn(f"{self.file}:1: there is no option listne; is listen meant?", err)
        self.assertIn("conf.d/10.conf:2: limits.sessions = many: expected a number from 1 to", err)
        self.assertIn("--log-level loud: expected one of error, warning, info, debug", err)
        self.assertEqual(ourod("--config", self.file)[0], 2)
        self.write("hosts = a\n", "conf.d/10.conf")
        self.write("\nbase_path = nowhere\n")
        self.assertIn(f"{self.file}:2: base_path: nowhere is no path",
                      ourod("--check-config", "--config", self.file)[2])

    def test_print_tells_each_value_and_where_it_comes_from(self):
        self.write("read_only = yes\n")
        code, out, _ = ourod("--print-config", "--config", self.file, "--listen=127.0.0.1:1",
                             environment={"OUROD_LIMITS_SESSIONS": "5"})
        self.assertEqual(code, 0)
        self.assertIn(f"# {self.file}:1\nread_only = yes\n", out)
        self.assertIn("# command line\nlisten = 127.0.0.1:1\n", out)
        self.assertIn("# environment\nsessions = 5\n", out)
        self.write(out)
        self.assertEqual(ourod("--check-config", "--config", self.file)[0], 0)

    def test_file_decides_which_heaps_run_and_whether_there_is_a_control_socket(self):
        self.write("heaps = playground\ncontrol_socket = no\n[hosted]\nthresholds = 50 3 2\n")
        with self.daemon() as daemon:
            self.assertEqual([(h["id"], h["thresholds"]) for h in daemon.rpc("heap.list")["heaps"]],
                             [("playground", [50, 3, 2])])
            runtime = os.path.join(daemon.directory, "runtime")
            self.assertNotIn("control.sock", os.listdir(runtime))

    def test_json_log_is_json_line_by_line(self):
        self.write("log_format = json\n")
        with self.daemon() as daemon:
            daemon.post("{}", token="wrong")
            lines = [json.loads(line) for line in daemon.read_log().splitlines()]
        self.assertTrue(any(line["message"].startswith("wrong token from") for line in lines))
        self.assertEqual({line["level"] for line in lines} - {"info", "warning"}, set())


class Reload(Configured):
    def test_limits_and_read_only_take_effect_while_it_runs(self):
        with self.daemon() as daemon:
            daemon.rpc("gc.disable", heap="playground")
            self.write("read_only = yes\n[limits]\nnesting_levels = 4\n")
            self.reload(daemon, lambda: daemon.rpc("server.info").get("read_only"))
            status, answer = daemon.post(json.dumps(
                {"jsonrpc": "2.0", "id": 1, "method": "gc.enable", "params": {"heap": "playground"}}))
            self.assertEqual((status, answer["error"]["data"]["name"]), (403, "forbidden"))
            self.assertIn("read_only", answer["error"]["message"])
            self.assertFalse(daemon.rpc("gc.is_enabled", heap="playground")["enabled"])
            deep = daemon.post('{"jsonrpc":"2.0","id":1,"method":"server.info","x":[[[[[]]]]]}')[1]
            self.assertEqual(deep["error"]["data"]["expected"], "at most 4 levels")

            self.write("")
            self.reload(daemon, lambda: daemon.rpc("server.info").get("read_only") is False)
            self.assertTrue(daemon.rpc("gc.enable", heap="playground")["enabled"])
            self.assertIn('read_only: "no" -> "yes" (' + self.file + ":1)", daemon.read_log())

    def test_what_needs_a_restart_is_named_and_stays(self):
        with self.daemon() as daemon:
            self.write("heaps = playground\nread_only = yes\n")
            self.reload(daemon, lambda: daemon.rpc("server.info").get("read_only"))
            self.assertEqual(daemon.rpc("server.info")["heaps"], 3)
            self.assertIn('heaps: "playground" needs a restart (' + self.file +
                          ':1); "documents playground workshop" stays',
                          daemon.read_log())

    def test_mistake_keeps_everything_as_it_was_and_is_an_alarm(self):
        def alarms():
            return json.loads(daemon.http("GET", "/healthz")[2])["alarms"]
        with self.daemon() as daemon:
            self.write("read_only = yes\nlog_level = loud\n")
            self.reload(daemon, alarms)
            self.assertFalse(daemon.rpc("server.info")["read_only"])
            self.assertIn(f"{self.file}:2: log_level = loud: expected one of", daemon.read_log())
            self.assertIn("everything stays as it was", daemon.read_log())
            os.unlink(self.file)
            self.reload(daemon, lambda: "No such file" in daemon.read_log())
            self.write("read_only = yes\n")
            self.reload(daemon, lambda: not alarms())
            self.assertTrue(daemon.rpc("server.info")["read_only"])

    def test_a_reload_that_comes_too_late_does_not_kill_a_daemon_that_ends(self):
        with self.daemon() as daemon:
            daemon.process.send_signal(signal.SIGTERM)
            while daemon.process.poll() is None:
                daemon.process.send_signal(signal.SIGHUP)
            self.assertEqual(daemon.process.returncode, 0, daemon.read_log())

    def test_a_hundred_reloads_in_a_row_are_one_after_another(self):
        with self.daemon() as daemon:
            for i in range(100):
                self.write("read_only = %s\n" % ("yes" if i % 2 else "no"))
                daemon.process.send_signal(signal.SIGHUP)
            self.reload(daemon, lambda: daemon.rpc("server.info").get("read_only"))


if __name__ == "__main__":
    unittest.main()
