"""One WebSocket on a blocking socket, for round trips: nothing between ask and answer
but two system calls and a look at the bytes.
"""
import json
import socket
import struct


class Talk:
    """A session that has read its hello. Notifications are thrown away."""

    def __init__(self, port, token):
        self.last_id, self.buffer = 0, b""
        self.socket = socket.create_connection(("127.0.0.1", port), 30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall((
            f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            f"Sec-WebSocket-Protocol: ouro.v1\r\nAuthorization: Bearer {token}\r\n\r\n"
        ).encode())
        while b"\r\n\r\n" not in self.buffer:
            self.more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        if not head.startswith(b"HTTP/1.1 101"):
            raise RuntimeError(head.decode())
        self.read()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.socket.close()

    def more(self):
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError("the server has closed the connection")
        self.buffer += part

    def read(self):
        """The next message, a dictionary."""
        while True:
            size, head = (self.buffer[1] if len(self.buffer) > 1 else 0), 2
            if size == 126 and len(self.buffer) >= 4:
                size, head = struct.unpack(">H", self.buffer[2:4])[0], 4
            elif size == 127 and len(self.buffer) >= 10:
                size, head = struct.unpack(">Q", self.buffer[2:10])[0], 10
            elif size >= 126:
                size = len(self.buffer)
            if len(self.buffer) >= head + size and len(self.buffer) > 1:
                text = self.buffer[head:head + size]
                self.buffer = self.buffer[head + size:]
                return json.loads(text)
            self.more()

    def send(self, method, **params):
        """Ask; answer() has what comes of it."""
        self.last_id += 1
        text = json.dumps({"jsonrpc": "2.0", "id": self.last_id, "method": method,
                           "params": params}).encode()
        self.socket.sendall(b"\x81\xfe" + struct.pack(">H", len(text)) + bytes(4) + text)

    def answer(self):
        """To what was asked last: its result, or the whole of it when it is an error."""
        while True:
            message = self.read()
            if message.get("id") == self.last_id:
                return message.get("result", message)

    def ask(self, method, **params):
        """The answer of a method, as above."""
        self.send(method, **params)
        return self.answer()
