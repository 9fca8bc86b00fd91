"""control.sock: the same contract for who the kernel says may have it."""

import asyncio
import http.client
import json
import os
import pwd
import socket
import stat
import subprocess
import sys
import tempfile
import unittest

import websockets

from daemon import OUROD, PATIENCE, Daemon, activated

# One request through the socket, as another user of this machine.
AS_ANOTHER = """
import os, socket, sys
path, uid, gid, groups = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
os.setgroups([int(g) for g in groups.split(",") if g])
os.setgid(gid)
os.setuid(uid)
with socket.socket(socket.AF_UNIX) as sock:
    sock.connect(path)
    sock.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n")
    answer = b""
    while part := sock.recv(65536):
        answer += part
sys.stdout.buffer.write(answer[9:12])
"""


def control(daemon):
    return os.path.join(daemon.directory, "runtime", "control.sock")


def ask(path, request):
    """Everything the daemon answers to these bytes, through the socket."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(PATIENCE)
        sock.connect(path)
        sock.sendall(request.encode())
        parts = []
        while part := sock.recv(65536):
            parts.append(part)
        return b"".join(parts)


def post(path, body, extra=""):
    answer = ask(path, "POST /rpc HTTP/1.1\r\nHost: anything\r\nContent-Type: application/json\r\n"
                 f"Connection: close\r\nContent-Length: {len(body)}\r\n{extra}\r\n{body}")
    head, _, text = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(text)


LIST = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "heap.list"})
URL = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "auth.one_time_url", "params": {"role": "operator"}})


class ControlSock(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon().__enter__()
        cls.path = control(cls.daemon)

    @classmethod
    def tearDownClass(cls):
        cls.daemon.__exit__(None, None, None)

    def test_owner_and_group_may_open_it(self):
        facts = os.stat(self.path)
        self.assertTrue(stat.S_ISSOCK(facts.st_mode))
        self.assertEqual(stat.S_IMODE(facts.st_mode), 0o660)
        self.assertEqual(facts.st_gid, os.getegid())

    def test_same_user_commands_without_a_token(self):
        status, answer = post(self.path, LIST)
        self.assertEqual(status, 200)
        self.assertIn("documents", [heap["id"] for heap in answer["result"]["heaps"]])
        status, answer = post(self.path, URL)  # an operator's method
        self.assertTrue(answer["result"]["url"].startswith(self.daemon.url))

    def test_token_that_is_shown_counts(self):
        status, answer = post(self.path, URL, f"Authorization: Bearer {self.daemon.observer}\r\n")
        self.assertEqual((status, answer["error"]["data"]["name"]), (403, "forbidden"))
        status, answer = post(self.path, LIST, "Authorization: Bearer wrong\r\n")
        self.assertEqual((status, answer["error"]["data"]["name"]), (401, "unauthorized"))

    def test_pages_and_files_are_there_too(self):
        answer = ask(self.path, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 "))

    def test_origin_is_refused_whatever_it_says(self):
        for origin in (self.daemon.url, "http://localhost", "null"):
            answer = ask(self.path, f"GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: {origin}\r\n"
                         "Connection: close\r\n\r\n")
            self.assertTrue(answer.startswith(b"HTTP/1.1 403 "), answer)

    async def test_session_streams_and_its_name_is_the_kernels(self):
        options = {"subprotocols": ["ouro.v1"], "max_queue": None, "ping_interval": None}
        async with websockets.unix_connect(self.path, "ws://localhost/ws", **options) as ws:
            hello = json.loads(await asyncio.wait_for(ws.recv(), PATIENCE))
            self.assertEqual(hello["params"]["role"], "operator")
            await ws.send(json.dumps({"jsonrpc": "2.0", "id": 2, "method": "gc.collect",
                                      "params": {"heap": "playground"}}))
            answer = json.loads(await asyncio.wait_for(ws.recv(), PATIENCE))
            self.assertEqual(answer["result"]["requested_by"], f"operator@uid:{os.getuid()} (pid {os.getpid()})")

    def test_other_users_are_refused_clearly(self):
        if os.getuid() != 0:
            return  # only root can ask as somebody else
        nobody = pwd.getpwnam("nobody")
        # The test opens the way itself: in the daemon's own setting the file system refuses.
        runtime = os.path.dirname(self.path)
        os.chmod(self.daemon.directory, 0o755)
        os.chmod(runtime, 0o755)
        os.chmod(self.path, 0o666)
        try:
            for groups, expected in (("", b"403"), (str(nobody.pw_gid), b"403"), (str(os.getegid()), b"200")):
                done = subprocess.run([sys.executable, "-c", AS_ANOTHER, self.path, str(nobody.pw_uid),
                                       str(nobody.pw_gid), groups], stdout=subprocess.PIPE, timeout=PATIENCE,
                                      check=True)
                self.assertEqual(done.stdout, expected, groups)
        finally:
            os.chmod(self.path, 0o660)
            os.chmod(runtime, 0o700)


class Life(unittest.TestCase):
    def test_file_is_gone_after_the_end(self):
        with tempfile.TemporaryDirectory(prefix="ouro-e2e-") as directory:
            with Daemon(directory=directory) as daemon:
                self.assertTrue(os.path.exists(control(daemon)))
            self.assertFalse(os.path.exists(control(daemon)))

    def test_crash_leaves_a_file_that_the_next_daemon_replaces(self):
        with tempfile.TemporaryDirectory(prefix="ouro-e2e-") as directory:
            daemon = Daemon(directory=directory).__enter__()
            daemon.process.kill()
            daemon.process.wait(PATIENCE)
            daemon.log.close()
            daemon.process.stdout.close()
            self.assertTrue(os.path.exists(control(daemon)))
            with Daemon(directory=directory) as daemon:
                self.assertEqual(post(control(daemon), LIST)[0], 200)

    def test_second_daemon_in_the_same_directories_refuses_to_start(self):
        with Daemon() as daemon, tempfile.TemporaryDirectory(prefix="ouro-e2e-") as other:
            for state, runtime in ((other, "runtime"), ("state", other)):
                state = os.path.join(daemon.directory, state)
                runtime = os.path.join(daemon.directory, runtime)
                done = subprocess.run([OUROD, "--listen", "127.0.0.1:0", "--state-dir", state, "--runtime-dir",
                                       runtime], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                      timeout=PATIENCE)
                self.assertEqual(done.returncode, 2)
                self.assertIn("another ourod is running in", done.stderr)
            self.assertEqual(post(control(daemon), LIST)[0], 200)

    def test_address_of_the_network_comes_beside_a_socket_that_is_passed_on(self):
        with tempfile.TemporaryDirectory(prefix="ouro-e2e-") as directory, \
                socket.create_server(("127.0.0.1", 0)) as tcp:
            port = tcp.getsockname()[1]

            def start(listen):
                process, line = activated([tcp], "--state-dir", directory + "/state", "--runtime-dir",
                                          directory + "/run", "--insecure", "--listen", listen)
                self.addCleanup(process.kill)
                return process, line

            process, line = start("0.0.0.0:0")
            other = int(json.loads(line)["http"].rpartition(":")[2])
            self.assertNotEqual(other, port)
            for there in (port, other):
                connection = http.client.HTTPConnection("127.0.0.1", there, timeout=PATIENCE)
                connection.request("GET", "/healthz")  # its Host is the port that it came to
                self.assertEqual(connection.getresponse().status, 200)
                connection.close()
            process.terminate()
            process.communicate(timeout=PATIENCE)
            self.assertEqual(process.returncode, 0)

            process, line = start(f"0.0.0.0:{port}")
            self.assertEqual(line, "")
            self.assertIn("passed on may have that port", process.communicate(timeout=PATIENCE)[1].decode())
            self.assertEqual(process.returncode, 2)

    def test_both_sockets_passed_on_by_the_service_manager(self):
        with tempfile.TemporaryDirectory(prefix="ouro-e2e-") as directory:
            run = os.path.join(directory, "run")
            os.mkdir(run, 0o700)
            path = os.path.join(run, "control.sock")
            with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as local:
                local.bind(path)
                local.listen()
                os.chmod(run, 0o500)  # the daemon needs no right to write there
                process, line = activated([tcp, local], "--state-dir", directory + "/state", "--runtime-dir", run)
                self.addCleanup(process.kill)
                self.assertIn(f":{tcp.getsockname()[1]}", line)
                self.assertEqual(post(path, LIST)[0], 200)
                process.terminate()
                process.communicate(timeout=PATIENCE)
                self.assertEqual(process.returncode, 0)
                self.assertTrue(os.path.exists(path))  # it is the service manager's
                os.chmod(run, 0o700)


if __name__ == "__main__":
    unittest.main()
