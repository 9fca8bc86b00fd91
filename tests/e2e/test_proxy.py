"""Behind a reverse proxy: another name, https, a path in front, and whose address it is."""

import asyncio
import http.client
import json
import socket
import threading
import unittest

import websockets

from daemon import PATIENCE, Daemon


class Proxy:
    """A small reverse proxy that ends TLS (in name: its clients are tests). One request a
    connection; it keeps the prefix or takes it away, and says for whom it asks."""

    def __init__(self, daemon, strips=False, forwards=True):
        self.daemon, self.strips, self.forwards = daemon, strips, forwards

    def __enter__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()

    def accept(self):
        while True:
            try:
                client, address = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client, address[0]), daemon=True).start()

    def serve(self, client, address):
        with client, self.daemon.connect() as upstream:
            data = b""
            while b"\r\n\r\n" not in data:
                part = client.recv(65536)
                if not part:
                    return
                data += part
            head, _, rest = data.partition(b"\r\n\r\n")
            lines = head.split(b"\r\n")
            if self.strips:
                method, path, version = lines[0].split(b" ")
                lines[0] = b" ".join([method, path.removeprefix(b"/ouro") or b"/", version])
            if self.forwards:
                lines.append(b"X-Forwarded-For: " + address.encode())
            if b"upgrade: websocket" not in head.lower():
                lines.append(b"Connection: close")
            upstream.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + rest)
            back = threading.Thread(target=self.pump, args=(upstream, client), daemon=True)
            back.start()
            self.pump(client, upstream)
            back.join()

    @staticmethod
    def pump(source, target):
        try:
            while part := source.recv(65536):
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class ThroughAProxy(unittest.IsolatedAsyncioTestCase):
    """The name is ouro.example and the prefix /ouro; clients come from 127.0.0.x."""

    OPTIONS = ["--hosts", "https://ouro.example", "--base-path", "/ouro", "--trusted-proxy", "127.0.0.1"]

    def get(self, proxy, path, headers=None, source="127.0.0.5", method="GET", body=None):
        connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=PATIENCE, source_address=(source, 0))
        try:
            connection.request(method, path, body, {"Host": "ouro.example", **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def session(self, proxy, path="/ouro/ws", origin="https://ouro.example", source="127.0.0.5", **headers):
        return websockets.connect(f"ws://ouro.example{path}", subprotocols=["ouro.v1"], origin=origin,
                                  extra_headers=headers, open_timeout=PATIENCE, host="127.0.0.1", port=proxy.port,
                                  local_addr=(source, 0), max_size=None)

    async def test_login_page_and_session_under_the_prefix(self):
        with Daemon(*self.OPTIONS) as daemon, Proxy(daemon) as proxy:
            url = daemon.rpc("auth.one_time_url", role="operator")["url"]
            self.assertTrue(url.startswith("https://ouro.example/ouro/?token="), url)
            status, headers, _ = self.get(proxy, url.removeprefix("https://ouro.example"))
            self.assertEqual((status, headers["Location"]), (302, "./"))  # to /ouro/
            cookie, *attributes = headers["Set-Cookie"].split("; ")
            self.assertEqual(set(attributes), {"Path=/ouro", "HttpOnly", "SameSite=Strict", "Secure"})

            status, headers, page = self.get(proxy, "/ouro/", {"Cookie": cookie})
            self.assertEqual(status, 200)
            self.assertNotIn(b'="/', page)  # every address of the page is relative
            self.assertEqual(self.get(proxy, "/ouro/healthz")[0], 200)
            async with self.session(proxy, Cookie=cookie) as ws:
                hello = json.loads(await asyncio.wait_for(ws.recv(), PATIENCE))
                self.assertEqual(hello["params"]["role"], "operator")
                await ws.send('{"jsonrpc":"2.0","id":1,"method":"gc.collect","params":{"heap":"playground"}}')
                while "id" not in (answer := json.loads(await asyncio.wait_for(ws.recv(), PATIENCE))):
                    pass
                # Who asked is the browser's address, not the proxy's.
                self.assertEqual(answer["result"]["requested_by"], "operator@127.0.0.5")

    def test_prefix_without_its_slash_is_redirected(self):
        with Daemon(*self.OPTIONS) as daemon, Proxy(daemon) as proxy:
            status, headers, _ = self.get(proxy, "/ouro")
            self.assertEqual((status, headers["Location"]), (302, "ouro/"))
            self.assertEqual(self.get(proxy, "/ouroboros/")[0], 404)

    async def test_proxy_that_strips_the_prefix_works_too(self):
        with Daemon(*self.OPTIONS) as daemon, Proxy(daemon, strips=True) as proxy:
            self.assertEqual(self.get(proxy, "/ouro/")[0], 200)
            async with self.session(proxy, Authorization="Bearer " + daemon.observer) as ws:
                self.assertIn("observer", await asyncio.wait_for(ws.recv(), PATIENCE))

    async def test_other_names_and_origins_are_refused_there_as_well(self):
        with Daemon(*self.OPTIONS) as daemon, Proxy(daemon) as proxy:
            for headers in ({"Host": "evil.example"}, {"Origin": "http://ouro.example"}, {"Origin": "null"},
                            {"Origin": "https://evil.example"}, {"Host": "ouro.example:443"}):
                self.assertEqual(self.get(proxy, "/ouro/", headers)[0], 403, headers)
            for origin in ("http://ouro.example", "https://ouro.example.evil.example"):
                with self.assertRaises(websockets.InvalidStatusCode) as caught:
                    async with self.session(proxy, origin=origin):
                        pass
                self.assertEqual(caught.exception.status_code, 403)
            self.assertEqual(daemon.http("GET", "/")[0], 200)  # and on the port all is as it was

    def test_wrong_tokens_count_for_the_client_and_not_for_the_proxy(self):
        with Daemon(*self.OPTIONS) as daemon, Proxy(daemon) as proxy:
            def guess(source, **headers):
                return self.get(proxy, "/ouro/rpc", {"Authorization": "Bearer wrong", "Content-Type": "application/json",
                                                     **headers}, source, "POST", "{}")[0]
            self.assertEqual([guess("127.0.0.6") for _ in range(7)], [401] * 5 + [429] * 2)
            self.assertEqual(guess("127.0.0.7"), 401)
            # What a client writes itself stands further left, and counts for nothing.
            self.assertEqual(guess("127.0.0.6", **{"X-Forwarded-For": "6.6.6.6"}), 429)
            self.assertIn("wrong token from 127.0.0.6", daemon.read_log())

    def test_nobody_else_may_name_an_address(self):
        with Daemon("--hosts", "https://ouro.example") as daemon, Proxy(daemon) as proxy:
            for _ in range(6):
                status = self.get(proxy, "/rpc", {"Authorization": "Bearer wrong", "Content-Type": "application/json"},
                                  "127.0.0.6", "POST", "{}")[0]
            self.assertEqual(status, 429)
            self.assertNotIn("127.0.0.6", daemon.read_log())
            self.assertIn("wrong token from 127.0.0.1", daemon.read_log())

    def test_many_clients_of_one_proxy_are_not_one_address(self):
        with Daemon(*self.OPTIONS, "--limits-sessions-an-address", "1") as daemon:
            idle = [daemon.connect() for _ in range(200)]  # as a proxy's would
            self.assertEqual(daemon.http("GET", "/")[0], 200)
            for sock in idle:
                sock.close()


if __name__ == "__main__":
    unittest.main()
