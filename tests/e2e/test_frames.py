"""RFC 6455 on the wire: what Autobahn's sections 1 to 7 ask, as one table of raw bytes.

Each row is a fresh connection, the bytes that a client sends after the greeting, and what the
daemon answers to them: messages, pongs, and at last a close code or nothing. A row that cannot be
kept with this library is in LIMITATIONS with what happens instead; daemon/DESIGN.md tells them.
"""

import base64
import hashlib
import json
import os
import socket
import struct
import unittest

from daemon import Daemon, PATIENCE

MASK = b"\x37\xfa\x21\x3d"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
LIMIT = 65536
LAST = 99  # the id of the question that shows that everything before it has been read
SILENCE = 5
PONG_SECONDS = 2


def frame(opcode, payload=b"", final=True, reserved=0, mask=True, size=None, length=None):
    """One frame; `size` of the length field in bytes, `length` to lie about it."""
    count = len(payload) if length is None else length
    head = bytes([(0x80 if final else 0) | reserved << 4 | opcode])
    size = size if size is not None else 0 if count < 126 else 2 if count < 65536 else 8
    masked = 0x80 if mask else 0
    if size == 0:
        head += bytes([masked | count])
    elif size == 2:
        head += bytes([masked | 126]) + struct.pack(">H", count)
    else:
        head += bytes([masked | 127]) + struct.pack(">Q", count)
    if not mask:
        return head + payload
    return head + MASK + bytes(byte ^ MASK[i % 4] for i, byte in enumerate(payload))


def ask(number, size=0):
    """A request padded to `size` bytes, whose answer bears the number."""
    return b'{"jsonrpc":"2.0","id":%d,"method":"heap.list"}' % number + b" " * max(0, size - 45 - (number > 9))


def close(code=None, reason=b""):
    return frame(CLOSE, b"" if code is None else struct.pack(">H", code) + reason)


def bytewise(data):
    """In pieces of one byte: the list is sent one after the other."""
    return [data[i:i + 1] for i in range(len(data))]


def pieces(data, size):
    return [data[i:i + size] for i in range(0, len(data), size)]


# What may come back.
def answer(number):
    return ("answer", number)


def pong(payload=b""):
    return ("pong", payload)


def closed(*codes):
    return ("close", codes)


NOT_JSON = ("error", -32700)
NOT_A_REQUEST = ("error", -32600)
BROKEN = ("close", (1002, "cut"))  # RFC 6455 7.1.7: the close frame is for who can still send one
NOT_UTF8 = closed(1007)
TOO_LARGE = ("close", (1002, 1009, "cut"))

ROWS = []


def row(name, sent, *expected):
    ROWS.append((name, sent if isinstance(sent, list) else [sent], list(expected)))


# --- 1 framing ---
row("1.1 text of 0 bytes", frame(TEXT), NOT_JSON)
for size in (125, 126, 127, 128, 65535, 65536):
    row(f"1.1 text of {size} bytes", frame(TEXT, ask(1, size)), answer(1))
row("1.1 text of 65536 bytes in pieces of 997", pieces(frame(TEXT, ask(1, 65536)), 997), answer(1))
row("1.1 text of 125 bytes, byte by byte", bytewise(frame(TEXT, ask(1, 125))), answer(1))
row("1.1 text over the limit", frame(TEXT, ask(1, LIMIT + 1)), closed(1009))
row("1.1 text over the limit in fragments", frame(TEXT, ask(1, 40000), final=False) + frame(0, b" " * 40000),
    closed(1009))
for size in (0, 125, 126, 127, 128, 65535, 65536):
    row(f"1.2 binary of {size} bytes", frame(BINARY, b"\xfe" * size), closed(1003))
row("1.3 length in 2 bytes that fits in 7 bits", frame(TEXT, ask(1, 100), size=2), BROKEN)
row("1.3 length in 8 bytes that fits in 2", frame(TEXT, ask(1, 300), size=8), BROKEN)
row("1.3 length with the highest bit", frame(TEXT, b"", size=8, length=1 << 63) + b"x" * 100, TOO_LARGE)
row("1.3 length of 2^62", frame(TEXT, b" " * 100000, size=8, length=1 << 62), TOO_LARGE)
row("1.4 frame without a mask", frame(TEXT, ask(1), mask=False), BROKEN)
row("1.4 ping without a mask", frame(PING, b"x", mask=False), BROKEN)

