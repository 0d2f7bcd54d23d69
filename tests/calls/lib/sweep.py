"""sweep - a recording whose pitch tells where in it one is"""
import av
import numpy
from av import AudioFrame

from lib import opus

FIRST_HERTZ = 300
HERTZ_A_SECOND = 35
SHORT_SECONDS = 4  # for a test that hears all of it
HIGHEST_HERTZ = 2500  # beyond are the voices of tests
WINDOW = opus.RATE // 10
BITRATE = 24000


def write_sweep(path, seconds):
    """An Ogg/Opus file."""
    at = numpy.arange(int(seconds * opus.RATE)) / opus.RATE
    turns = FIRST_HERTZ * at + HERTZ_A_SECOND * at ** 2 / 2
    samples = (16000 * numpy.sin(2 * numpy.pi * turns)).astype(numpy.int16)
    with av.open(str(path), "w", format="ogg") as file:
        stream = file.add_stream("libopus", rate=opus.RATE, layout="mono",
                                 options={"frame_duration": "20"})
        stream.bit_rate = BITRATE
        for begin in range(0, len(samples), opus.FRAME):
            file.mux(stream.encode(frame_of(samples, begin)))
        file.mux(stream.encode(None))


def frame_of(samples, begin):
    """20 ms of them."""
    frame = AudioFrame.from_ndarray(samples[begin:begin + opus.FRAME].reshape(1, -1), format="s16",
                                    layout="mono")
    frame.sample_rate = opus.RATE
    frame.pts = begin
    return frame


def positions(samples):
    """Seconds into the recording, of each window in which it is heard."""
    windows = samples[:len(samples) // WINDOW * WINDOW].reshape(-1, WINDOW)
    pitches = (opus.peak_frequency(window) for window in windows if opus.loudness(window) > 0.05)
    return [(pitch - FIRST_HERTZ) / HERTZ_A_SECOND for pitch in pitches if pitch < HIGHEST_HERTZ]
