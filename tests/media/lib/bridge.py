"""bridge - dapi's plugin as robotsvc sees it: a handle that watches, and rooms of two"""
import contextlib
import secrets

from media.lib.client import Client
from media.lib.janus_api import Session, notice_of
from media.lib.robot import Robot


class Bridge:
    """From `async with` to its end, where nothing may be left in it."""

    def __init__(self, janus):
        self.janus = janus
        self.session = Session(janus)
        self.handle = None
        self._own = contextlib.AsyncExitStack()

    async def __aenter__(self):
        await self.session.__aenter__()
        self.handle = await self.session.attach()
        await self.ask("watch")
        return self

    async def __aexit__(self, kind, *_):
        await self._own.aclose()
        left = await self.rooms()
        for room in left:
            await self.ask("destroy", room=room)
        await self.session.__aexit__()
        assert kind or not left, left

    async def ask(self, request, **body):
        """What the plugin says."""
        return (await self.session.ask(self.handle, request, **body))[0]

    async def rooms(self):
        """All it has, by name."""
        return {room["room"]: room for room in (await self.ask("list"))["list"]}

    async def room(self, **tokens):
        """The name of a new room in which these ids are permitted, destroyed at the end."""
        name = f"ch_{secrets.token_hex(5)}"
        for uid, token in tokens.items():
            await self.ask("permit", room=name, id=uid, token=token)
        self._own.push_async_callback(self._destroy, name)
        return name

    async def _destroy(self, room):
        if room in await self.rooms():
            await self.ask("destroy", room=room)

    def client(self, hertz, lines=("sendrecv",)):
        """A client that is closed at the end."""
        client = Client(hertz, lines)
        self._own.push_async_callback(client.close)
        return client

    def robot(self):
        """A robot's socket that is closed at the end."""
        return self._own.enter_context(contextlib.closing(Robot()))

    def seen(self):
        """A place in the events, for `told`."""
        return len(self.session.events)

    async def told(self, event, uid, since=0, **more):
        """Wait until the watcher hears this of the party."""
        expected = {"event": event, "id": uid, **more}
        found = await self.session.wait_for(
            lambda e: e.get("sender") == self.handle and expected.items() <= notice_of(e).items(),
            since)
        return notice_of(found)