# --- 2 pings and pongs ---
row("2.1 ping without payload", frame(PING), pong())
row("2.2 ping with text", frame(PING, b"Hello"), pong(b"Hello"))
row("2.3 ping with bytes", frame(PING, b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"), pong(b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"))
row("2.4 ping of 125 bytes", frame(PING, b"\xfe" * 125), pong(b"\xfe" * 125))
row("2.5 ping of 126 bytes", frame(PING, b"\xfe" * 126), BROKEN)
row("2.6 ping of 125 bytes, byte by byte", bytewise(frame(PING, b"\xfe" * 125)), pong(b"\xfe" * 125))
row("2.7 pong that nobody asked for", frame(PONG))
row("2.8 pong with payload", frame(PONG, b"unsolicited"))
row("2.9 pong, then ping", frame(PONG, b"unsolicited") + frame(PING, b"x"), pong(b"x"))
row("2.10 ten pings at once", b"".join(frame(PING, b"%d" % i) for i in range(10)), pong(b"9"))
row("2.11 ten pings, byte by byte", bytewise(b"".join(frame(PING, b"%d" % i) for i in range(10))),
    *(pong(b"%d" % i) for i in range(10)))
row("2.12 pong of 126 bytes", frame(PONG, b"x" * 126), BROKEN)

# --- 3 reserved bits ---
for bits in range(1, 8):
    row(f"3.1 text with reserved bits {bits}", frame(TEXT, ask(1), reserved=bits), BROKEN)
    row(f"3.2 after a good text, reserved bits {bits}", frame(TEXT, ask(1)) + frame(TEXT, ask(2), reserved=bits),
        answer(1), BROKEN)
    row(f"3.3 ping with reserved bits {bits}", frame(PING, b"x", reserved=bits), BROKEN)
    row(f"3.4 binary with reserved bits {bits}", frame(BINARY, b"x", reserved=bits), BROKEN)
    row(f"3.5 close with reserved bits {bits}", frame(CLOSE, b"\x03\xe8", reserved=bits), BROKEN)
    row(f"3.6 continuation with reserved bits {bits}",
        frame(TEXT, ask(1), final=False) + frame(0, b" ", reserved=bits), BROKEN)

# --- 4 reserved opcodes ---
for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
    row(f"4.1 opcode {opcode}", frame(opcode), BROKEN)
    row(f"4.2 opcode {opcode} with payload", frame(opcode, b"reserved"), BROKEN)
    row(f"4.3 after a good text, opcode {opcode}", frame(TEXT, ask(1)) + frame(opcode, b"x") + frame(PING),
        answer(1), BROKEN)

# --- 5 fragments ---
HALF, REST = ask(1)[:20], ask(1)[20:]
row("5.1 ping in fragments", frame(PING, b"a", final=False) + frame(0, b"b"), BROKEN)
row("5.2 pong in fragments", frame(PONG, b"a", final=False) + frame(0, b"b"), BROKEN)
row("5.3 text in two fragments", frame(TEXT, HALF, final=False) + frame(0, REST), answer(1))
row("5.4 text in two fragments, apart", [frame(TEXT, HALF, final=False), frame(0, REST)], answer(1))
row("5.5 text in two fragments, byte by byte", bytewise(frame(TEXT, HALF, final=False) + frame(0, REST)), answer(1))
row("5.6 ping between fragments", frame(TEXT, HALF, final=False) + frame(PING, b"x") + frame(0, REST),
    pong(b"x"), answer(1))
row("5.7 ping between fragments, apart", [frame(TEXT, HALF, final=False), frame(PING, b"x"), frame(0, REST)],
    pong(b"x"), answer(1))
row("5.8 ping between fragments, byte by byte",
    bytewise(frame(TEXT, HALF, final=False) + frame(PING, b"x") + frame(0, REST)), pong(b"x"), answer(1))
