"""light - many clients at once that enter by HTTP, in a process of their own (tests/load)"""
import asyncio
import subprocess
import threading

import pytest

from calls.lib.party import offer_sdp
from lib import network
from media.lib import load_clients
from media.lib.sound import tone_packets

ENTER_SECONDS = 60
AT_ONCE = 8
TONE_HERTZ = 440
TONE_PACKETS = 50
HAS_ADDRESS = ("ip", "address", "show", "to", load_clients.ADDRESS)
ADD_ADDRESS = ("ip", "address", "add", f"{load_clients.ADDRESS}/24", "dev", "v0")


class LightClients:
    """From `with` to its end; nobody hears what they hear, but Janus takes them for parties."""

    def __init__(self, folder):
        if reason := "; ".join(network.why_not) or load_clients.reason_to_skip():
            pytest.skip(reason)
        frames = load_clients.write_frames(folder / "frames", tone_packets(TONE_HERTZ,
                                                                           TONE_PACKETS))
        self._clients = load_clients.LoadClients(frames)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self):
        if not subprocess.run(HAS_ADDRESS, check=True, capture_output=True).stdout:
            subprocess.run(ADD_ADDRESS, check=True)  # theirs: it ends with the network
        self._thread.start()
        self._run(self._clients.__aenter__())
        return self

    def __exit__(self, *_):
        self._run(self._clients.__aexit__())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(ENTER_SECONDS)

    def enter_all(self, dapi, entries):
        """A client for each entry; return when all have been answered."""
        self._run(self._enter_all(dapi, entries))

    async def _enter_all(self, dapi, entries):
        gate = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._enter(gate, dapi, entry) for entry in entries))

    async def _enter(self, gate, dapi, entry):
        async with gate:
            client = await self._clients.open()
            answer = await self._loop.run_in_executor(
                None, offer_sdp, dapi, entry["channel"], entry["token"], client.offer())
            assert answer.status == 201, answer
            client.connect(answer.body.decode())
