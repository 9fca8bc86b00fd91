"""Whatever a peer sends wrong gets its exact answer, and a watcher never notices."""

import asyncio
import json
import os
import socket
import struct
import time
import unittest

import websockets

from daemon import Daemon, PATIENCE


def frame(opcode, payload=b"", final=True):
    """A client's WebSocket frame, right or wrong."""
    head = bytes([(0x80 if final else 0) | opcode])
    size = len(payload)
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65536:
        head += bytes([0x80 | 126]) + struct.pack(">H", size)
    else:
        head += bytes([0x80 | 127]) + struct.pack(">Q", size)
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


class BadInput(unittest.IsolatedAsyncioTestCase):
    """Beside every test another client watches; teardown proves that it still does."""

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.daemon.__exit__(None, None, None)

    async def asyncSetUp(self):
        self.watcher = await self.daemon.session(self.daemon.observer).__aenter__()
        answer = await self.watcher.ask("stream.subscribe", heap="documents",
                                        topics=["sample", "collection"], interval_ms=100)
        self.seq = answer["seq"]

    async def asyncTearDown(self):
        for expected in (self.seq + 1, self.seq + 2):
            event = await self.watcher.event("collection")
            self.assertEqual(event["seq"], expected)  # none was lost
        await self.watcher.event("sample")
        await self.watcher.__aexit__(None, None, None)

    # --- messages of a session ---

    async def assert_refused(self, text, code, **data):
        """An error with this number and data, the session goes on, and /rpc says the same."""
        async with self.daemon.session() as session:
            await session.ws.send(text)
            answer = await session.read()
            self.assertEqual(answer["error"]["code"], code, answer)
            for name, value in data.items():
                self.assertEqual(answer["error"].get("data", {}).get(name), value, answer)
            self.assertIn("heaps", await session.ask("heap.list"))
        status, same = await asyncio.to_thread(self.daemon.post, text)
        self.assertEqual(status, 200)
        self.assertEqual(same["error"]["code"], code)
        return answer

    def request(self, method, **params):
        return json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": params})

    async def test_text_that_is_not_json(self):
        answer = await self.assert_refused("{nonsense", -32700)
        self.assertIsNone(answer["id"])

    async def test_json_that_is_no_request(self):
        for text in ("[]", "1", "null", '"x"', "{}", '{"jsonrpc":"1.0","id":1,"method":"heap.list"}',
                     '{"jsonrpc":"2.0","method":"heap.list"}'):
            with self.subTest(text):
                await self.assert_refused(text, -32600)

    async def test_seventeen_levels_of_nesting(self):
        text = '{"jsonrpc":"2.0","id":7,"method":"heap.list","params":{"x":%s%s}}' % ("[" * 15, "]" * 15)
        await self.assert_refused(text, -32600, name="too_large")

    async def test_unknown_method(self):
        answer = await self.assert_refused(self.request("gc.explode"), -32601)
        self.assertEqual(answer["id"], 7)

    async def test_unknown_heap(self):
        await self.assert_refused(self.request("gc.collect", heap="nope"), -32003, name="no_such_heap")

    async def test_generation_of_three(self):
        answer = await self.assert_refused(self.request("gc.collect", heap="documents", generation=3),
                                           -32602, path="/params/generation")
        self.assertTrue(answer["error"]["data"]["expected"])

    async def test_wrong_types(self):
        for params, path in (({"heap": 1}, "/params/heap"), ({}, "/params/heap"),
                             ({"heap": "documents", "generation": "2"}, "/params/generation"),
                             ({"heap": "documents", "generation": 1.5}, "/params/generation")):
            with self.subTest(params):
                await self.assert_refused(self.request("gc.collect", **params), -32602, path=path)

    async def test_broken_statement_of_the_playground(self):
        answer = await self.assert_refused(self.request("repl.eval", heap="playground", code="john = = 1"),
                                           -32012, name="syntax", line=1, column=8)
        self.assertTrue(answer["error"]["data"]["reason"])

    async def test_observer_may_not_command(self):
        async with self.daemon.session(self.daemon.observer) as session:
            for method, params in (("gc.collect", {"heap": "documents"}),
                                   ("auth.one_time_url", {"role": "operator"}),
                                   ("repl.eval", {"heap": "playground", "code": "x = Person('x')"})):
                error = await session.ask(method, **params)
                self.assertEqual(error["data"]["name"], "forbidden")
        status, answer = await asyncio.to_thread(self.daemon.post, self.request("gc.collect", heap="documents"),
                                                 self.daemon.observer)
        self.assertEqual((status, answer["error"]["data"]["name"]), (403, "forbidden"))

    async def test_flood_of_commands(self):
        async with self.daemon.session() as session:
            began = time.monotonic()
            session.ws.transport.write(b"".join(frame(1, json.dumps(
                {"jsonrpc": "2.0", "id": i, "method": "server.info"}).encode()) for i in range(500)))
            answers = [await session.read() for _ in range(500)]
            seconds = time.monotonic() - began
            self.assertEqual([answer["id"] for answer in answers], list(range(500)))
            refused = [answer["error"]["data"] for answer in answers if "error" in answer]
            # The second that may be saved up, and the seconds that this took.
            self.assertLessEqual(500 - len(refused), 50 * (1 + seconds) + 1)
            self.assertTrue(refused)
            self.assertEqual({error["name"] for error in refused}, {"limit"})
            self.assertTrue(all(error["retry_after_ms"] > 0 for error in refused))

    # --- frames ---

    async def assert_closes(self, code, *frames):
        async with self.daemon.session() as session:
            for data in frames:
                session.ws.transport.write(data)
            self.assertEqual(await session.closed(), code)

    async def test_binary_frame(self):
        await self.assert_closes(1003, frame(2, b"{}"))

    async def test_text_that_is_not_utf8(self):
        await self.assert_closes(1007, frame(1, b'"\xff\xfe"'))

    async def test_character_cut_off_at_the_end(self):
        await self.assert_closes(1007, frame(1, b'"\xe2\x82'))

    async def test_65_kib_of_text(self):
        await self.assert_closes(1009, frame(1, b" " * 65 * 1024))

    async def test_65_kib_in_fragments(self):
        await self.assert_closes(1009, frame(1, b" " * 40000, final=False), frame(0, b" " * 40000))

    async def test_character_split_between_fragments_is_fine(self):
        async with self.daemon.session() as session:
            session.ws.transport.write(frame(1, b'{"jsonrpc":"2.0","id":"\xe2', final=False))
            session.ws.transport.write(frame(9, b"ping between"))
            session.ws.transport.write(frame(0, b'\x82\xac","method":"heap.list"}'))
            answer = await session.read()
            self.assertEqual(answer["id"], "€")

    async def test_frames_that_break_the_protocol(self):
        for name, data in (("reserved opcode", frame(3)),
                           ("reserved bit", bytes([0xC1]) + frame(1, b"{}")[1:]),
                           ("continuation of nothing", frame(0, b"x")),
                           ("fragmented ping", frame(9, b"x", final=False)),
                           ("huge length", bytes([0x81, 0xFF]) + b"\x7f" + b"\xff" * 7 + b"abcd" + b"x" * 70000)):
            with self.subTest(name):
                async with self.daemon.session() as session:
                    session.ws.transport.write(data)
                    self.assertNotIn(await session.closed(), (1000, 1001, 1011))

    async def test_client_that_leaves_without_a_word(self):
        for _ in range(20):
            session = await self.daemon.session().__aenter__()
            await session.ask("stream.subscribe", heap="*", topics=["sample"], interval_ms=100)
            await session.ws.send(self.request("heap.census", heap="documents"))
            session.ws.transport.abort()

    # --- the door ---

    async def assert_upgrade_refused(self, status, **options):
        with self.assertRaises(websockets.InvalidStatusCode) as caught:
            async with self.daemon.upgrade(**options):
                pass
        self.assertEqual(caught.exception.status_code, status)

    async def test_no_subprotocol(self):
        await self.assert_upgrade_refused(400, subprotocols=None)

    async def test_unknown_subprotocol(self):
        await self.assert_upgrade_refused(400, subprotocols=["ouro.v2", "http-only"])

    async def test_foreign_origin(self):
        for origin in ("http://evil.example", "null", f"https://{self.daemon.authority}",
                       f"http://{self.daemon.authority}.evil.example"):
            await self.assert_upgrade_refused(403, origin=origin)

    async def test_foreign_origin_behind_headers_that_fill_the_table(self):
        login = await asyncio.to_thread(self.daemon.http, "GET", "/?token=" + self.daemon.operator)
        cookie = login[1]["Set-Cookie"].partition(";")[0]

        def upgrade(filler):
            return self.daemon.raw(
                f"GET /ws?token={filler} HTTP/1.1\r\nHost: {self.daemon.authority}\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ouro.v1\r\n"
                f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nCookie: {cookie}\r\n"
                "Origin: http://evil.example\r\n\r\n")

        for size in (0, 1000, 4000, *range(7000, 8400, 20)):
            answer = await asyncio.to_thread(upgrade, "x" * size)
            self.assertIn(answer[:12], (b"HTTP/1.1 403", b""), size)

    async def test_two_hosts_are_none(self):
        own = self.daemon.authority
        for second in (own, "evil.example"):
            answer = await asyncio.to_thread(
                self.daemon.raw, f"GET / HTTP/1.1\r\nHost: {own}\r\nHost: {second}\r\nConnection: close\r\n\r\n")
            self.assertIn(answer[:12], (b"HTTP/1.1 403", b""))

    async def test_own_origin_is_fine(self):
        async with self.daemon.session(origin=f"http://{self.daemon.authority}") as session:
            self.assertEqual(session.hello["role"], "operator")

    async def test_foreign_host(self):
        await self.assert_upgrade_refused(403, extra_headers={"Host": "evil.example"})

    async def test_wrong_or_missing_token_is_closed_with_4401(self):
        for token in ("0" * 64, ""):
            headers = {"Authorization": "Bearer " + token if token else ""}
            async with self.daemon.upgrade(extra_headers=headers) as ws:
                await asyncio.wait_for(ws.wait_closed(), PATIENCE)
                self.assertEqual(ws.close_code, 4401)
        async with self.daemon.session() as session:
            self.assertEqual(session.hello["role"], "operator")

    async def test_upgrade_elsewhere(self):
        reader, writer = await asyncio.open_connection(self.daemon.host, self.daemon.port)
        writer.write((f"GET / HTTP/1.1\r\nHost: {self.daemon.authority}\r\nUpgrade: websocket\r\n"
                      "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                      "Sec-WebSocket-Protocol: ouro.v1\r\n\r\n").encode())
        self.assertIn(b" 404 ", await asyncio.wait_for(reader.readline(), PATIENCE))
        writer.close()

    async def test_half_a_request_held_open_ends(self):
        half = f"GET / HTTP/1.1\r\nHost: {self.daemon.authority}\r\n"
        body = (f"POST /rpc HTTP/1.1\r\nHost: {self.daemon.authority}\r\nContent-Type: application/json\r\n"
                f"Authorization: Bearer {self.daemon.operator}\r\nContent-Length: 100\r\n\r\n{{")
        answers = await asyncio.wait_for(asyncio.gather(*(
            asyncio.to_thread(self.daemon.raw, text) for text in ("", "G", half, body))), PATIENCE)
        self.assertEqual(answers, [b""] * 4)


class WrongTokens(unittest.TestCase):
    def test_sixth_wrong_token_is_429_and_a_valid_one_still_works(self):
        with Daemon() as daemon:
            for _ in range(5):
                status, answer = daemon.post("{}", "wrong")
                self.assertEqual((status, answer["error"]["data"]["name"]), (401, "unauthorized"))
            self.assertEqual(daemon.post("{}", "wrong")[0], 429)
            self.assertIn("heaps", daemon.rpc("heap.list"))
            self.assertIn("wrong token from 127.0.0.1", daemon.read_log())


def is_closed(sock):
    """Has the other end closed this socket that does not block?"""
    try:
        return sock.recv(1) == b""
    except ConnectionResetError:
        return True
    except BlockingIOError:
        return False


class Crowds(unittest.IsolatedAsyncioTestCase):
    """A flood of connections, before any credential."""

    async def test_one_address_has_so_many_connections_and_others_still_come(self):
        with Daemon("--limits-sessions-an-address", "10") as daemon:
            async with daemon.session() as watcher:
                flood = [daemon.connect() for _ in range(300)]
                refused = 300 - (10 + 64 - 1)
                for sock in flood:
                    sock.setblocking(False)
                # The daemon takes them in as it comes to it, between other things.
                closed, deadline = set(), time.monotonic() + PATIENCE
                while len(closed) < refused and time.monotonic() < deadline:
                    await watcher.ask("heap.list")
                    closed |= {sock for sock in flood if sock not in closed and is_closed(sock)}
                await watcher.ask("heap.list")
                closed |= {sock for sock in flood if sock not in closed and is_closed(sock)}
                self.assertEqual(len(closed), refused)
                # Another address (this host has 2^24 of them) is not affected.
                with socket.socket() as other:
                    other.settimeout(PATIENCE)
                    other.bind(("127.0.0.9", 0))
                    other.connect((daemon.host, daemon.port))
                    other.sendall(f"GET /healthz HTTP/1.1\r\nHost: {daemon.authority}\r\n\r\n".encode())
                    self.assertTrue(other.recv(100).startswith(b"HTTP/1.1 200"))
                for sock in flood:
                    sock.close()
                info, deadline = {}, time.monotonic() + PATIENCE
                while "heaps" not in info and time.monotonic() < deadline:
                    try:
                        async with daemon.session() as session:  # room again, once they have been seen to go
                            info = await session.ask("heap.list")
                    except (OSError, websockets.WebSocketException):
                        pass
                self.assertIn("heaps", info)

    async def test_flood_of_half_requests_costs_bounded_memory(self):
        with Daemon() as daemon:
            half = f"GET / HTTP/1.1\r\nHost: {daemon.authority}\r\nX: {'x' * 7000}".encode()
            async with daemon.session() as watcher:
                before = (await watcher.ask("server.info"))["rss_bytes"]
                for _ in range(20):
                    flood = [daemon.connect() for _ in range(100)]
                    for sock in flood:
                        try:
                            sock.sendall(half)
                        except OSError:
                            pass  # that one was refused
                    after = (await watcher.ask("server.info"))["rss_bytes"]
                    self.assertLess(after - before, 32 * 1024 * 1024)
                    for sock in flood:
                        sock.close()


if __name__ == "__main__":
    unittest.main()