row("5.9 continuation of nothing, last", frame(0, b"x") + frame(TEXT, ask(1)), BROKEN)
row("5.10 continuation of nothing, apart", [frame(0, b"x"), frame(TEXT, ask(1))], BROKEN)
row("5.11 continuation of nothing, byte by byte", bytewise(frame(0, b"x") + frame(TEXT, ask(1))), BROKEN)
row("5.12 continuation of nothing, more to come", frame(0, b"x", final=False) + frame(TEXT, ask(1)), BROKEN)
row("5.15 continuation after the last fragment",
    frame(TEXT, HALF, final=False) + frame(0, REST) + frame(0, b"x", final=False) + frame(TEXT, ask(2)),
    answer(1), BROKEN)
row("5.16 continuations of nothing, each followed by text",
    (frame(0, b"x", final=False) + frame(TEXT, ask(1))) * 2, BROKEN)
row("5.17 last continuations of nothing, each followed by text", (frame(0, b"x") + frame(TEXT, ask(1))) * 2, BROKEN)
row("5.18 text inside a text", frame(TEXT, HALF, final=False) + frame(TEXT, REST), BROKEN)
row("5.18 binary inside a text", frame(TEXT, HALF, final=False) + frame(BINARY, REST), BROKEN)
row("5.19 five fragments with pings between",
    b"".join([frame(TEXT, ask(1)[:10], final=False), frame(0, ask(1)[10:20], final=False), frame(PING, b"1"),
              frame(0, ask(1)[20:30], final=False), frame(0, ask(1)[30:40], final=False), frame(PING, b"2"),
              frame(0, ask(1)[40:])]), pong(b"2"), answer(1))
row("5.20 five fragments with pings between, apart",
    [frame(TEXT, ask(1)[:10], final=False), frame(0, ask(1)[10:20], final=False), frame(PING, b"1"),
     frame(0, ask(1)[20:30], final=False), frame(0, ask(1)[30:40], final=False), frame(PING, b"2"),
     frame(0, ask(1)[40:])], pong(b"1"), pong(b"2"), answer(1))
row("5.21 empty fragments", frame(TEXT, b"", final=False) + frame(0, b"", final=False) + frame(0), NOT_JSON)
row("5.22 empty fragments around a text",
    frame(TEXT, b"", final=False) + frame(0, ask(1), final=False) + frame(0), answer(1))
row("5.23 a thousand fragments of one byte",
    frame(TEXT, b" ", final=False) + frame(0, b" ", final=False) * 1000 + frame(0, ask(1)), answer(1))

# --- 6 UTF-8 ---
VALID = {
    "ascii": b"abc", "two bytes": "\u03ba\u03cc\u03c3\u03bc\u03b5".encode(), "first of 1": b"\x01",
    "first of 2": b"\xc2\x80", "first of 3": b"\xe0\xa0\x80", "first of 4": b"\xf0\x90\x80\x80", "last of 1": b"\x7f",
    "last of 2": b"\xdf\xbf", "last of 3": b"\xef\xbf\xbf", "last of 4": b"\xf4\x8f\xbf\xbf",
    "before surrogates": b"\xed\x9f\xbf", "after surrogates": b"\xee\x80\x80", "replacement": b"\xef\xbf\xbd",
    "noncharacter": b"\xef\xbf\xbe", "noncharacter of plane 1": b"\xf0\x9f\xbf\xbe",
    "byte order mark": b"\xef\xbb\xbf",
}
INVALID = {
    "continuation alone": b"\x80", "last continuation alone": b"\xbf", "two continuations": b"\x80\xbf",
    "all continuations": bytes(range(0x80, 0xc0)), "start of 2 alone": b"\xc2 ", "start of 3 alone": b"\xe0 ",
    "start of 4 alone": b"\xf0 ", "start of 5": b"\xf8 ", "start of 6": b"\xfc ", "5 bytes": b"\xf8\x88\x80\x80\x80",
    "6 bytes": b"\xfc\x84\x80\x80\x80\x80", "cut 3": b"\xe2\x82 ", "cut 4": b"\xf0\x90\x80 ", "fe": b"\xfe",
    "ff": b"\xff", "fe fe ff ff": b"\xfe\xfe\xff\xff", "overlong slash, 2": b"\xc0\xaf",
    "overlong slash, 3": b"\xe0\x80\xaf", "overlong slash, 4": b"\xf0\x80\x80\xaf", "overlong 7f": b"\xc1\xbf",
    "overlong 7ff": b"\xe0\x9f\xbf", "overlong ffff": b"\xf0\x8f\xbf\xbf", "overlong nul": b"\xc0\x80",
    "surrogate d800": b"\xed\xa0\x80", "surrogate dbff": b"\xed\xaf\xbf", "surrogate dfff": b"\xed\xbf\xbf",
    "surrogate pair": b"\xed\xa0\x80\xed\xb0\x80", "past the end": b"\xf4\x90\x80\x80", "f5": b"\xf5\x80\x80\x80",
}
for name, text in VALID.items():
    # As the id of a request: the answer has it in it. What JSON wants escaped is an error of JSON.
    expected = NOT_JSON if text[0] < 32 else ("answer", text.decode())
    request = b'{"jsonrpc":"2.0","id":"' + text + b'","method":"heap.list"}'
    row(f"6.1 valid: {name}", frame(TEXT, request), expected)
    row(f"6.2 valid: {name}, byte by byte", bytewise(frame(TEXT, request)), expected)
    row(f"6.2 valid: {name}, in fragments of one byte",
        frame(TEXT, request[:1], final=False) + b"".join(frame(0, request[i:i + 1], final=False)
                                                         for i in range(1, len(request))) + frame(0), expected)
