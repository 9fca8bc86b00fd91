"""SIGHUP: tokens are renewed, and whoever came in with the old ones is out."""

import json
import os
import signal
import tempfile
import time
import unittest
import unittest.mock

import websockets

from daemon import Daemon, PATIENCE


def hang_up(case, daemon, happened):
    """SIGHUP, and look until its effect is there."""
    daemon.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + PATIENCE
    while not happened():
        case.assertLess(time.monotonic(), deadline, daemon.read_log())


class Renewal(unittest.IsolatedAsyncioTestCase):
    async def test_sessions_cookies_and_tokens_of_before_end(self):
        with Daemon() as daemon:
            old = daemon.operator
            login = daemon.http("GET", "/?token=" + old)[1]["Set-Cookie"].partition(";")[0]
            url = daemon.rpc("auth.one_time_url", role="operator")["url"]
            cookie = {"Authorization": "", "Cookie": login}
            local = os.path.join(daemon.directory, "runtime", "control.sock")
            async with (daemon.session() as operator, daemon.session(daemon.observer) as observer,
                        daemon.session(extra_headers=cookie) as browser,
                        websockets.unix_connect(local, "ws://localhost/ws", subprotocols=["ouro.v1"]) as vouched):
                await vouched.recv()
                daemon.process.send_signal(signal.SIGHUP)
                for session in (operator, observer, browser):
                    self.assertEqual(await session.closed(), 4401)
                # The kernel's word is as good as before.
                await vouched.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "server.info"}))
                self.assertIn("result", json.loads(await vouched.recv()))

            self.assertEqual(daemon.post("{}", old)[0], 401)
            self.assertEqual(daemon.http("GET", url[len(daemon.url):])[0], 401)
            async with daemon.upgrade(extra_headers=cookie) as ws:
                await ws.wait_closed()
                self.assertEqual(ws.close_code, 4401)
            daemon.read_tokens()
            self.assertNotEqual(daemon.operator, old)
            self.assertIn("heaps", daemon.rpc("heap.list"))
            self.assertEqual(os.stat(os.path.join(daemon.directory, "state", "operator.token")).st_mode & 0o777, 0o600)
            self.assertNotIn(old, daemon.read_log())
            self.assertNotIn(daemon.operator, daemon.read_log())

    async def test_given_tokens_are_read_again_and_end_only_what_changed(self):
        with tempfile.TemporaryDirectory(prefix="ouro-e2e-") as given:
            def give(role, text):
                with open(os.path.join(given, role + "_token"), "w", encoding="ascii") as file:
                    file.write(text)
            give("operator", "operator-token-given-by-the-manager-1")
            give("observer", "observer-token-given-by-the-manager-1")
            with unittest.mock.patch.dict(os.environ, CREDENTIALS_DIRECTORY=given), Daemon() as daemon:
                self.assertEqual(daemon.operator, "operator-token-given-by-the-manager-1")
                async with daemon.session() as operator, daemon.session(daemon.observer) as observer:
                    give("operator", "operator-token-given-by-the-manager-2")
                    daemon.process.send_signal(signal.SIGHUP)
                    self.assertEqual(await operator.closed(), 4401)
                    self.assertIn("heaps", await observer.ask("heap.list"))
                self.assertEqual(daemon.post("{}", "operator-token-given-by-the-manager-1")[0], 401)
                self.assertEqual(daemon.post("{}", "operator-token-given-by-the-manager-2")[0], 200)
                self.assertFalse(os.path.exists(os.path.join(daemon.directory, "state", "operator.token")))


class Guesses(unittest.TestCase):
    def test_valid_token_works_however_many_wrong_ones_there_were(self):
        with Daemon() as daemon:
            statuses = [daemon.post("{}", f"wrong{i}")[0] for i in range(50)]
            self.assertEqual(statuses, [401] * 5 + [429] * 45)
            self.assertIn("heaps", daemon.rpc("heap.list"))
            self.assertEqual(daemon.http("GET", "/?token=" + daemon.operator)[0], 302)
            lines = [line for line in daemon.read_log().splitlines() if "wrong token" in line]
            self.assertEqual(len(lines), 2, lines)  # the first, and that it is too much


if __name__ == "__main__":
    unittest.main()
