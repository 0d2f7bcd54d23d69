"""keys - who signs clients' tokens: keys, the file that the gateway reads, and tokens of any kind"""
import base64
import json
import os
import secrets
import time

import jwt
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

LIFE_SECONDS = 300


def base64url(data):
    """Without padding, as JOSE has it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    """A key of its own id; `algorithm` is HS256, RS256 or ES256."""

    def __init__(self, algorithm, kid=None):
        self.algorithm = algorithm
        self.kid = kid or f"{algorithm}-{secrets.token_hex(4)}"
        self.private = {"HS256": lambda: secrets.token_bytes(32),
                        "RS256": lambda: rsa.generate_private_key(65537, 2048),
                        "ES256": lambda: ec.generate_private_key(ec.SECP256R1())}[algorithm]()

    @property
    def jwk(self):
        """As it stands in the gateway's file: of key pairs the public half."""
        if self.algorithm == "HS256":
            known = {"kty": "oct", "k": base64url(self.private)}
        elif self.algorithm == "RS256":
            known = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key()))
        else:
            point = self.private.public_key().public_numbers()
            known = {"kty": "EC", "crv": "P-256", "x": base64url(point.x.to_bytes(32, "big")),
                     "y": base64url(point.y.to_bytes(32, "big"))}
        known.pop("key_ops", None)
        return {**known, "kid": self.kid, "alg": self.algorithm, "use": "sig"}

    @property
    def public_pem(self):
        """What an attacker knows of a key pair."""
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def token(self, sub, headers=None, **claims):
        """A good token for a uid, but for what is given: what is None is left out."""
        now = int(time.time())
        claims = {"sub": sub, "aud": "dapi", "iat": now, "exp": now + LIFE_SECONDS, **claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        headers = {"kid": self.kid, **(headers or {})}
        headers = {name: value for name, value in headers.items() if value is not None}
        return jwt.encode(claims, self.private, self.algorithm, headers)


def sign_hs256(secret, header, claims):
    """A token signed with any bytes: PyJWT refuses those that look like a public key."""
    text = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
    mac = hmac.HMAC(secret, hashes.SHA256())
    mac.update(text.encode())
    return f"{text}.{base64url(mac.finalize())}"


def write_keys(path, *keys):
    """Put a file with these keys in the place of what was there, at once."""
    new = path.with_name(path.name + ".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps({"keys": [key.jwk for key in keys]}))
    os.replace(new, path)


def bearer(token):
    """Headers that carry it."""
    return {"Authorization": f"Bearer {token}"}