for name, text in INVALID.items():
    row(f"6.3 invalid: {name}", frame(TEXT, b'"' + text + b'"'), NOT_UTF8)
    row(f"6.3 invalid: {name}, byte by byte", bytewise(frame(TEXT, b'"' + text + b'"')), NOT_UTF8)
    row(f"6.3 invalid: {name}, in fragments", frame(TEXT, b'"' + text[:1], final=False) + frame(0, text[1:] + b'"'),
        NOT_UTF8)
row("6.3 character cut off by the end", frame(TEXT, b'"\xe2\x82'), NOT_UTF8)
row("6.3 character cut off by the end, in fragments", frame(TEXT, b'"\xe2', final=False) + frame(0, b"\x82"), NOT_UTF8)
# At once, though the message never ends.
row("6.4 invalid in the first fragment", frame(TEXT, b'"\xf4\x90\x80\x80', final=False), NOT_UTF8)
row("6.4 invalid in the second fragment", frame(TEXT, b'"\xf4', final=False) + frame(0, b"\x90", final=False), NOT_UTF8)
row("6.4 invalid in half a frame", frame(TEXT, b'"\xce\xba\xf4\x90', length=1000)[:8 + 5], NOT_UTF8)
row("6.4 invalid in half a frame, apart",
    [frame(TEXT, b'"\xce\xba\xf4\x90', length=1000)[:8 + 4], frame(TEXT, b'"\xce\xba\xf4\x90')[-1:]], NOT_UTF8)

# --- 7 closing ---
row("7.1 message, then close", frame(TEXT, ask(1)) + close(1000), answer(1), closed(1000))
row("7.1 two closes", close(1000) + close(1001), closed(1000))
row("7.1 ping after close", close(1000) + frame(PING, b"x"), closed(1000))
row("7.1 text after close", close(1000) + frame(TEXT, ask(1)), closed(1000))
row("7.1 close inside a message", frame(TEXT, HALF, final=False) + close(1000) + frame(0, REST), closed(1000))
row("7.3 close without payload", close(), closed(None, 1000))
row("7.3 close of one byte", frame(CLOSE, b"\x03"), BROKEN)
row("7.3 close with a code", close(1000), closed(1000))
row("7.3 close with a reason", close(1000, b"Bye"), closed(1000))
row("7.3 close with the longest reason", close(1000, b"x" * 123), closed(1000))
row("7.3 close that is too long", close(1000, b"x" * 124), BROKEN)
row("7.3 close in fragments", frame(CLOSE, b"\x03\xe8", final=False) + frame(0), BROKEN)
row("7.5 close whose reason is no UTF-8", close(1000, b"\xce\xba\xe1\xbd\xb9\xed\xa0\x80"), closed(1002, 1007))
for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999):
    row(f"7.7 valid code {code}", close(code), closed(code))
for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535):
    row(f"7.9 invalid code {code}", close(code), BROKEN)



def is_accepted(seen, _expected):
    return seen in ([answer(1)], [pong(b"x")], [])


