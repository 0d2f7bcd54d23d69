"""live - a WebSocket by hand: what is said and heard, frame by frame (RFC 6455)"""
import base64
import hashlib
import json
import os
import socket
import struct
import urllib.parse

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
LONGEST_WAIT_SECONDS = 15


class Closed(Exception):
    """The WebSocket is closed; code is None where no close frame came."""

    def __init__(self, code, reason=""):
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


def upgrade_headers(key="dGhlIHNhbXBsZSBub25jZQ=="):
    """What a client sends to begin."""
    return {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": key}


def frame(opcode, payload=b"", first=0x80):
    """A client's frame, masked; first: FIN and reserved bits."""
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    if len(payload) < 126:
        return bytes([first | opcode, 0x80 | len(payload)]) + mask + masked
    return bytes([first | opcode, 0x80 | 126]) + struct.pack(">H", len(payload)) + mask + masked


class Listener:
    """Listens to a uid's events; use it in a with statement."""

    def __init__(self, address, uid, since=None, wrap=lambda sock: sock, receive_bytes=None,
                 early=b"", headers=None):
        """address: HOST:PORT; wrap: what TLS makes of a socket; receive_bytes: the kernel's buffer;
        early: frames that are sent with the request."""
        host, port = address.rsplit(":", 1)
        self.sock = socket.socket()
        self.sock.settimeout(LONGEST_WAIT_SECONDS)
        if receive_bytes:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.sock.connect((host, int(port)))
        self.sock = wrap(self.sock)
        self._rest = b""
        try:
            self._begin(address, uid, since, early, headers or {})
        except BaseException:
            self.sock.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def _begin(self, address, uid, since, early, headers):
        key = base64.b64encode(os.urandom(16)).decode()
        query = {"uid": uid, **({} if since is None else {"since": since})}
        headers = {"Host": address, **upgrade_headers(key), **headers}
        lines = [f"GET /dapi/call/events?{urllib.parse.urlencode(query)} HTTP/1.1",
                 *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self.sock.sendall("\r\n".join(lines).encode() + early)
        head, self._rest = self._read_until(b"\r\n\r\n")
        self.status = int(head.split()[1])
        self.headers = {name.lower(): value.strip() for name, _, value in
                        (line.partition(":") for line in head.decode().split("\r\n")[1:])}
        assert self.status == 101, head
        digest = hashlib.sha1((key + GUID).encode()).digest()
        assert self.headers["sec-websocket-accept"] == base64.b64encode(digest).decode()

    def _read_until(self, mark):
        got = b""
        while mark not in got:
            got += self._receive()
        head, _, rest = got.partition(mark)
        return head, rest

    def _receive(self):
        piece = self.sock.recv(65536)
        if not piece:
            raise Closed(None)
        return piece

    def _take(self, size):
        while len(self._rest) < size:
            self._rest += self._receive()
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def next_frame(self):
        """(opcode, payload), whatever it is."""
        first, size = self._take(2)
        assert first & 0x70 == 0 and size < 0x80, "a server's frame has no such bits"
        if size == 126:
            size, = struct.unpack(">H", self._take(2))
        elif size == 127:
            size, = struct.unpack(">Q", self._take(8))
        assert first & 0x80, "events are not sent in pieces"
        return first & 0x0f, self._take(size)

    def send(self, opcode, payload=b"", **more):
        """Say something."""
        self.sock.sendall(frame(opcode, payload, **more))

    def next(self):
        """The next event. Pings are answered."""
        while True:
            opcode, payload = self.next_frame()
            if opcode == TEXT:
                return json.loads(payload)
            if opcode == CLOSE:
                code = struct.unpack(">H", payload[:2])[0] if payload else 1005
                raise Closed(code, payload[2:].decode())
            if opcode == PING:
                self.send(PONG, payload)

    def take(self, count):
        """So many events."""
        return [self.next() for _ in range(count)]

    def assert_silent(self):
        """Nothing was told until now: a pong comes back alone."""
        self.send(PING, b"are you there?")
        opcode, payload = self.next_frame()
        assert (opcode, payload) == (PONG, b"are you there?"), payload

    def closed(self):
        """How it is closed: the Closed, whatever comes before."""
        try:
            while True:
                self.next()
        except Closed as closed:
            return closed
        except ConnectionError:
            return Closed(None)
