"""party - a client that enters a channel as an app does, by HTTP, and talks and listens there"""
import asyncio
import threading

import pytest
from aiortc import RTCSessionDescription

from lib import network
from media.lib.client import Client
from media.lib.namespace import cancel_others
from media.lib.sound import Ear

LONGEST_WAIT_SECONDS = 15
HEARD_SECONDS = 0.5
ONE_LINE = ("sendrecv",)
TWO_LINES = ("sendrecv", "recvonly")


def path_of(channel):
    """Where a channel is entered."""
    return f"/dapi/channel/{channel}/whip"


def bearer(token):
    """Headers."""
    return {"Authorization": f"Bearer {token}"}


def offer_sdp(dapi, channel, token, offer):
    """What the gateway says to an offer."""
    return dapi.post(path_of(channel), headers=bearer(token), type="application/sdp",
                     raw=offer.encode())


class Stage:
    """From `with` to its end: a thread on which parties' connections live; all end with it."""

    def __init__(self):
        if network.why_not:
            pytest.skip(network.why_not[0])
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._clients = []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.clear()
        asyncio.run_coroutine_threadsafe(cancel_others(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, coroutine, within=LONGEST_WAIT_SECONDS):
        """What the coroutine returns."""
        limited = asyncio.wait_for(coroutine, within)
        return asyncio.run_coroutine_threadsafe(limited, self._loop).result()

    def run_all(self, *coroutines, within=LONGEST_WAIT_SECONDS):
        """Several at once."""
        async def gather():
            return await asyncio.gather(*coroutines)
        return self.run(gather(), within)

    def clear(self):
        """All leave, with a goodbye."""
        clients, self._clients = self._clients, []
        self.run_all(*(client.close() for client in clients))

    async def client(self, hertz, lines):
        """A connection that has not entered anything yet."""
        self._clients.append(Client(hertz, lines))
        return self._clients[-1]

    def enter(self, dapi, entry, hertz, lines=ONE_LINE):
        """A party that is connected."""
        return self.run(self._enter(Party(self, dapi, entry), hertz, lines))

    def enter_all(self, dapi, *parties):
        """Parties of (entry, hertz) or (entry, hertz, lines) that are connected."""
        return self.run_all(*(self._enter(Party(self, dapi, entry), hertz, *(lines or [ONE_LINE]))
                              for entry, hertz, *lines in parties))

    async def _enter(self, party, hertz, lines):
        client = await self.client(hertz, lines)
        await party.enter(client)
        return party


class Party:
    """A client in a channel; `entry` is what a verb answered it."""

    def __init__(self, stage, dapi, entry):
        self._stage = stage
        self._dapi = dapi
        self.entry = entry
        self.location = None
        self.client = None

    async def enter(self, client):
        """By HTTP; return when the media is up."""
        self.client = client
        offer = await client.offer()
        answer = await asyncio.get_running_loop().run_in_executor(
            None, offer_sdp, self._dapi, self.entry["channel"], self.entry["token"], offer)
        assert answer.status == 201, answer
        self.location = answer.headers["Location"]
        await client.connection.setRemoteDescription(
            RTCSessionDescription(answer.body.decode(), "answer"))
        for line, transceiver in enumerate(client.connection.getTransceivers()):
            if "recv" in transceiver.currentDirection:
                client.ears[line] = Ear(transceiver.receiver.track)
        await client.connected(LONGEST_WAIT_SECONDS)

    @property
    def session(self):
        """The last segment of Location."""
        return self.location.rpartition("/")[2]

    def hear(self, hertz, line=0, within=LONGEST_WAIT_SECONDS):
        """Return when this tone has sounded for a while, from now on."""
        self._stage.run(self.hears(hertz, line, within), within + 1)

    def hears(self, hertz, line=0, within=LONGEST_WAIT_SECONDS):
        """The same as a coroutine."""
        return self.client.ears[line].hear(hertz, HEARD_SECONDS, within)

    def samples(self, line=0, since=0):
        """What was heard, after so many samples."""
        return self.client.ears[line].samples(since)

    def length(self, line=0):
        """Samples heard so far."""
        return self.client.ears[line].length()

    def hang_up(self, token=None):
        """End the connection by HTTP: the answer."""
        return self._dapi.request("DELETE", self.location,
                                  headers=bearer(token or self.entry["token"]))

    def await_goodbye(self):
        """Return when Janus has ended the connection."""
        self._stage.run(self.client.disconnected(LONGEST_WAIT_SECONDS), LONGEST_WAIT_SECONDS + 1)

    def vanish(self):
        """As if its power was cut."""
        self._stage.run(self._vanish())

    async def _vanish(self):
        self.client.vanish()


def talk_to_each_other(stage, a, b):
    """Return when each hears the other, from now on."""
    stage.run_all(a.hears(b.client.tone.hertz), b.hears(a.client.tone.hertz))
