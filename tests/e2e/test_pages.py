"""HTTP: pages and their headers, the login, and the gate before everything."""

import base64
import gzip
import hashlib
import json
import os
import tempfile
import unittest

from daemon import PATIENCE, Daemon

IMPORT_MAP = '{"imports":{"preact":"./vendor/preact.js"}}'
FILES = {
    "index.html": f'<!doctype html><title>t</title><script type="importmap">{IMPORT_MAP}</script>\n',
    "app.js": "export const big = '" + "x" * 300000 + "';\n",
    "style.css": "body {}\n",
    "views/a.js": "export {};\n",
    "icon.svg": "<svg/>",
    ".hidden": "secret",
}


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.TemporaryDirectory(prefix="ouro-web-")
        for name, text in FILES.items():
            path = os.path.join(cls.root.name, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        with open(os.path.join(cls.root.name, "app.js.gz"), "wb") as file:
            file.write(gzip.compress(FILES["app.js"].encode()))
        cls.daemon = Daemon("--web-root", cls.root.name).__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.daemon.__exit__(None, None, None)
        cls.root.cleanup()

    def test_files_have_their_types(self):
        for path, kind in (("/", "text/html"), ("/index.html", "text/html"), ("/app.js", "text/javascript"),
                           ("/views/a.js", "text/javascript"), ("/style.css", "text/css"),
                           ("/icon.svg", "image/svg+xml")):
            status, headers, body = self.daemon.http("GET", path)
            self.assertEqual(status, 200)
            self.assertTrue(headers["Content-Type"].startswith(kind), path)
            self.assertEqual(body.decode(), FILES[path.lstrip("/") or "index.html"])

    def test_every_answer_bears_the_security_headers(self):
        hash_ = base64.b64encode(hashlib.sha256(IMPORT_MAP.encode()).digest()).decode()
        for path in ("/", "/app.js", "/nope", "/healthz", "/rpc", "/?token=wrong"):
            _, headers, _ = self.daemon.http("GET", path)
            policy = headers["Content-Security-Policy"]
            self.assertIn(f"script-src 'self' 'sha256-{hash_}';", policy)
            self.assertIn("default-src 'none'", policy)
            self.assertIn("require-trusted-types-for 'script'", policy)
            self.assertNotIn("unsafe", policy)
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["Referrer-Policy"], "no-referrer")
            self.assertEqual(headers["Cross-Origin-Opener-Policy"], "same-origin")
            self.assertEqual(headers["Cross-Origin-Resource-Policy"], "same-origin")
            self.assertIn(headers["Cache-Control"], ("no-cache", "no-store"))

    def test_tag_saves_the_second_transfer(self):
        _, headers, _ = self.daemon.http("GET", "/app.js")
        status, again, body = self.daemon.http("GET", "/app.js", headers={"If-None-Match": headers["ETag"]})
        self.assertEqual((status, body, again["ETag"]), (304, b"", headers["ETag"]))
        status, _, _ = self.daemon.http("GET", "/app.js", headers={"If-None-Match": '"other"'})
        self.assertEqual(status, 200)

    def test_compressed_file_is_sent_to_who_takes_it(self):
        _, headers, body = self.daemon.http("GET", "/app.js", headers={"Accept-Encoding": "gzip"})
        self.assertEqual(headers["Content-Encoding"], "gzip")
        self.assertEqual(gzip.decompress(body).decode(), FILES["app.js"])
        _, plain, _ = self.daemon.http("GET", "/app.js")
        self.assertIsNone(plain["Content-Encoding"])
        self.assertNotEqual(plain["ETag"], headers["ETag"])

    def test_no_path_leaves_the_web_root(self):
        with open("/etc/passwd", "rb") as file:
            secret = file.readline()
        for path in ("/../../../../etc/passwd", "/..%2f..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
                     "//etc/passwd", "/views/../../../../etc/passwd", "/.hidden", "/app.js%00.html",
                     "/app.js/", "/views", "/app.js.gz", "\\..\\etc\\passwd"):
            answer = self.daemon.raw(f"GET {path} HTTP/1.1\r\nHost: {self.daemon.authority}\r\n"
                                     "Connection: close\r\n\r\n")
            self.assertNotIn(secret, answer)
            self.assertNotIn(b"secret", answer)
            self.assertNotIn(b" 200 ", answer[:16], path)

    def test_head_is_get_without_a_body(self):
        answer = self.daemon.raw(f"HEAD /style.css HTTP/1.1\r\nHost: {self.daemon.authority}\r\n"
                                 "Connection: close\r\n\r\n")
        head, _, body = answer.partition(b"\r\n\r\n")
        self.assertIn(b"Content-Length: 8", head)
        self.assertEqual(body, b"")

    def test_connection_is_used_again(self):
        request = f"GET /style.css HTTP/1.1\r\nHost: {self.daemon.authority}\r\n"
        answer = self.daemon.raw((request + "\r\n") * 3 + request + "Connection: close\r\n\r\n")
        self.assertEqual(answer.count(b" 200 OK"), 4)

    def test_other_methods_are_refused(self):
        for method, path, allow in (("POST", "/", "GET, HEAD"), ("DELETE", "/app.js", "GET, HEAD"),
                                    ("PUT", "/rpc", "POST"), ("GET", "/rpc", "POST")):
            status, headers, _ = self.daemon.http(method, path)
            self.assertEqual((status, headers["Allow"]), (405, allow))
        for text in ("CONNECT / HTTP/1.1\r\nHost: x\r\n\r\nraw bytes\r\n\r\n", "BREW /pot HTTP/1.1\r\n\r\n",
                     "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"):
            self.assertNotIn(b" 200 ", self.daemon.raw(text))

    def test_upgrade_to_http2_is_refused(self):
        answer = self.daemon.raw(f"GET / HTTP/1.1\r\nHost: {self.daemon.authority}\r\nUpgrade: h2c\r\n"
                                 "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n")
        self.assertNotIn(b"101", answer[:16])

    def test_foreign_host_or_origin_gets_nothing(self):
        for path in ("/", "/app.js", "/healthz", "/rpc"):
            self.assertEqual(self.daemon.http("GET", path, host="evil.example")[0], 403)
            self.assertEqual(self.daemon.http("GET", path, host="127.0.0.1")[0], 403)
            self.assertEqual(self.daemon.http("GET", path, headers={"Origin": "null"})[0], 403)
            self.assertEqual(self.daemon.http("GET", path, headers={"Origin": "http://evil.example"})[0], 403)
        self.assertEqual(self.daemon.http("GET", "/", host=f"localhost:{self.daemon.port}")[0], 200)
        status, answer = self.daemon.post("{}", headers={"Origin": "http://evil.example"})
        self.assertEqual((status, answer["error"]["data"]["name"]), (403, "forbidden"))

    def test_rpc_takes_json_of_known_length_only(self):
        for headers, status in (({"Content-Type": "text/plain"}, 415), ({"Content-Type": ""}, 415),
                                ({"Transfer-Encoding": "chunked"}, 411), ({"Authorization": ""}, 401),
                                ({"Authorization": "Basic xyz"}, 401)):
            self.assertEqual(self.daemon.post("{}", headers=headers)[0], status, headers)
        self.assertEqual(self.daemon.post(" " * 65537)[0], 413)
        status, answer = self.daemon.post(" " * 65536)
        self.assertEqual((status, answer["error"]["code"]), (200, -32700))
        answer = self.daemon.raw(f"POST /rpc HTTP/1.1\r\nHost: {self.daemon.authority}\r\n"
                                 "Content-Type: application/json\r\nConnection: close\r\n\r\n")
        self.assertIn(b" 411 ", answer[:20])

    def test_requests_with_bodies_behind_one_another_harm_nobody(self):
        """The library told the end of a body over and over and never came back."""
        with Daemon() as daemon:
            good = f"Host: {daemon.authority}\r\nAuthorization: Bearer {daemon.operator}\r\n" \
                   "Content-Type: application/json\r\n"
            question = '{"jsonrpc":"2.0","id":1,"method":"server.info"}'
            get = f"GET /healthz HTTP/1.1\r\nHost: {daemon.authority}\r\n\r\n"
            posts = [f"POST {path} HTTP/1.1\r\n{headers}Content-Length: {len(question)}\r\n\r\n{question}"
                     for path, headers in (("/rpc", good), ("/rpc", "Host: example.org\r\n"), ("/x", good))]
            for first in [get, *posts]:
                for second in posts:
                    for more in ("", get, second):
                        with daemon.connect() as sock:
                            sock.sendall((first + second + more).encode())
                            self.assertTrue(sock.recv(4096).startswith(b"HTTP/1.1 "))
                            self.assertEqual(daemon.http("GET", "/healthz")[0], 200)

    def test_no_request_hides_in_the_body_of_another(self):
        inner = f"GET /healthz HTTP/1.1\r\nHost: {self.daemon.authority}\r\nConnection: close\r\n\r\n"
        size = len(inner)
        for method, path in (("POST", "/rpc"), ("PUT", "/"), ("GET", "/"), ("HEAD", "/")):
            for fields in ("Transfer-Encoding: chunked", "Transfer-Encoding: identity",
                           f"Transfer-Encoding: chunked\r\nContent-Length: {size}",
                           "Content-Length: 4\r\nTransfer-Encoding: chunked",
                           f"Content-Length: {size}\r\nContent-Length: 0", "Content-Length: 0x10",
                           f"Content-Length: +{size}", "Content-Length: -1", "Content-Length: 1 0",
                           "Content-Length: 0, 0"):
                with self.subTest(method=method, fields=fields), self.daemon.connect() as sock:
                    sock.sendall((f"{method} {path} HTTP/1.1\r\nHost: {self.daemon.authority}\r\n"
                                  "Content-Type: application/json\r\n"
                                  f"Authorization: Bearer {self.daemon.operator}\r\n{fields}\r\n\r\n"
                                  + inner + inner).encode())
                    sock.settimeout(PATIENCE)
                    data = b""
                    try:
                        while part := sock.recv(65536):
                            data += part
                    except ConnectionError:
                        pass
                    self.assertLessEqual(data.count(b"HTTP/1.1 "), 1)
                    self.assertNotIn(b"HTTP/1.1 200", data)

    def test_no_answer_opens_the_daemon_to_other_origins(self):
        for method, path in (("GET", "/"), ("OPTIONS", "/rpc"), ("OPTIONS", "/"), ("GET", "/healthz")):
            for origin in (None, "http://evil.example", self.daemon.url):
                headers = {"Origin": origin, "Access-Control-Request-Method": "POST"} if origin else {}
                _, answer, _ = self.daemon.http(method, path, headers=headers)
                self.assertFalse([name for name in answer if name.lower().startswith("access-control-")])

    def test_stream_methods_are_not_for_rpc(self):
        error = self.daemon.rpc("stream.subscribe", heap="*", topics=["sample"])
        self.assertEqual(error["data"]["name"], "not_supported")

    def test_health_is_open(self):
        status, _, body = self.daemon.http("GET", "/healthz")
        self.assertEqual((status, json.loads(body)), (200, {"status": "ok", "alarms": []}))
        info = self.daemon.rpc("server.info")
        self.assertEqual((info["status"], info["alarms"]), ("ok", []))

    def log_in(self, path):
        status, headers, _ = self.daemon.http("GET", path)
        return status, headers.get("Location"), headers.get("Set-Cookie")

    def test_one_time_address_works_once(self):
        url = self.daemon.rpc("auth.one_time_url", role="observer")["url"]
        self.assertTrue(url.startswith(self.daemon.url + "/?token="))
        path = url[len(self.daemon.url):]
        status, location, cookie = self.log_in(path)
        self.assertEqual((status, location), (302, "./"))
        self.assertTrue(cookie.startswith(f"ouro_{self.daemon.port}="))
        self.assertIn("HttpOnly", cookie)
        self.assertIn("SameSite=Strict", cookie)
        self.assertNotIn(path.partition("=")[2], cookie)
        self.assertEqual(self.log_in(path), (401, None, None))

    def test_answer_to_a_slow_reader_is_whole(self):
        with self.daemon.connect() as sock:
            sock.sendall(f"GET /app.js HTTP/1.1\r\nHost: {self.daemon.authority}\r\nConnection: close\r\n\r\n".encode())
            size = 0
            while part := sock.recv(997):
                size += len(part)
        self.assertGreater(size, len(FILES["app.js"]))


