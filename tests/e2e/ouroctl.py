"""The real ouroctl for the tests: run it, or follow what it prints line by line."""

import csv
import io
import json
import os
import signal
import subprocess
import threading
import unittest

from daemon import PATIENCE, Daemon

OUROCTL = os.environ["OUROCTL"]
OK, REFUSED, USAGE, UNREACHABLE, TIMED_OUT = range(5)
HEAPS = ["documents", "playground", "workshop"]


def environment(**more):
    """Ours, without what would change what ouroctl does."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OURO_", "XDG_RUNTIME", "NO_COLOR"))}
    return {**kept, "TZ": "UTC", **{k: v for k, v in more.items() if v}}


def run(*words, **options):
    env = options.pop("env", {})
    return subprocess.run([OUROCTL, *words], capture_output=True, text=True, timeout=PATIENCE,
                          stdin=options.pop("stdin", subprocess.DEVNULL), env=environment(**env), **options)


class Follower:
    """An ouroctl that goes on until it is ended; its lines are read one by one."""

    def __init__(self, *words, env):
        self.process = subprocess.Popen([OUROCTL, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        stdin=subprocess.DEVNULL, text=True, env=environment(**env))
        self.timer = threading.Timer(PATIENCE, self.process.kill)
        self.timer.daemon = True
        self.timer.start()

    def line(self):
        """The next one; there is one, or it says why not."""
        line = self.process.stdout.readline()
        if not line:
            code, _, errors = self.end()
            raise AssertionError(f"ended with {code}: {errors}")
        return line

    def said(self, words):
        """Wait until standard error says this."""
        while True:
            line = self.process.stderr.readline()
            if not line:
                raise AssertionError(f"ended without saying {words!r}")
            if words in line:
                return line

    def end(self, number=signal.SIGINT):
        """(exit code, rest of the output, rest of the errors)"""
        if self.process.poll() is None:
            self.process.send_signal(number)
        out, errors = self.process.communicate(timeout=PATIENCE)
        self.timer.cancel()
        return self.process.returncode, out, errors


class WithDaemon(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon()
        cls.daemon.__enter__()
        cls.addClassCleanup(cls.daemon.__exit__, None, None, None)

    def env(self, token=None):
        return {"OURO_SERVER": self.daemon.url, "OURO_TOKEN": token or self.daemon.operator}

    def ctl(self, *words, token=None, code=OK, **options):
        done = run(*words, env=self.env(token), **options)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done

    def json(self, *words, **options):
        return json.loads(self.ctl(*words, "-o", "json", **options).stdout)

    def csv(self, *words):
        return list(csv.DictReader(io.StringIO(self.ctl(*words, "-o", "csv").stdout)))

    def table(self, *words):
        return self.ctl(*words).stdout.splitlines()
