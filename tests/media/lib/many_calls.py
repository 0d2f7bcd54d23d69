"""many_calls - many calls at once in one Janus: rooms of either kind, light clients and robots in them"""
import asyncio
import os
import pathlib

from media.lib import load_clients
from media.lib.robot import Robot

JOINS_AT_ONCE = 8
PACKETS_A_SECOND = 50
TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """Used by the process since its start."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_of(pid):
    """Resident, in MB."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(text.split("VmRSS:")[1].split()[0]) / 1024


class BridgeRooms:
    """Rooms of dapi's plugin."""

    plugin = "janus.plugin.dapi"

    def __init__(self, session, handle):
        self._session = session
        self._handle = handle

    async def make(self, room):
        """With permissions for two."""
        for uid in "AB":
            await self._session.ask(self._handle, "permit", room=room, id=uid, token="token")

    async def join(self, client, room, uid):
        """A client, connected."""
        await client.join(self._session, room, uid, "token")

    async def add_robot(self, robot, room):
        """A stream of plain RTP."""
        await robot.enter(self._session, self._handle, room, "robot")

    async def destroy(self, room):
        """With all that is in it."""
        await self._session.ask(self._handle, "destroy", room=room)


class AudioBridgeRooms(BridgeRooms):
    """Rooms of Janus' AudioBridge."""

    plugin = "janus.plugin.audiobridge"

    async def make(self, room):
        await self._session.ask(self._handle, "create", room=room, sampling_rate=48000,
                                allow_rtp_participants=True)

    async def join(self, client, room, uid):
        client.handle = await self._session.attach(self.plugin)
        await self._session.ask(client.handle, "join", room=room, id=uid, muted=False)
        _, answer = await self._session.ask(client.handle, "configure", client.offer(),
                                            muted=False)
        client.connect(answer)

    async def add_robot(self, robot, room):
        handle = await self._session.attach(self.plugin)
        said, _ = await self._session.ask(handle, "join", room=room, id="robot",
                                          rtp={"payload_type": load_clients.PAYLOAD_TYPE})
        robot.follow({"ssrc": 4711, **said["rtp"]})

    async def destroy(self, room):
        await super().destroy(room)
        for handle in await self._session.handles():
            if handle != self._handle:
                await self._session.detach(handle)


class Load:
    """Calls that go on in one kind of rooms, from the first to stop()."""

    def __init__(self, rooms, clients, packets):
        self._rooms = rooms
        self._clients = clients
        self._packets = packets
        self._turns = asyncio.Semaphore(JOINS_AT_ONCE)
        self._playing = None
        self._robots = []
        self._parties = []
        self.names = []

    async def add(self, count, robots=False):
        """So many calls more: of two parties, or of a robot and its listener."""
        await asyncio.gather(*(self._add_call(f"ch_{len(self.names) + i}", robots)
                               for i in range(count)))
        if robots:
            self._playing = asyncio.create_task(self._play())

    async def _add_call(self, room, robots):
        async with self._turns:
            self.names.append(room)
            await self._rooms.make(room)
            for uid in "A" if robots else "AB":
                client = await self._clients.open()
                self._parties.append(client)
                await self._rooms.join(client, room, uid)
            if robots:
                self._robots.append(Robot())
                await self._rooms.add_robot(self._robots[-1], room)

    async def _play(self):
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number in range(1 << 31):
            await asyncio.sleep(max(0, began + number / PACKETS_A_SECOND - loop.time()))
            for robot in self._robots:
                robot.send(self._packets[number % len(self._packets)])

    def lose(self, share):
        """Of what each client sends."""
        for client in self._parties:
            client.lose(share)

    async def window(self, pid, seconds):
        """(Janus' CPU in % of a core, what each client sent and received)."""
        await self._clients.count()
        before = cpu_seconds(pid)
        await asyncio.sleep(seconds)
        used = cpu_seconds(pid) - before
        return 100 * used / seconds, list((await self._clients.count()).values())

    async def stop(self):
        """Nothing of it is left."""
        if self._playing:
            self._playing.cancel()
        for client in self._parties:
            client.close()
        for room in self.names:
            await self._rooms.destroy(room)
        for robot in self._robots:
            robot.close()
