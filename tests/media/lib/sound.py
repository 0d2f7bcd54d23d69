"""sound - tones as tracks and as Opus packets, and what is heard of them"""
import asyncio
import fractions

import numpy
from aiortc import MediaStreamTrack
from aiortc.codecs.opus import OpusEncoder
from av import AudioFrame

from lib import opus

LOUDNESS = 0.5


def tone_frame(hertz, number, loudness=LOUDNESS):
    """20 ms of a tone, the number-th since it began."""
    seconds = (numpy.arange(opus.FRAME) + number * opus.FRAME) / opus.RATE
    samples = (loudness * 32767 * numpy.sin(2 * numpy.pi * hertz * seconds)).astype(numpy.int16)
    frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = opus.RATE
    frame.pts = number * opus.FRAME
    frame.time_base = fractions.Fraction(1, opus.RATE)
    return frame


def tone_packets(hertz, count):
    """That many Opus packets of 20 ms."""
    encoder = OpusEncoder()
    frames = (tone_frame(hertz, number) for number in range(count))
    return [packet for frame in frames for packet in encoder.encode(frame)[0]]


class Tone(MediaStreamTrack):
    """A source that never ends; hertz and loudness may be changed while it sounds."""

    kind = "audio"

    def __init__(self, hertz):
        super().__init__()
        self.hertz = hertz
        self.loudness = LOUDNESS
        self._began = None
        self._number = 0

    async def recv(self):
        """The next 20 ms, when it is time for them."""
        now = asyncio.get_running_loop().time()
        if self._began is None:
            self._began = now
        await asyncio.sleep(max(0, self._began + self._number * 0.02 - now))
        self._number += 1
        return tone_frame(self.hertz, self._number - 1, self.loudness)


class Ear:
    """All that a track brings, from now on."""

    def __init__(self, track):
        self._track = track
        self._pieces = []
        self._heard = asyncio.Condition()
        self._task = asyncio.create_task(self._listen())

    async def _listen(self):
        try:
            while True:
                frame = await self._track.recv()
                samples = frame.to_ndarray().reshape(-1)[::len(frame.layout.channels)] / 32768
                async with self._heard:
                    self._pieces.append(samples)
                    self._heard.notify_all()
        except (Exception, asyncio.CancelledError):  # pylint: disable=broad-except
            pass  # the track has ended, or its connection

    def close(self):
        """Hear no more."""
        self._task.cancel()

    def samples(self, since=0):
        """What came after so many samples."""
        return numpy.concatenate(self._pieces or [numpy.zeros(0)])[since:]

    def length(self):
        """Samples heard so far."""
        return sum(len(piece) for piece in self._pieces)

    async def hear(self, hertz, seconds, within=20):
        """Wait until this tone has sounded for so long, of what comes from now on."""
        since = self.length()
        async with self._heard:
            await asyncio.wait_for(self._heard.wait_for(
                lambda: opus.tone_seconds(self.samples(since), hertz) >= seconds), within)
