"""listener - a client that enters a channel as an app does, by HTTP, and records what it hears"""
import asyncio
import threading
import time

import numpy
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack

from lib import network

LONGEST_WAIT_SECONDS = 10


class Listener:
    """In the channel, and recording, from `with` to its end; entry is what a verb answered."""

    def __init__(self, client, entry):
        if network.why_not:
            pytest.skip(network.why_not[0])
        self._client = client
        self._path = f"/dapi/channel/{entry['channel']}/whip"
        self._headers = {"Authorization": f"Bearer {entry['token']}"}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._connection = None
        self._recorder = None
        self._pieces = []  # (when they came, samples)
        self.location = None

    def __enter__(self):
        self._thread.start()
        try:
            self._run(self._enter())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._run(self._leave())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(
            LONGEST_WAIT_SECONDS)

    async def _enter(self):
        self._connection = RTCPeerConnection()
        silence = AudioStreamTrack()  # who sends nothing at all is taken for lost
        receiver = self._connection.addTransceiver(silence, direction="sendrecv").receiver
        await self._connection.setLocalDescription(await self._connection.createOffer())
        answer = await self._loop.run_in_executor(None, self._exchange)
        await self._connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        self._recorder = asyncio.ensure_future(self._record(receiver.track))

    def _exchange(self):
        answer = self._client.post(self._path, headers=self._headers, type="application/sdp",
                                   raw=self._connection.localDescription.sdp.encode())
        assert answer.status == 201, answer
        self.location = answer.headers["Location"]
        return answer.body.decode()

    async def _record(self, track):
        while True:
            frame = await track.recv()
            samples = frame.to_ndarray().reshape(-1)[::len(frame.layout.channels)] / 32768
            self._pieces.append((time.monotonic(), samples))

    async def _leave(self):
        if self._recorder:
            self._recorder.cancel()
            await asyncio.gather(self._recorder, return_exceptions=True)
        if self._connection:
            await self._connection.close()

    def hang_up(self):
        """End the connection by HTTP: the answer."""
        return self._client.request("DELETE", self.location, headers=self._headers)

    def heard(self, since=0.0):
        """The samples that came after that time (time.monotonic)."""
        pieces = [samples for at, samples in list(self._pieces) if at >= since]
        return numpy.concatenate(pieces or [numpy.zeros(0)])
