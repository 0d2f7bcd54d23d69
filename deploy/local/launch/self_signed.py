"""self_signed - a certificate of the run's own, for browsers that are told to trust it

They give a page the microphone only over TLS, or on the server's own machine.
"""
import os
import subprocess

from launch import Unusable

DAYS = 397  # browsers take none that lasts longer
DAY_SECONDS = 24 * 3600


def own_addresses():
    """All of this machine's that others can ask, as text."""
    try:
        said = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return said.stdout.split()


def is_good(path):
    """It is there and does not end today. Who has told a browser to trust it need not do so again."""
    return subprocess.run(
        ["openssl", "x509", "-noout", "-checkend", str(DAY_SECONDS), "-in", path],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def kept_pair(folder):
    """(certificate, key): files, made once; the owner alone may read the key."""
    certificate, key = f"{folder}/tls_certificate.pem", f"{folder}/tls_key.pem"
    names = ["DNS:localhost", "IP:127.0.0.1", "IP:::1", *(f"IP:{a}" for a in own_addresses())]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
               "-nodes", "-days", str(DAYS), "-subj", "/CN=dapi", "-addext",
               f"subjectAltName={','.join(names)}", "-out", f"{certificate}.new", "-keyout", key]
    try:
        if not (os.path.exists(key) and is_good(certificate)):
            subprocess.run(command, capture_output=True, text=True, check=True, umask=0o077)
            os.rename(f"{certificate}.new", certificate)
    except OSError as error:
        raise Unusable(f"DAPI_TLS=self needs openssl: {error.strerror}") from error
    except subprocess.CalledProcessError as error:
        raise Unusable(f"DAPI_TLS=self: {error.stderr.strip()}") from error
    return certificate, key
