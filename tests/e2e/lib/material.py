"""material - what browsers are given: a tone for a microphone, a certificate to be told to take"""
import subprocess
import wave

import numpy

RATE = 48000
TONE_SECONDS, PERIOD_SECONDS = 0.5, 0.8  # a steady tone would be taken for noise, and suppressed
PERIODS = 5


def write_tone(path, hertz):
    """A wave file of a tone with pauses, which can be repeated without a crack."""
    seconds = numpy.arange(int(RATE * PERIOD_SECONDS * PERIODS)) / RATE
    is_on = seconds % PERIOD_SECONDS < TONE_SECONDS
    samples = 0.5 * numpy.sin(2 * numpy.pi * hertz * seconds) * is_on
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def tls_settings(folder):
    """For a gateway: a self-signed certificate."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=dapi",
                    "-out", certificate, "-keyout", key], check=True, capture_output=True)
    return {"DAPI_TLS_CERTIFICATE_FILE": str(certificate), "DAPI_TLS_KEY_FILE": str(key)}
