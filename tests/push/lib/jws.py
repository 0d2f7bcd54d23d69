"""jws - reads and verifies signed tokens (RFC 7515), without the library that made them"""
import base64
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature


def decode(text):
    """Base64url without padding."""
    assert "=" not in text
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _verify(algorithm, public_key, signature, signed):
    if algorithm == "ES256":
        assert len(signature) == 64, "r and s, 32 bytes each"
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        public_key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    else:
        assert algorithm == "RS256"
        public_key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())


def read(token, public_key, algorithm):
    """(header, claims) of a token whose signature is good; an exception if it is not."""
    head, body, signature = token.split(".")
    header = json.loads(decode(head))
    assert header["alg"] == algorithm, header
    _verify(algorithm, public_key, decode(signature), f"{head}.{body}".encode())
    return header, json.loads(decode(body))
