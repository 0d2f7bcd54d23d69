"""client - a party of a call: aiortc, with a tone for a voice and an ear on each m-line"""
import asyncio

from aiortc import RTCPeerConnection, RTCSessionDescription

from media.lib.sound import Ear, Tone


async def reach(emitter, event, condition, within):
    """Wait until the condition is true, which may change with the event."""
    reached = asyncio.Event()

    def look():
        if condition():
            reached.set()
    emitter.on(event, look)
    look()
    await asyncio.wait_for(reached.wait(), within)


class Client:
    """A connection that has not joined yet. `lines` says what it offers, in order."""

    def __init__(self, hertz, lines=("sendrecv",)):
        self.connection = RTCPeerConnection()
        self.tone = Tone(hertz)
        self.ears = {}  # by m-line
        self.handle = None
        self._speaks = False
        for direction in lines:
            self._add_line(direction)

    def _add_line(self, direction):
        if direction == "video":
            self.connection.addTransceiver("video", direction="sendrecv")
        elif "send" in direction and not self._speaks:
            self._speaks = True
            self.connection.addTransceiver(self.tone, direction=direction)
        else:
            self.connection.addTransceiver("audio", direction=direction)

    async def offer(self):
        """The SDP, with all candidates."""
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def join(self, session, room, uid, token, **names):
        """Come into the room; the connection is made while this returns."""
        offer = await self.offer()
        self.handle = await session.attach()
        _, answer = await session.ask(self.handle, "join", offer, room=room, id=uid, token=token,
                                      **names)
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        for line, transceiver in enumerate(self.connection.getTransceivers()):
            if transceiver.kind == "audio" and "recv" in (transceiver.currentDirection or ""):
                self.ears[line] = Ear(transceiver.receiver.track)
        return self

    async def connected(self, within=20):
        """Its media is there."""
        await reach(self.connection, "connectionstatechange",
                    lambda: self.connection.connectionState == "connected", within)
        return self

    async def disconnected(self, within=20):
        """Janus has said goodbye (which aiortc does not count as a change of connectionState)."""
        dtls = self._dtls()
        await reach(dtls, "statechange", lambda: dtls.state == "closed", within)

    def _dtls(self):
        return self.connection.getTransceivers()[0].sender.transport

    def vanish(self):
        """As if its power was cut: nothing comes from it any more, no goodbye either."""
        connection = self._dtls().transport._connection  # pylint: disable=protected-access
        for protocol in connection._protocols:  # pylint: disable=protected-access
            protocol.transport.sendto = lambda data, address: None

    async def close(self):
        """Hang up, with a goodbye."""
        for ear in self.ears.values():
            ear.close()
        await self.connection.close()
