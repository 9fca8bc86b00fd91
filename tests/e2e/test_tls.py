"""TLS: https and wss, what is refused, and a certificate that is replaced."""

import asyncio
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

import websockets

from certificates import Authority, openssl
from daemon import OUROD, PATIENCE, Daemon, activated
from test_credentials import hang_up


class Tls(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="ouro-tls-")
        cls.authority = Authority(cls.directory.name)
        cls.certificate, cls.key = cls.authority.issue("first")

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def daemon(self, *options):
        """A daemon with files of its own, which a test may replace."""
        directory = tempfile.TemporaryDirectory(prefix="ouro-tls-")
        self.addCleanup(directory.cleanup)
        self.files = [os.path.join(directory.name, name) for name in ("tls.pem", "tls.key")]
        shutil.copy(self.certificate, self.files[0])
        shutil.copy(self.key, self.files[1])
        return Daemon("--tls-certificate", self.files[0], "--tls-key", self.files[1], *options)

    def context(self, **options):
        context = ssl.create_default_context(cafile=self.authority.certificate)
        for name, value in options.items():
            setattr(context, name, value)
        return context

    def connect(self, daemon, **options):
        return self.context(**options).wrap_socket(daemon.connect(), server_hostname="localhost")

    def ask(self, daemon, request, **options):
        with self.connect(daemon, **options) as sock:
            sock.sendall(request.encode())
            parts = []
            while part := sock.recv(65536):
                parts.append(part)
            return b"".join(parts)

    def get(self, daemon, path, headers="", **options):
        return self.ask(daemon, f"GET {path} HTTP/1.1\r\nHost: {daemon.authority}\r\nConnection: close\r\n"
                        f"{headers}\r\n", **options)

    def open(self, daemon, token=None, origin=None, cookie=None):
        headers = {"Cookie": cookie} if cookie else {"Authorization": "Bearer " + (token or daemon.operator)}
        return websockets.connect(f"wss://localhost:{daemon.port}/ws", ssl=self.context(), origin=origin,
                                  subprotocols=["ouro.v1"], extra_headers=headers, max_size=None,
                                  open_timeout=PATIENCE)

    async def test_page_session_and_command_over_tls(self):
        with self.daemon() as daemon:
            self.assertTrue(daemon.url.startswith("https://127.0.0.1:"))
            done = subprocess.run(
                ["curl", "-sS", "--cacert", self.authority.certificate, "-H", "Content-Type: application/json",
                 "-H", "Authorization: Bearer " + daemon.operator,
                 "-d", '{"jsonrpc":"2.0","id":1,"method":"gc.collect","params":{"heap":"playground"}}',
                 f"https://localhost:{daemon.port}/rpc"], capture_output=True, timeout=PATIENCE, check=True)
            self.assertEqual(json.loads(done.stdout)["result"]["heap"], "playground")
            async with self.open(daemon, origin=f"https://localhost:{daemon.port}") as ws:
                self.assertEqual(json.loads(await ws.recv())["method"], "server.hello")
                # As large as a message may be, and an answer as large as they come.
                await ws.send(json.dumps({"jsonrpc": "2.0", "id": "x", "method": "heap.list",
                                          "params": {"_": "y" * 60000}}))
                self.assertEqual(json.loads(await asyncio.wait_for(ws.recv(), PATIENCE))["id"], "x")
                await ws.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "stream.subscribe", "params": {
                    "heap": "*", "topics": ["sample", "pools", "collection"], "interval_ms": 100}}))
                for _ in range(50):
                    json.loads(await asyncio.wait_for(ws.recv(), PATIENCE))

    async def test_login_over_tls_makes_a_secure_cookie(self):
        with self.daemon() as daemon:
            answer = self.ask(daemon, f"POST /rpc HTTP/1.1\r\nHost: {daemon.authority}\r\nConnection: close\r\n"
                              f"Authorization: Bearer {daemon.operator}\r\nContent-Type: application/json\r\n"
                              "Content-Length: 86\r\n\r\n"
                              '{"jsonrpc":"2.0","id":1,"method":"auth.one_time_url","params":{"role":"observer"}}    ')
            url = json.loads(answer.partition(b"\r\n\r\n")[2])["result"]["url"]
            self.assertTrue(url.startswith(daemon.url + "/?token="), url)
            head = self.get(daemon, url[len(daemon.url):]).decode()
            self.assertIn("302", head[:20])
            cookie = [line for line in head.split("\r\n") if line.startswith("Set-Cookie: ")][0]
            for word in ("; Secure", "; HttpOnly", "; SameSite=Strict"):
                self.assertIn(word, cookie)
            async with self.open(daemon, cookie=cookie[12:].partition(";")[0]) as ws:
                self.assertEqual(json.loads(await ws.recv())["params"]["role"], "observer")

    async def test_origin_has_the_scheme(self):
        with self.daemon() as daemon:
            own = f"localhost:{daemon.port}"
            self.assertIn(b" 200 ", self.get(daemon, "/", f"Origin: https://{daemon.authority}\r\n")[:16])
            for origin in (f"http://{daemon.authority}", "null", f"https://{own}"):
                self.assertIn(b" 403 ", self.get(daemon, "/", f"Origin: {origin}\r\n")[:16], origin)

    def test_names_of_the_certificate_are_hosts(self):
        certificate, key = self.authority.issue("named", names="DNS:ouro.example.org,DNS:*.example.net,IP:::1")
        with Daemon("--tls-certificate", certificate, "--tls-key", key) as daemon:
            for host, status in ((f"ouro.example.org:{daemon.port}", 200), ("ouro.example.org", 200),
                                 ("a.example.net", 403), ("evil.example", 403), ("ouro.example.org:1", 403)):
                answer = self.ask(daemon, f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
                                  check_hostname=False)
                self.assertIn(f" {status} ".encode(), answer[:16], host)

    def test_only_tls_1_2_and_1_3(self):
        with self.daemon() as daemon:
            for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
                with self.connect(daemon, minimum_version=version, maximum_version=version) as sock:
                    self.assertEqual(sock.version(), name)
            for version in ("-tls1", "-tls1_1"):
                done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{daemon.port}", version,
                                       "-cipher", "ALL:@SECLEVEL=0"], stdin=subprocess.DEVNULL,
                                      capture_output=True, timeout=PATIENCE)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(b"alert protocol version", done.stderr)

    def test_suites_without_forward_secrecy_are_refused(self):
        with self.daemon() as daemon:
            for suites in ("AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-SHA", "ECDHE-ECDSA-AES128-SHA256", "kRSA"):
                context = self.context(maximum_version=ssl.TLSVersion.TLSv1_2)
                context.set_ciphers(suites)
                with self.assertRaises(ssl.SSLError, msg=suites):
                    context.wrap_socket(daemon.connect(), server_hostname="localhost")

    def test_alpn_is_http_1_1_only(self):
        with self.daemon() as daemon:
            context = self.context()
            context.set_alpn_protocols(["h2", "http/1.1"])
            with context.wrap_socket(daemon.connect(), server_hostname="localhost") as sock:
                self.assertEqual(sock.selected_alpn_protocol(), "http/1.1")

    def test_plain_http_on_the_tls_port_ends(self):
        with self.daemon() as daemon:
            answer = daemon.raw(f"GET / HTTP/1.1\r\nHost: {daemon.authority}\r\n\r\n")
            self.assertNotIn(b"HTTP/1.1 200", answer)
            self.assertNotIn(b"ouro", answer)
            self.assertIn(b" 200 ", self.get(daemon, "/healthz")[:16])

    async def test_half_a_handshake_ends(self):
        with self.daemon() as daemon:
            answers = await asyncio.wait_for(asyncio.gather(*(
                asyncio.to_thread(daemon.raw, data) for data in
                (b"", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00", b"\x16\x03\x01\xff\xff"))), PATIENCE)
            self.assertTrue(all(len(answer) < 20 for answer in answers), answers)

    def test_control_sock_stays_plain(self):
        with self.daemon() as daemon, socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(PATIENCE)
            sock.connect(os.path.join(daemon.directory, "runtime", "control.sock"))
            sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            self.assertTrue(sock.recv(16).startswith(b"HTTP/1.1 200"))

    # --- a certificate that is replaced ---

    def served(self, daemon):
        """The name in the certificate that a new connection gets."""
        with self.connect(daemon) as sock:
            return dict(part[0] for part in sock.getpeercert()["subject"])["commonName"]

    async def test_reload_serves_the_new_certificate_and_keeps_who_is_connected(self):
        second = self.authority.issue("second", "rsa")
        with self.daemon() as daemon:
            self.assertEqual(self.served(daemon), "first")
            before = self.connect(daemon)
            for part, file in zip(second, self.files):
                shutil.copy(part, file)
            hang_up(self, daemon, lambda: self.served(daemon) == "second")  # of another key type, too
            before.sendall(f"GET /healthz HTTP/1.1\r\nHost: {daemon.authority}\r\n\r\n".encode())
            self.assertIn(b" 200 ", before.recv(100))
            before.close()

            # One that does not fit: an alarm, and the one that works stays.
            shutil.copy(self.certificate, self.files[0])
            hang_up(self, daemon, lambda: b"degraded" in self.get(daemon, "/healthz"))
            self.assertEqual(self.served(daemon), "second")
            self.assertIn("is not the one of", daemon.read_log())
            shutil.copy(self.key, self.files[1])
            hang_up(self, daemon, lambda: self.served(daemon) == "first")
            self.assertIn(b'"ok"', self.get(daemon, "/healthz"))

    def test_certificate_that_soon_expires_is_an_alarm_until_it_is_replaced(self):
        soon = time.gmtime(time.time() + 5 * 24 * 3600)
        short = self.authority.issue("short", begin="20200101000000Z", end=time.strftime("%Y%m%d%H%M%SZ", soon))
        with self.daemon() as daemon:
            self.assertIn(b'"ok"', self.get(daemon, "/healthz"))
            for part, file in zip(short, self.files):
                shutil.copy(part, file)
            hang_up(self, daemon, lambda: b"degraded" in self.get(daemon, "/healthz"))
            answer = self.get(daemon, "/healthz").decode()
            self.assertIn("the certificate expires at " + time.strftime("%Y-%m-%d %H:%M", soon), answer)
            for part, file in zip((self.certificate, self.key), self.files):
                shutil.copy(part, file)
            hang_up(self, daemon, lambda: b'"ok"' in self.get(daemon, "/healthz"))

    # --- what is refused at the start, and by --check-config ---

    def assert_refused(self, options, *words):
        state = tempfile.TemporaryDirectory(prefix="ouro-tls-")
        self.addCleanup(state.cleanup)
        base = [OUROD, "--config", "/dev/null", "--listen", "127.0.0.1:0", "--state-dir", state.name + "/state",
                "--runtime-dir", state.name + "/runtime", *options]
        for more in ([], ["--check-config"]):
            done = subprocess.run(base + more, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=PATIENCE)
            self.assertEqual(done.returncode, 2, (more, done.stderr))
            self.assertEqual(done.stdout, "")
            for word in words:
                self.assertIn(word, done.stderr)
            lines = [line for line in done.stderr.splitlines() if "has no index.html" not in line]
            self.assertEqual(len(lines), 1, done.stderr)

    def tls(self, certificate, key):
        return ["--tls-certificate", certificate, "--tls-key", key]

    def test_files_that_do_not_serve_are_named(self):
        authority = self.authority
        garbage = authority.path("garbage.pem")
        with open(garbage, "w", encoding="utf-8") as file:
            file.write("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        locked = authority.path("locked.key")
        openssl("ec", "-in", self.key, "-aes256", "-passout", "pass:secret", "-out", locked)
        torn = authority.path("torn.pem")
        with open(self.certificate, encoding="utf-8") as file, open(torn, "w", encoding="utf-8") as out:
            out.write(file.read() + "-----BEGIN CERTIFICATE-----\nAAAA\n")
        other = authority.issue("other")
        past = authority.issue("past", begin="20200101000000Z", end="20200201000000Z")
        future = authority.issue("future", begin="20990101000000Z", end="20990201000000Z")
        weak = authority.issue("weak", "weak")
        self.assert_refused(self.tls("/nonexistent.pem", self.key), "/nonexistent.pem: No such file")
        self.assert_refused(self.tls(self.certificate, "/nonexistent.key"), "/nonexistent.key: No such file")
        self.assert_refused(self.tls(garbage, self.key), garbage, "holds no certificate")
        self.assert_refused(self.tls(torn, self.key), torn, "holds no certificate")
        self.assert_refused(self.tls(self.key, self.key), self.key, "holds no certificate")
        self.assert_refused(self.tls(self.certificate, self.certificate), self.certificate, "no private key")
        self.assert_refused(self.tls(self.certificate, locked), locked, "passphrase")
        self.assert_refused(self.tls(self.certificate, other[1]), other[1], "is not the one of", self.certificate)
        self.assert_refused(self.tls(*past), past[0], "expired at 2020-02-01")
        self.assert_refused(self.tls(*future), future[0], "not valid before 2099-01-01")
        self.assert_refused(self.tls(*weak), weak[0], "too small")
        self.assert_refused(["--tls-key", self.key], "tls_certificate is not")

    def test_names_and_proxies_that_are_none_are_named(self):
        self.assert_refused(["--hosts", "no/name"], "hosts: no/name")
        self.assert_refused(["--hosts", "ftp://name"], "hosts: ftp://name")
        self.assert_refused(["--hosts", "*.example.org"], "hosts: *.example.org")
        self.assert_refused(["--trusted-proxy", "localhost"], "trusted_proxy: localhost")
        self.assert_refused(["--base-path", "/a/../b"], "base_path: /a/../b")

    def test_network_address_wants_tls_or_a_word(self):
        directory = tempfile.mkdtemp(prefix="ouro-tls-")
        self.addCleanup(shutil.rmtree, directory)
        for options, code in (((), 2), (("--insecure",), 0), (self.tls(self.certificate, self.key), 0)):
            done = subprocess.run(
                [OUROD, "--config", "/dev/null", "--listen", "0.0.0.0:0", "--state-dir", directory + "/state",
                 "--runtime-dir", directory + "/runtime", *options, "--check-config"],
                stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
            self.assertEqual(done.returncode, code, done.stderr)
        with Daemon("--listen", "0.0.0.0:0", "--insecure") as daemon:
            self.assertIn("without TLS", daemon.read_log())
        # The same for a socket that somebody passes on.
        with socket.create_server(("0.0.0.0", 0)) as server:
            process, line = activated([server], "--state-dir", directory + "/state", "--runtime-dir",
                                      directory + "/runtime")
            errors = process.communicate(timeout=PATIENCE)[1]
            self.assertEqual((process.returncode, line), (2, ""))
            self.assertIn(b"other hosts can reach 0.0.0.0", errors)


if __name__ == "__main__":
    unittest.main()
