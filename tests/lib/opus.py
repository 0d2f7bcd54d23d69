"""opus - decoding with libopus, and how long an Ogg/Opus file plays"""
import ctypes

import numpy

RATE = 48000
FRAME = RATE // 50  # 20 ms
SILENCE = b"\xf8\xff\xfe"  # a frame of 20 ms (RFC 6716: CELT, fullband, mono, nothing coded)
LONGEST_FRAME = 6 * FRAME


class Decoder:
    """Opus packets to mono samples between -1 and 1."""

    def __init__(self):
        self._library = ctypes.CDLL("libopus.so.0")
        self._library.opus_decoder_create.restype = ctypes.c_void_p
        error = ctypes.c_int()
        self._state = self._library.opus_decoder_create(RATE, 1, ctypes.byref(error))
        assert error.value == 0

    def close(self):
        """Free the library's memory."""
        self._library.opus_decoder_destroy(ctypes.c_void_p(self._state))

    def decode(self, packet):
        """The packet's samples."""
        samples = (ctypes.c_float * LONGEST_FRAME)()
        count = self._library.opus_decode_float(
            ctypes.c_void_p(self._state), packet, len(packet), samples, LONGEST_FRAME, 0)
        assert count > 0, f"libopus says {count}"
        return numpy.array(samples[:count])


def decode_all(packets):
    """The samples of packets in their order."""
    decoder = Decoder()
    try:
        return numpy.concatenate([decoder.decode(p) for p in packets] or [numpy.zeros(0)])
    finally:
        decoder.close()


def file_seconds(path):
    """What the last Ogg page's position says, less the decoder's lead-in (RFC 7845)."""
    data = path.read_bytes()
    last = data.rindex(b"OggS")
    head = data.index(b"OpusHead")
    position = int.from_bytes(data[last + 6:last + 14], "little")
    return (position - int.from_bytes(data[head + 10:head + 12], "little")) / RATE


def is_tone(frame, frequency):
    """Most of the frame's energy lies at the frequency, and it is loud enough to be heard."""
    if numpy.sqrt(numpy.mean(frame ** 2)) < 0.01:
        return False
    power = numpy.abs(numpy.fft.rfft(frame * numpy.hanning(len(frame)))) ** 2
    centre = round(frequency * len(frame) / RATE)
    return power[max(centre - 2, 0):centre + 3].sum() > 0.5 * power.sum()


def tone_seconds(samples, frequency):
    """How long the tone sounds in it, counted in frames of 20 ms."""
    frames = samples[:len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    return sum(is_tone(frame, frequency) for frame in frames) * FRAME / RATE


def peak_frequency(samples):
    """Of the strongest component, in Hz."""
    power = numpy.abs(numpy.fft.rfft(samples * numpy.hanning(len(samples))))
    return numpy.argmax(power) * RATE / len(samples)


def loudness(samples):
    """Root mean square; 0 for no samples."""
    return float(numpy.sqrt(numpy.mean(samples ** 2))) if len(samples) else 0.0
