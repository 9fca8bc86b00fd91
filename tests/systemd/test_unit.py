"""The installed tree as systemd sees it, and the daemon as the unit describes it.

usage: test_unit.py BUILD, with CMAKE in the environment. Needs no running systemd:
the unit is checked by systemd-analyze, and this file plays the service manager.
"""
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
UNITS = "usr/lib/systemd/system"


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", "--no-pager", *arguments], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)


class InstalledTree(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.root = Path(temporary.name)
        subprocess.run([os.environ["CMAKE"], "--install", BUILD, "--prefix", "/usr"],
                       env=dict(os.environ, DESTDIR=str(cls.root)), check=True,
                       stdout=subprocess.DEVNULL)
        (cls.root / "lib").symlink_to("usr/lib")
        # What every Debian has beside us: kill(1) and systemd's own targets.
        (cls.root / "bin").mkdir()
        shutil.copy("/bin/kill", cls.root / "bin")
        for target in Path("/usr/lib/systemd/system").glob("*.target"):
            shutil.copy(target, cls.root / UNITS, follow_symlinks=False)
        cls.service = (cls.root / UNITS / "ourod.service").read_text()

    def command(self):
        """ExecStart's words, with systemd's directories inside the temporary tree."""
        line = re.search(r"^ExecStart=(.*)$", self.service, re.M)[1]
        for specifier, path in (("%S", "state"), ("%t", "run")):
            (self.root / path / "ouro").mkdir(parents=True, exist_ok=True)
            line = line.replace(specifier, str(self.root / path))
        return [str(self.root) + w if w.startswith("/usr/") else w
                for w in shlex.split(line)]


class Units(InstalledTree):
    def test_units_verify_without_a_word(self):
        done = analyze("verify", "--man=no", f"--root={self.root}",
                       "ourod.service", "ourod.socket")
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_a_broken_unit_does_not_verify(self):
        broken = self.root / UNITS / "broken.service"
        broken.write_text("[Service]\nExecStart=/usr/bin/nothing\n")
        self.addCleanup(broken.unlink)
        done = analyze("verify", "--man=no", f"--root={self.root}", "broken.service")
        self.assertNotEqual((done.returncode, done.stdout), (0, ""))

    def test_exposure_is_at_most_1_2(self):
        done = analyze("security", "--offline=true", "--threshold=12",
                       f"--root={self.root}", "ourod.service")
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_everything_the_unit_names_is_installed(self):
        names = re.findall(r"(?<![\w%])/usr/[\w./-]+", self.service)
        self.assertIn("/usr/bin/ourod", names)
        for name in names + ["/usr/lib/sysusers.d/ouro.conf", "/usr/bin/ouroctl",
                             "/usr/share/bash-completion/completions/ouroctl",
                             "/usr/share/zsh/site-functions/_ouroctl", "/usr/share/ouro/prometheus/prometheus.yml",
                             "/usr/share/ouro/prometheus/alerts.yml",
                             "/usr/share/ouro/prometheus/dashboard.json"]:
            with self.subTest(name=name):
                if name.endswith("/web") and not (BUILD / "web/index.html").exists():
                    continue  # Sanitizer builds have no dashboard.
                self.assertTrue((self.root / name[1:]).exists(), name)

    def test_manual_lies_where_the_daemon_looks_and_an_operators_stays(self):
        words = subprocess.run([self.root / "usr/bin/ourod", "--help"], check=True, text=True,
                               stdout=subprocess.PIPE, timeout=60).stdout
        place = re.search(r"\(default\s+(/\S*/ourod\.conf),", words)[1]
        manual = self.root / place[1:]
        self.assertIn("#listen = 127.0.0.1:6876\n", manual.read_text())
        self.assertTrue((manual.parent / "conf.d").is_dir())
        manual.write_text("read_only = yes\n")
        subprocess.run([os.environ["CMAKE"], "--install", BUILD, "--prefix", "/usr"],
                       env=dict(os.environ, DESTDIR=str(self.root)), check=True,
                       stdout=subprocess.DEVNULL)
        self.assertEqual(manual.read_text(), "read_only = yes\n")

    def test_group_of_the_unit_comes_from_sysusers(self):
        group = re.search(r"^Group=(\w+)$", self.service, re.M)[1]
        text = (self.root / "usr/lib/sysusers.d/ouro.conf").read_text()
        self.assertRegex(text, rf"(?m)^g {group} ")


class Manager(InstalledTree):
    """Starts the daemon as systemd would: notify socket, watchdog, passed socket."""

    def setUp(self):
        path = self.root / "notify"
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(path.unlink)
        self.addCleanup(self.notify.close)
        self.notify.bind(str(path))
        self.notify.settimeout(0.2)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.listener.close)

        state = self.root / "state" / re.search(r"^StateDirectory=(.*)$", self.service, re.M)[1]
        state.mkdir(parents=True, exist_ok=True)
        environment = dict(os.environ, NOTIFY_SOCKET=str(path), WATCHDOG_USEC="400000",
                           STATE_DIRECTORY=str(state))
        environment.pop("WATCHDOG_PID", None)
        self.errors = tempfile.TemporaryFile()
        self.addCleanup(self.errors.close)
        self.daemon = subprocess.Popen(
            ["/bin/sh", "-c", "exec 3<&$FD && LISTEN_PID=$$ LISTEN_FDS=1 exec \"$@\"",
             "sh", *self.command()],
            env=dict(environment, FD=str(self.listener.fileno())),
            pass_fds=[self.listener.fileno()], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=self.errors)
        self.addCleanup(self.daemon.wait)
        self.addCleanup(self.daemon.kill)

    def said(self):
        self.errors.seek(0)
        return "the daemon said:\n" + self.errors.read().decode(errors="replace")

    def wait_for(self, word):
        """The message that has this line; a star at its end stands for anything."""
        end = time.monotonic() + 30
        while self.daemon.poll() is None and time.monotonic() < end:
            try:
                message = self.notify.recv(4096).decode()
            except TimeoutError:
                continue
            for line in message.splitlines():
                if line == word or word.endswith("*") and line.startswith(word[:-1]):
                    return message
        self.fail(f"no {word}; exit code {self.daemon.returncode}; {self.said()}")

    def test_daemon_notifies_feeds_the_watchdog_and_ends(self):
        self.wait_for("READY=1")
        self.wait_for("WATCHDOG=1")
        self.wait_for("WATCHDOG=1")
        self.daemon.send_signal(signal.SIGTERM)
        self.wait_for("STOPPING=1")
        self.assertEqual(self.daemon.wait(10), 0, self.said())

    def test_daemon_serves_on_the_socket_it_was_passed(self):
        self.wait_for("READY=1")
        port = self.listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                           "Connection: close\r\n\r\n".encode())
            self.assertEqual(client.recv(9), b"HTTP/1.1 ")
        self.daemon.send_signal(signal.SIGTERM)
        self.assertEqual(self.daemon.wait(10), 0, self.said())

    def test_status_follows_what_the_daemon_does(self):
        ready = self.wait_for("READY=1")
        port = self.listener.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        self.assertIn(f"STATUS=Serving at {url}: 0 clients, ", ready)
        token = (self.root / "state/ouro/observer.token").read_text().strip()
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall((f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ouro.v1\r\n"
                            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                            f"Authorization: Bearer {token}\r\n\r\n").encode())
            self.wait_for(f"STATUS=Serving at {url}: 1 client, *")
        self.wait_for(f"STATUS=Serving at {url}: 0 clients, *")

    def test_reload_keeps_the_daemon_serving(self):
        self.wait_for("READY=1")
        self.daemon.send_signal(signal.SIGHUP)
        usec = re.search(r"^MONOTONIC_USEC=(\d+)$", self.wait_for("RELOADING=1"), re.M)[1]
        self.assertLess(abs(time.monotonic() * 1e6 - int(usec)), 60e6)
        self.assertIn("STATUS=Serving at ", self.wait_for("READY=1"))
        self.wait_for("WATCHDOG=1")
        self.wait_for("WATCHDOG=1")
        self.assertIsNone(self.daemon.poll())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