def some_pongs_are_missing(seen, expected):
    """At least one came, and nothing else differs."""
    pongs = [event for event in seen if event[0] == "pong"]
    return pongs and all(event in ALL_PONGS for event in pongs) and matches(
        [event for event in seen if event[0] != "pong"], [event for event in expected if event[0] != "pong"])


ALL_PONGS = [pong(b"%d" % i) for i in range(10)]

# What this version of the library does not keep: the rows, and what happens instead. The words
# stand in daemon/DESIGN.md too.
LIMITATIONS = {
    "frames without a mask are accepted": (["1.4 "], is_accepted),
    "lengths need not be written in the fewest bytes": (["1.3 length in 2", "1.3 length in 8"], is_accepted),
    "a ping that comes before the pong to another has left may get none":
        (["2.10 ", "2.11 ", "5.19 ", "5.20 "], some_pongs_are_missing),
}


class Wire:
    """One raw connection after its handshake and greeting."""

    def __init__(self, daemon):
        self.sock = daemon.connect()
        self.sock.settimeout(SILENCE)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.sendall((f"GET /ws HTTP/1.1\r\nHost: {daemon.authority}\r\nUpgrade: websocket\r\n"
                           "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ouro.v1\r\n"
                           "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                           f"Authorization: Bearer {daemon.observer}\r\n\r\n").encode())
        self.data = b""
        while b"\r\n\r\n" not in self.data:
            self.more()
        head, _, self.data = self.data.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head
        opcode, _ = self.frame()
        assert opcode == TEXT

    def more(self):
        part = self.sock.recv(65536)
        if not part:
            raise EOFError
        self.data += part

    def need(self, count):
        while len(self.data) < count:
            self.more()
        taken, self.data = self.data[:count], self.data[count:]
        return taken

    def frame(self):
        first, second = self.need(2)
        assert first & 0xF0 == 0x80 and second < 128, (first, second)  # whole, nothing reserved, no mask
        size = second
        if size == 126:
            size, = struct.unpack(">H", self.need(2))
        elif size == 127:
            size, = struct.unpack(">Q", self.need(8))
        return first & 15, self.need(size)

    def read(self):
        """The next thing that comes back."""
        opcode, payload = self.frame()
        if opcode == CLOSE:
            payload[2:].decode()  # the reason is UTF-8
            try:
                self.sock.sendall(frame(CLOSE, payload))
            except ConnectionError:
                pass  # it does not wait for ours
            return "close", struct.unpack(">H", payload[:2])[0] if payload else None
        if opcode == PONG:
            return "pong", payload
        message = json.loads(payload) if opcode == TEXT else {}
        return ("error", message["error"]["code"]) if "error" in message else ("answer", message["id"])

    def events(self, pongs):
        """What comes back until the daemon closes, or has answered the last question and, as a
        pong may come later, so many pongs."""
        seen, is_answered = [], False
        try:
            while not is_answered or sum(kind == "pong" for kind, _ in seen) < pongs:
                event = self.read()
                if event == ("answer", LAST):
                    is_answered = True
                    self.sock.settimeout(PONG_SECONDS)
                else:
                    seen.append(event)
                if event[0] == "close":
                    break
        except TimeoutError:
            seen += [] if is_answered else [("silence", None)]
        except (EOFError, ConnectionError):
            seen.append(("close", "cut"))
        return seen


def matches(seen, expected):
    """In their order, but pongs, which may overtake and be overtaken, apart."""
    for is_pong in (True, False):
        got = [event for event in seen if (event[0] == "pong") == is_pong]
        want = [event for event in expected if (event[0] == "pong") == is_pong]
        if len(got) != len(want) or not all(
                a[0] == b[0] and (a[1] in b[1] if b[0] == "close" else a == b) for a, b in zip(got, want)):
            return False
    return True


def run(daemon, sent, expected):
    wire = Wire(daemon)
    try:
        try:
            for part in sent:
                wire.sock.sendall(part)
            # Not into a connection that is to close: what it leaves unread turns its end into a reset.
            if not expected or expected[-1][0] != "close":
                wire.sock.sendall(frame(TEXT, ask(LAST)))
        except ConnectionError:
            pass  # the daemon has closed before the end
        return wire.events(sum(kind == "pong" for kind, _ in expected))
    finally:
        wire.sock.close()


class Frames(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon("--limits-wrong-tokens-a-minute", "1000").__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.daemon.__exit__(None, None, None)

    def test_every_row(self):
        self.assertEqual(len({name for name, _, _ in ROWS}), len(ROWS))
        for name, sent, expected in ROWS:
            with self.subTest(name):
                instead = [check for begins, check in LIMITATIONS.values() if name.startswith(tuple(begins))]
                seen = run(self.daemon, sent, [] if instead and expected[-1][0] == "close" else expected)
                is_kept = matches(seen, expected) or any(check(seen, expected) for check in instead)
                self.assertTrue(is_kept, (seen, expected))

    def test_limitations_are_few_and_told(self):
        self.assertLessEqual(len(LIMITATIONS), 5)
        path = os.path.join(os.path.dirname(__file__), "../../daemon/DESIGN.md")
        with open(path, encoding="utf-8") as file:
            design = " ".join(file.read().split())
        for words, (begins, _) in LIMITATIONS.items():
            self.assertIn(words, design)
            for begin in begins:
                self.assertTrue(any(name.startswith(begin) for name, _, _ in ROWS), begin)


class Handshakes(unittest.TestCase):
    """What a client may get wrong before the first frame."""

    GOOD = {"Host": None, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Protocol": "ouro.v1", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}

    def test_every_variant(self):
        with Daemon() as daemon:
            good = {**self.GOOD, "Host": daemon.authority, "Authorization": "Bearer " + daemon.observer}
            # Changed headers (None: left out), request line, the beginning of the answer's status.
            rows = [
                ({}, None, "101"),
                ({"Connection": "keep-alive, Upgrade"}, None, "101"),
                ({"Connection": "upgrade", "Upgrade": "WebSocket"}, None, "101"),
                ({"Sec-WebSocket-Protocol": "x, ouro.v1,y"}, None, "101"),
                ({"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}, None, "101"),
                ({"Sec-WebSocket-Extensions": ",,;=;\"x"}, None, "101"),
                ({"Host": None}, None, "403"),
                ({"Upgrade": None}, None, "426"),
                ({"Upgrade": "h2c"}, None, ""),
                ({"Sec-WebSocket-Version": None}, None, "426"),
                ({"Sec-WebSocket-Version": "8"}, None, "426"),
                ({"Sec-WebSocket-Version": "13, 8"}, None, "426"),
                ({"Sec-WebSocket-Key": None}, None, ""),
                ({"Sec-WebSocket-Protocol": None}, None, "400"),
                ({"Sec-WebSocket-Protocol": "ouro.v2"}, None, "400"),
                ({"Origin": "null"}, None, "403"),
                ({}, "GET /other HTTP/1.1", "404"),
                ({}, "HEAD /ws HTTP/1.1", "404"),
            ]
            for change, line, status in rows:
                with self.subTest(change=change, line=line), daemon.connect() as sock:
                    headers = {name: value for name, value in {**good, **change}.items() if value is not None}
                    sock.sendall("\r\n".join([line or "GET /ws HTTP/1.1"] + [
                        f"{name}: {value}" for name, value in headers.items()] + ["", ""]).encode())
                    try:
                        answer = sock.recv(65536).decode("latin-1")
                    except ConnectionError:
                        answer = ""
                    self.assertEqual(answer[9:12], status)
                    if status == "101":
                        head = answer.partition("\r\n\r\n")[0].lower()
                        # The key's digest by RFC 6455 1.3, and no extension that was not offered.
                        key = good["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
                        digest = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode().lower()
                        self.assertIn("sec-websocket-accept: " + digest, head)
                        self.assertIn("sec-websocket-protocol: ouro.v1", head)
                        self.assertNotIn("sec-websocket-extensions", head)

    def test_frames_in_the_same_packet_as_the_handshake(self):
        with Daemon() as daemon, daemon.connect() as sock:
            headers = {**self.GOOD, "Host": daemon.authority, "Authorization": "Bearer " + daemon.observer}
            sock.sendall("\r\n".join(["GET /ws HTTP/1.1"] + [f"{name}: {value}" for name, value in headers.items()] +
                                     ["", ""]).encode() + frame(TEXT, ask(5)))
            data = b""
            while b'"id":5' not in data:
                part = sock.recv(65536)
                self.assertTrue(part)
                data += part


if __name__ == "__main__":
    unittest.main()
