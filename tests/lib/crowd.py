"""crowd - thousands of listeners to events in one process, who come back when they are cut off

A listener that comes back asks for what it missed: `since` the last event that it heard.
"""
import asyncio
import json
import random
import resource
import struct
import threading
import urllib.parse

from lib.live import CLOSE, PING, PONG, TEXT, frame, upgrade_headers
from lib.waiting import eventually

AT_ONCE = 100  # so many attempts at the same time


def raise_descriptor_limit():
    """Of this process, and of those that it starts from now on: as far as it may; how far."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def take_frame(data):
    """(opcode, payload, rest) of a server's frame at the start of data, or None if it is cut."""
    if len(data) < 2:
        return None
    size, start = data[1], 2
    if size == 126:
        if len(data) < 4:
            return None
        (size,), start = struct.unpack(">H", data[2:4]), 4
    if len(data) < start + size:
        return None
    return data[0] & 0x0f, data[start:start + size], data[start + size:]


class Wire(asyncio.Protocol):
    """One connection of a listener."""

    def __init__(self, listener, request):
        self._listener = listener
        self._request = request
        self._transport = None
        self._rest = b""
        self.is_open = False
        self.answered = asyncio.Event()
        self.lost = asyncio.Event()

    def connection_made(self, transport):
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data):
        self._rest += data
        if not self.is_open and not self._take_head():
            return
        while taken := take_frame(self._rest):
            opcode, payload, self._rest = taken
            self._hear(opcode, payload)

    def _take_head(self):
        head, mark, self._rest = self._rest.partition(b"\r\n\r\n")
        if not mark:
            self._rest = head
            return False
        self.is_open = head.split()[1] == b"101"
        self.answered.set()
        if not self.is_open:
            self._transport.abort()
        return self.is_open

    def _hear(self, opcode, payload):
        if opcode == TEXT:
            self._listener.heard.append(json.loads(payload))
        elif opcode == PING:
            self._transport.write(frame(PONG, payload))
        elif opcode == CLOSE:
            self._listener.codes.append(struct.unpack(">H", payload[:2])[0])
            self._transport.close()

    def connection_lost(self, _):
        self.answered.set()
        self.lost.set()

    def abort(self):
        """Without a word."""
        self._transport.abort()


class Member:
    """A listener: `heard` are its events, `codes` those with which it was closed."""

    def __init__(self, crowd, uid, since):
        self._crowd = crowd
        self.uid = uid
        self._since = since
        self.heard = []
        self.codes = []
        self.wire = None
        self.times_open = 0
        self.task = None

    def _request(self, address):
        query = {"uid": self.uid, "since": self.heard[-1]["seq"] if self.heard else self._since}
        lines = [f"GET /dapi/call/events?{urllib.parse.urlencode(query)} HTTP/1.1",
                 *(f"{name}: {value}" for name, value in
                   {"Host": address, **upgrade_headers()}.items()), "", ""]
        return "\r\n".join(lines).encode()

    async def _attempt(self):
        address = random.choice(self._crowd.addresses)
        host, port = address.rsplit(":", 1)
        loop = asyncio.get_running_loop()
        try:
            _, wire = await loop.create_connection(lambda: Wire(self, self._request(address)),
                                                   host, int(port))
        except OSError:
            return None
        await wire.answered.wait()
        return wire if wire.is_open else None

    async def listen(self):
        """On and on."""
        while True:
            async with self._crowd.turn:
                self.wire = await self._attempt()
            if self.wire:
                self.times_open += 1
                await self.wire.lost.wait()
                self.wire = None
            await asyncio.sleep(random.uniform(*self._crowd.again_seconds))


class Crowd:
    """Use it in a with statement. Its members live in a loop, in a thread of their own."""

    def __init__(self, addresses, again_seconds=(0.05, 0.5)):
        """HOST:PORT of gateways, each attempt goes to any of them; how long, from … to, a member
        waits before another attempt."""
        self.addresses = addresses
        self.again_seconds = again_seconds
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self.turn = asyncio.Semaphore(AT_ONCE)
        self.members = []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self):
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for member in self.members:
            if member.wire:
                member.wire.abort()

    def add(self, uid, since=0):
        """One more, who begins at once."""
        member = Member(self, uid, since)
        self.members.append(member)
        member.task = asyncio.run_coroutine_threadsafe(member.listen(), self._loop)
        return member

    def remove(self, members):
        """They go, and do not come back."""
        for member in members:
            member.task.cancel()
        self.cut(members)
        self.members = [member for member in self.members if member not in members]

    def cut(self, members):
        """Their connections, without a word."""
        for wire in [member.wire for member in members if member.wire]:
            self._loop.call_soon_threadsafe(wire.abort)

    def await_open(self, within):
        """Until all are listening."""
        eventually(lambda: all(member.wire for member in self.members), within)
