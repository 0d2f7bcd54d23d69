"""tokens - keys of the run's own for DAPI_AUTH=jwt, and tokens that they sign (HS256, RFC 7519)"""
import base64
import hashlib
import hmac
import json
import os
import secrets
import time

from launch import Unusable

LIFE_SECONDS = 24 * 3600


def _base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def keys_path(folder):
    """Where a run in this folder keeps its keys."""
    return f"{folder}/jwt_keys.json"


def kept_keys(folder):
    """The file with one secret, made once; the owner alone may read it."""
    path = keys_path(folder)
    key = {"kty": "oct", "kid": "run", "k": _base64url(secrets.token_bytes(32))}
    try:
        if not os.path.exists(path):
            with open(f"{path}.new", "w", encoding="ascii",
                      opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                json.dump({"keys": [key]}, file)
            os.rename(f"{path}.new", path)
    except OSError as error:
        raise Unusable(f"DAPI_RUN_DIR: cannot keep {path}: {error.strerror}") from error
    return path


def make_token(path, uid, audience="dapi", seconds=LIFE_SECONDS):
    """A token with which one may act as the uid."""
    try:
        with open(path, encoding="ascii") as file:
            key = json.load(file)["keys"][0]
    except (OSError, ValueError, LookupError) as error:
        raise Unusable(f"{path} holds no keys of a run: start one with DAPI_AUTH=jwt") from error
    header = {"alg": "HS256", "kid": key["kid"]}
    claims = {"sub": uid, "aud": audience, "exp": int(time.time()) + seconds}
    text = ".".join(_base64url(json.dumps(part).encode()) for part in (header, claims))
    mac = hmac.new(_decode(key["k"]), text.encode(), hashlib.sha256).digest()
    return f"{text}.{_base64url(mac)}"
