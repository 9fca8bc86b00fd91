"""The first command of the README, as a newcomer meets it.

usage: test_commands.py SOURCE
"""
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

SOURCE = Path(sys.argv[1]).resolve()
RUN = SOURCE / "daemon/run"
ADDRESS = re.compile(rb"http://127\.0\.0\.1:(\d+)/\?token=[\w-]+\n")
# Tools that the script needs before it can find out what is missing.
BARE = ("bash", "env", "dirname", "id", "mktemp", "rm", "tail", "cat")


class DaemonRun(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.home = Path(temporary.name)
        self.path = self.home / "path"
        self.path.mkdir()
        # Nothing is missing where the tests run: apt and sudo must not be asked.
        for name in ("apt-get", "sudo"):
            shim = self.path / name
            shim.write_text(f"#!/bin/sh\ntouch '{self.home}/asked'\nexit 99\n")
            shim.chmod(0o755)
        self.environment = {
            "HOME": str(self.home), "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_RUNTIME_DIR": str(self.home / "runtime"),
            "PATH": f"{self.path}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
        (self.home / "runtime").mkdir(mode=0o700)
        for name in ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def start(self, *options):
        self.errors = tempfile.TemporaryFile()
        self.addCleanup(self.errors.close)
        process = subprocess.Popen([str(RUN), *options], cwd=self.home,
                                   env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=self.errors,
                                   start_new_session=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def said(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    def address(self, process):
        """The line that the script prints once it serves."""
        line, end = b"", time.monotonic() + 90
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([process.stdout], [], [], end - time.monotonic())
            self.assertTrue(ready, "no address; it said:\n" + self.said())
            byte = os.read(process.stdout.fileno(), 1)
            self.assertTrue(byte, "it ended; it said:\n" + self.said())
            line += byte
        self.assertRegex(line, ADDRESS)
        return line.decode().strip()

    def test_one_address_that_opens_the_page_and_sigterm_ends_it(self):
        process = self.start("--listen", "127.0.0.1:0")
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with opener.open(self.address(process), timeout=20) as page:
            self.assertEqual(page.status, 200)
            self.assertNotIn("token", page.url)
            self.assertIn(b"<html", page.read())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(10), 0, self.said())
        self.assertEqual(process.stdout.read(), b"")
        self.assertFalse((self.home / "asked").exists(), "apt-get or sudo was called")

    def test_ctrl_c_ends_it_and_it_starts_again(self):
        for _ in range(2):
            process = self.start("--listen", "127.0.0.1:0")
            self.address(process)
            os.killpg(process.pid, signal.SIGINT)
            self.assertEqual(process.wait(10), 0, self.said())

    def test_port_in_use_is_named_with_exit_2(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            process = self.start("--listen", f"127.0.0.1:{port}")
            self.assertEqual(process.wait(90), 2, self.said())
            self.assertIn(str(port), self.said().splitlines()[-1])
            self.assertEqual(process.stdout.read(), b"")

    def test_unknown_option_is_refused_with_exit_2(self):
        process = self.start("--no-such-option")
        self.assertEqual(process.wait(90), 2, self.said())
        self.assertIn("--no-such-option", self.said())

    def test_install_only_stops_before_building(self):
        process = self.start("--install-only")
        self.assertEqual(process.wait(30), 0, self.said())
        self.assertEqual((process.stdout.read(), self.said()), (b"", ""))

    def bare(self, *more):
        for name in BARE:
            (self.path / name).symlink_to(shutil.which(name))
        self.environment["PATH"] = str(self.path)
        for name in more:
            (self.path / name).unlink()

    def test_without_apt_it_names_what_is_missing(self):
        self.bare("apt-get", "sudo")
        process = self.start()
        self.assertEqual(process.wait(30), 1)
        self.assertRegex(self.said(), r"needs .*cmake.* no apt-get")

    def test_failed_installation_is_told(self):
        self.bare()
        process = self.start()
        self.assertEqual(process.wait(30), 1)
        self.assertRegex(self.said(), r"could not install: .*cmake")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
