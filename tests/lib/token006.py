"""token006 - reads Agora's 006 tokens, written from the format's description alone

006, the app id, base64 of: signature, CRC-32 of channel and of uid, and the signed message, which
is salt, time, and privileges with their ends. Numbers are little-endian, strings carry 16-bit
lengths.
"""
import base64
import dataclasses
import hashlib
import hmac
import struct
import zlib

JOIN, PUBLISH_AUDIO = 1, 2


@dataclasses.dataclass
class Token:
    """What a token says."""
    app_id: str
    signature: bytes
    channel_crc: int
    uid_crc: int
    message: bytes
    salt: int
    ends_at: int
    privileges: dict


def take(form, data):
    """The numbers of `form` at the start of data, and the rest."""
    size = struct.calcsize(form)
    return struct.unpack(form, data[:size]), data[size:]


def take_string(data):
    """A string with its length before it, and the rest."""
    (size,), data = take("<H", data)
    assert len(data) >= size
    return data[:size], data[size:]


def parse(text):
    """Every byte of it must be accounted for."""
    assert text.startswith("006")
    signature, data = take_string(base64.b64decode(text[35:], validate=True))
    (channel_crc, uid_crc), data = take("<II", data)
    message, data = take_string(data)
    assert not data
    (salt, ends_at, count), rest = take("<IIH", message)
    privileges = {}
    for _ in range(count):
        (number, end), rest = take("<HI", rest)
        privileges[number] = end
    assert not rest and list(privileges) == sorted(privileges)
    return Token(text[3:35], signature, channel_crc, uid_crc, message, salt, ends_at, privileges)


def assert_token(text, app_id, certificate, channel, uid):
    """The token, which lets `uid` into `channel` and was signed with the certificate."""
    token = parse(text)
    assert token.app_id == app_id
    assert token.channel_crc == zlib.crc32(channel.encode())
    assert token.uid_crc == zlib.crc32(uid.encode())
    signed = app_id.encode() + channel.encode() + uid.encode() + token.message
    assert token.signature == hmac.digest(certificate.encode(), signed, hashlib.sha256)
    assert {JOIN, PUBLISH_AUDIO} <= set(token.privileges)
    return token
