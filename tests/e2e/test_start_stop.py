"""Starting with mistakes, being ready, and ending in time."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from daemon import OUROD, PATIENCE, Daemon, fastest


def run(*options, **more):
    return subprocess.run([OUROD, *options], capture_output=True, text=True, timeout=PATIENCE,
                          stdin=subprocess.DEVNULL, **more)


class Start(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="ouro-e2e-")
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.options = ["--listen", "127.0.0.1:0", "--state-dir", self.directory + "/state",
                        "--runtime-dir", self.directory + "/runtime"]

    def assert_mistake(self, result, *words):
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(result.stdout, "")
        lines = [line for line in result.stderr.splitlines() if "has no index.html" not in line]
        self.assertEqual(len(lines), 1, result.stderr)
        for word in words:
            self.assertIn(word, lines[0])

    def test_help_and_version_are_for_stdout(self):
        for option, start in (("--help", "usage: ourod"), ("--version", "ourod ")):
            result = run(option)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertTrue(result.stdout.startswith(start))

    def test_mistakes_in_options_are_one_line(self):
        for options, word in ((["--nonsense"], "--nonsense"), (["stray"], "stray"), (["--listen"], "--listen"),
                              (["--listen", "nowhere"], "nowhere"), (["--listen", "0.0.0.0:0"], "--insecure"),
                              (["--ready-fd", "x"], "--ready-fd")):
            self.assert_mistake(run(*options), word)

    def test_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            result = run(*self.options, "--listen", f"127.0.0.1:{port}")
            self.assert_mistake(result, str(port), "Address already in use")

    def test_documents_that_cannot_be_read(self):
        self.assert_mistake(run(*self.options, "--documents", "/nonexistent"), "/nonexistent")
        path = self.directory + "/file"
        with open(path, "w", encoding="utf-8"):
            pass
        self.assert_mistake(run(*self.options, "--documents", path), path)

    def test_state_directory_that_cannot_be_used(self):
        self.assert_mistake(run(*self.options, "--state-dir", "/proc/nope"), "/proc/nope")
        path = self.directory + "/open"
        os.mkdir(path)
        os.chmod(path, 0o777)
        self.assert_mistake(run(*self.options, "--state-dir", path), path, "by others")

    def test_token_file_without_a_token(self):
        os.mkdir(self.directory + "/state", 0o700)
        with open(self.directory + "/state/operator.token", "w", encoding="utf-8"):
            pass
        self.assert_mistake(run(*self.options), "operator.token holds no token")

    def test_tokens_are_for_the_owner_alone(self):
        with Daemon() as daemon:
            for name in ("operator.token", "observer.token"):
                path = os.path.join(daemon.directory, "state", name)
                self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)

    def test_tokens_never_reach_the_log(self):
        with Daemon() as daemon:
            daemon.http("GET", "/?token=" + daemon.operator)
            daemon.rpc("auth.one_time_url", role="operator")
            daemon.stop()
            log = daemon.read_log()
            self.assertNotIn(daemon.operator, log)
            self.assertIsNone(re.search("[0-9a-f]{64}", log))

    def test_print_url_is_exactly_one_address(self):
        with Daemon("--print-url") as daemon:
            line = daemon.process.stdout.readline().decode()
            self.assertRegex(line, rf"^{re.escape(daemon.url)}/\?token=[0-9a-f]{{64}}\n$")
            path = line.strip()[len(daemon.url):]
            self.assertEqual(daemon.http("GET", path)[0], 302)
            self.assertEqual(daemon.http("GET", path)[0], 401)
            daemon.stop()
            self.assertEqual(daemon.process.stdout.read(), b"")

    def test_ipv6_loopback(self):
        if not socket.has_ipv6:
            self.skipTest("no IPv6")
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            return  # this machine has no ::1; nothing to hold the daemon to
        with Daemon("--listen", "[::1]:0") as daemon:
            self.assertTrue(daemon.url.startswith("http://[::1]:"))
            self.assertIn("heaps", daemon.rpc("heap.list"))

    def test_socket_passed_on_by_the_service_manager(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            read, write = os.pipe()
            # The receiver checks LISTEN_PID, so a shell fills in its own before exec.
            process = subprocess.Popen(
                ["/bin/sh", "-c", f'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" --ready-fd {write} 3<&{server.fileno()}',
                 "sh", OUROD, *self.options], pass_fds=[write, server.fileno()], stderr=subprocess.DEVNULL)
            os.close(write)
            with os.fdopen(read) as ready:
                self.assertIn(f'"http":"http://127.0.0.1:{port}"', ready.readline())
            process.terminate()
            self.assertEqual(process.wait(PATIENCE), 0)

    def test_service_manager_is_told(self):
        path = os.path.join(self.directory, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            manager.settimeout(PATIENCE)
            process = subprocess.Popen([OUROD, *self.options], stderr=subprocess.DEVNULL,
                                       env={**os.environ, "NOTIFY_SOCKET": path, "WATCHDOG_USEC": "200000"})
            self.assertIn(b"READY=1", manager.recv(4096))
            self.assertIn(b"WATCHDOG=1", manager.recv(4096))
            self.assertIn(b"WATCHDOG=1", manager.recv(4096))
            process.terminate()
            while b"STOPPING=1" not in manager.recv(4096):
                pass
            self.assertEqual(process.wait(PATIENCE), 0)


class Stop(unittest.TestCase):
    def assert_ends_within(self, seconds, measure):
        """Of some attempts one, at least: a busy machine is slow now and then."""
        self.assertLess(fastest(measure, seconds * daemon_slowness()), seconds * daemon_slowness())

    async def end_with(self, number):
        """Seconds that it took."""
        with Daemon() as daemon:
            async with daemon.session() as one, daemon.session(daemon.observer) as two:
                await two.ask("stream.subscribe", heap="*", topics=["sample", "collection"], interval_ms=100)
                await two.event("sample")
                half = daemon.connect()
                half.sendall(b"GET / HT")
                daemon.process.send_signal(number)
                began = time.monotonic()
                self.assertEqual(await one.closed(), 1001)
                self.assertEqual(await two.closed(), 1001)
                self.assertEqual(await asyncio.to_thread(daemon.process.wait, PATIENCE), 0)
                elapsed = time.monotonic() - began
                self.assertEqual(half.recv(100), b"")
                half.close()
        return elapsed

    def test_sigterm_closes_with_1001_and_exits_0(self):
        self.assert_ends_within(2, lambda: asyncio.run(self.end_with(signal.SIGTERM)))

    def test_sigint_does_the_same(self):
        self.assert_ends_within(2, lambda: asyncio.run(self.end_with(signal.SIGINT)))

    def test_impatient_who_repeats_a_signal_does_not_change_the_end(self):
        for _ in range(5):
            with Daemon() as daemon:
                while daemon.process.poll() is None:  # also in its very last moments
                    daemon.process.send_signal(signal.SIGTERM)
                    daemon.process.send_signal(signal.SIGINT)
                self.assertEqual(daemon.process.returncode, 0)

    def test_client_that_does_not_listen_delays_nobody(self):
        self.assert_ends_within(2, lambda: asyncio.run(self.end_with_a_deaf_client()))

    async def end_with_a_deaf_client(self):
        with Daemon() as daemon:
            async with daemon.session() as deaf:
                await deaf.ask("stream.subscribe", heap="*", topics=["sample", "pools"], interval_ms=100)
                deaf.ws.transport.pause_reading()
                daemon.process.send_signal(signal.SIGTERM)
                began = time.monotonic()
                self.assertEqual(await asyncio.to_thread(daemon.process.wait, PATIENCE), 0)
                elapsed = time.monotonic() - began
                deaf.ws.transport.abort()
        return elapsed

    def test_connection_that_is_kept_open_delays_nobody(self):
        self.assert_ends_within(1.4, self.end_with_a_kept_connection)

    def end_with_a_kept_connection(self):
        """As Prometheus keeps one between its scrapes."""
        with Daemon() as daemon, daemon.connect() as idle:
            idle.sendall(f"GET /healthz HTTP/1.1\r\nHost: {daemon.authority}\r\n\r\n".encode())
            answer = b""
            while b'"status"' not in answer:  # head and body may come apart
                part = idle.recv(65536)
                self.assertTrue(part, answer)
                answer += part
            daemon.process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            self.assertEqual(daemon.process.wait(PATIENCE), 0)
            return time.monotonic() - began


def daemon_slowness():
    """Sanitizers make the end slower, most of all the walk over what was not freed."""
    return 5 if re.search("asan|tsan", OUROD) else 1


if __name__ == "__main__":
    unittest.main()
