"""Slow, many and greedy clients: each pays for itself and nobody else does."""

import json
import socket
import unittest

import websockets

from daemon import PATIENCE, Daemon

SUBSCRIBE = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "stream.subscribe", "params": {
    "heap": "*", "topics": ["sample", "pools", "collection"], "interval_ms": 100}}).encode()


def stalled_client(daemon):
    """A session that subscribes to everything and never reads again."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(PATIENCE)
    sock.connect((daemon.host, daemon.port))
    sock.sendall((f"GET /ws HTTP/1.1\r\nHost: {daemon.authority}\r\nUpgrade: websocket\r\n"
                  "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ouro.v1\r\n"
                  f"Authorization: Bearer {daemon.observer}\r\n\r\n").encode())
    assert sock.recv(16).startswith(b"HTTP/1.1 101")
    sock.sendall(bytes([0x81, 0xFE]) + len(SUBSCRIBE).to_bytes(2, "big") + bytes(4) + SUBSCRIBE)
    return sock


class SlowClients(unittest.IsolatedAsyncioTestCase):
    async def test_stalled_clients_are_closed_and_others_keep_receiving(self):
        with Daemon() as daemon:
            async with daemon.session(daemon.observer) as watcher:
                answer = await watcher.ask("stream.subscribe", heap="documents", topics=["collection"])
                stalled = [stalled_client(daemon) for _ in range(4)]
                self.assertEqual((await watcher.ask("server.info"))["sessions"], 5)
                expected = answer["seq"] + 1
                while (await watcher.ask("server.info"))["sessions"] > 1:
                    for _ in range(5):
                        event = await watcher.event("collection")
                        self.assertEqual(event["seq"], expected)
                        expected += 1
            self.assertEqual(daemon.read_log().count("5000 ms behind"), 4)
            for sock in stalled:
                sock.close()


class ManyClients(unittest.IsolatedAsyncioTestCase):
    async def test_sixty_fifth_session_of_an_address_is_told_429(self):
        with Daemon() as daemon:
            sessions = [await daemon.session().__aenter__() for _ in range(64)]
            with self.assertRaises(websockets.InvalidStatusCode) as caught:
                await daemon.session().__aenter__()
            self.assertEqual(caught.exception.status_code, 429)
            self.assertIn("heaps", await sessions[0].ask("heap.list"))
            self.assertEqual(daemon.http("GET", "/healthz")[0], 200)
            await sessions.pop().__aexit__(None, None, None)
            while (await sessions[0].ask("server.info"))["sessions"] > 63:
                pass
            sessions.append(await daemon.session().__aenter__())
            for session in sessions:
                await session.__aexit__(None, None, None)


if __name__ == "__main__":
    unittest.main()
