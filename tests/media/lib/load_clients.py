"""load_clients - light WebRTC clients in a process of their own (tests/load), driven from coroutines"""
import asyncio
import contextlib
import dataclasses
import itertools
import re
import struct

from lib import processes
from media.lib.namespace import ADDRESS

PROGRAM = processes.BUILD / "load" / "rtc_load"
PAYLOAD_TYPE = 111

SESSION = """v=0
o=- 1 1 IN IP4 {address}
s=-
t=0 0
a=group:BUNDLE {mids}
"""
LINE = """m=audio {port} UDP/TLS/RTP/SAVPF {payload_type}
c=IN IP4 {address}
a=candidate:1 1 udp 2130706431 {address} {port} typ host
a=end-of-candidates
a=ice-ufrag:{user}
a=ice-pwd:{password}
a=fingerprint:sha-256 {fingerprint}
a=setup:actpass
a=mid:{mid}
a=rtcp-mux
a={direction}
a=rtpmap:{payload_type} opus/48000/2
a=fmtp:{payload_type} minptime=10;useinbandfec=1
"""


def reason_to_skip():
    """Why there are no such clients here, or None."""
    return None if PROGRAM.exists() else f"needs {PROGRAM}: make build/load/rtc_load"


def write_frames(path, packets):
    """The file of Opus frames that the program speaks."""
    path.write_bytes(b"".join(struct.pack("!H", len(p)) + p for p in packets))
    return path


@dataclasses.dataclass
class Counts:  # pylint: disable=too-many-instance-attributes
    """What became of a client since it was last asked; times are time.monotonic()'s, 0 for not yet."""
    up_at: float
    is_closed: bool
    sent: int
    late: int
    received: int
    missing: int
    backwards: int
    bad: int
    first_at: list


class LoadClients:
    """The process, from `async with` to its end."""

    def __init__(self, frames, wrapper=()):
        self._command = [*wrapper, PROGRAM, ADDRESS, frames]
        self._process = None
        self._numbers = itertools.count()
        self._free = []
        self._lock = asyncio.Lock()
        self.fingerprint = None

    async def __aenter__(self):
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        self.fingerprint = (await self._read())[1]
        return self

    async def __aexit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    @property
    def pid(self):
        """Of the process."""
        return self._process.pid

    async def _read(self):
        line = await self._process.stdout.readline()
        assert line, "rtc_load has ended"
        return line.decode().split()

    def command(self, *words):
        """Have something done that is not answered."""
        self._process.stdin.write(f"{' '.join(map(str, words))}\n".encode())

    async def open(self):
        """A new client."""
        number = self._free.pop() if self._free else next(self._numbers)
        async with self._lock:
            self.command("open", number)
            said = await self._read()
        assert said[:2] == ["opened", str(number)], said
        return LoadClient(self, number, *said[2:])

    def let_go(self, number):
        """The client of that number is gone: another may have it."""
        self._free.append(number)

    async def count(self):
        """Counts by the clients' numbers; they begin anew."""
        counted = {}
        async with self._lock:
            self.command("count")
            while (said := await self._read())[0] == "client":
                counted[int(said[1])] = Counts(
                    float(said[2]), said[3] != "0", *map(int, said[4:10]),
                    [float(at) for at in said[10:]])
        return counted


class LoadClient:
    """One of them."""

    def __init__(self, clients, number, user, password, port, ssrc):
        # pylint: disable=too-many-arguments
        self._clients = clients
        self._ssrc = ssrc
        self.number = number
        self._is_open = True
        self._fields = {
            "user": user, "password": password, "port": port, "address": ADDRESS,
            "payload_type": PAYLOAD_TYPE, "fingerprint": clients.fingerprint}
        self.handle = None

    def offer(self, lines=1):
        """Sound both ways on the first m-line, to it on the others."""
        text = SESSION.format(mids=" ".join(map(str, range(lines))), **self._fields)
        for mid in range(lines):
            direction = "recvonly" if mid else "sendrecv"
            text += LINE.format(mid=mid, direction=direction, **self._fields)
            text += "" if mid else f"a=ssrc:{self._ssrc} cname:load\n"
        return text.replace("\n", "\r\n")

    def connect(self, answer, speaks=True):
        """Do as the answer says."""
        user = re.search(r"^a=ice-ufrag:(\S+)", answer, re.MULTILINE)[1]
        password = re.search(r"^a=ice-pwd:(\S+)", answer, re.MULTILINE)[1]
        address, port = re.search(r"^a=candidate:\S+ 1 udp \d+ (\S+) (\d+)", answer,
                                  re.MULTILINE).group(1, 2)
        self._clients.command("connect", self.number, user, password, address, port,
                              PAYLOAD_TYPE if speaks else 0)

    def lose(self, share):
        """Of what it sends."""
        self._clients.command("lose", self.number, share)

    def close(self):
        """With a goodbye, unless it is gone already."""
        self._end("close")

    def kill(self):
        """Without one, unless it is gone already."""
        self._end("kill")

    def _end(self, how):
        if self._is_open:
            self._is_open = False
            self._clients.command(how, self.number)
            self._clients.let_go(self.number)

    async def join(self, session, room, uid, token, lines=1, **names):
        """Come into the room."""
        self.handle = await session.attach()
        _, answer = await session.ask(self.handle, "join", self.offer(lines), room=room, id=uid,
                                      token=token, **names)
        self.connect(answer)
        return self