class Login(unittest.IsolatedAsyncioTestCase):
    async def test_cookie_opens_a_session_and_survives_a_restart(self):
        with tempfile.TemporaryDirectory(prefix="ouro-e2e-") as directory:
            with Daemon(directory=directory) as daemon:
                port = daemon.port
                _, headers, _ = daemon.http("GET", "/?token=" + daemon.observer)
                cookie = headers["Set-Cookie"].partition(";")[0]
                async with daemon.session(extra_headers={"Authorization": "", "Cookie": cookie}) as session:
                    self.assertEqual(session.hello["role"], "observer")
                status, _ = daemon.post("{}", headers={"Authorization": "", "Cookie": cookie})
                self.assertEqual(status, 401)
            with Daemon("--listen", f"127.0.0.1:{port}", directory=directory) as daemon:
                async with daemon.session(extra_headers={"Authorization": "", "Cookie": cookie}) as session:
                    self.assertEqual(session.hello["role"], "observer")


class BuiltinPage(unittest.TestCase):
    def test_missing_dashboard_is_a_warning_and_a_page(self):
        with tempfile.TemporaryDirectory() as empty, Daemon("--web-root", empty) as daemon:
            status, _, body = daemon.http("GET", "/")
            self.assertEqual(status, 200)
            self.assertIn(b"dashboard is missing", body)
            self.assertIn("has no index.html", daemon.read_log())


if __name__ == "__main__":
    unittest.main()
