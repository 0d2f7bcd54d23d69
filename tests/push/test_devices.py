"""test_devices.py - /dapi/device/register and unregister as clients see them"""
import secrets

import pytest

from lib.client import assert_refused
from lib.keys import Key, bearer, write_keys

REGISTER, UNREGISTER = "/dapi/device/register", "/dapi/device/unregister"


def device(uid, **fields):
    """A phone of Apple's, of a token that nobody has."""
    return {"uid": uid, "platform": "apns", "token": secrets.token_hex(32),
            "app": "com.example.phone", **fields}


def test_many_devices_come_and_go(dapi, new_uid):
    """data says how many the uid has."""
    uid = new_uid()
    first = device(uid, device_id="phone", alert_token=secrets.token_hex(32))
    second = device(uid, platform="fcm", token="fcm:" + secrets.token_urlsafe(120))
    assert dapi.post(REGISTER, json=first).data == {"devices": 1}
    assert dapi.post(REGISTER, form=second).data == {"devices": 2}
    assert dapi.post(REGISTER, query=first).data == {"devices": 2}
    assert dapi.post(UNREGISTER, json={"uid": uid, "token": first["token"]}).data == {"devices": 1}
    again = dapi.post(UNREGISTER, json={"uid": uid, "token": first["token"]})
    assert_refused(again, 404, "device_not_found")


def test_the_last_uid_has_the_token(dapi, new_uid):
    phone = device(new_uid())
    assert dapi.post(REGISTER, json=phone).data == {"devices": 1}
    other = {**phone, "uid": new_uid(), "environment": "sandbox"}
    assert dapi.post(REGISTER, json=other).data == {"devices": 1}
    gone = dapi.post(UNREGISTER, json={"uid": phone["uid"], "token": phone["token"]})
    assert_refused(gone, 404, "device_not_found")


@pytest.mark.parametrize("field, value", [
    ("uid", "0"), ("platform", "pigeon"), ("environment", "test"), ("token", ""),
    ("token", "not hexadecimal"), ("token", "abc"), ("token", "ab" * 513), ("app", "a/b"),
    ("app", ""), ("app", "x\r\napns-topic: y"), ("alert_token", "zz"), ("device_id", "x" * 129)])
def test_bad_fields_are_refused_by_name(dapi, new_uid, field, value):
    phone = {**device(new_uid()), field: value}
    assert_refused(dapi.post(REGISTER, json=phone), 400, "bad_field", field)


@pytest.mark.parametrize("field", ["uid", "platform", "token", "app"])
def test_missing_fields_are_refused_by_name(dapi, new_uid, field):
    phone = device(new_uid())
    del phone[field]
    assert_refused(dapi.post(REGISTER, json=phone), 400, "bad_field", field)


def test_the_document_describes_both(dapi):
    paths = dapi.get("/openapi.json").json["paths"]
    assert {REGISTER, UNREGISTER} <= set(paths)


def test_with_authentication_only_for_ones_own_uid(make_cluster, new_uid, tmp_path):
    """Nobody may have another's calls on his phone, or take another's phone away."""
    key = Key("ES256")
    write_keys(tmp_path / "keys.json", key)
    dapi = make_cluster(DAPI_AUTH="jwt", DAPI_JWT_KEYS_FILE=str(tmp_path / "keys.json"),
                        DAPI_JWT_AUDIENCE="dapi", DAPI_JWT_ISSUER="test").start(
                            "callsvc", "tokensvc", "gateway").client
    uid, other = new_uid(), new_uid()
    own = bearer(key.token(uid, aud="dapi", iss="test"))
    foreign = bearer(key.token(other, aud="dapi", iss="test"))
    phone = device(uid)
    leave = {"uid": uid, "token": phone["token"]}
    assert_refused(dapi.post(REGISTER, json=phone), 401, "auth_missing")
    assert_refused(dapi.post(REGISTER, json=phone, headers=foreign), 403, "uid_foreign", "uid")
    assert dapi.post(REGISTER, json=phone, headers=own).data == {"devices": 1}
    assert_refused(dapi.post(UNREGISTER, json=leave, headers=foreign), 403, "uid_foreign", "uid")
    assert dapi.post(UNREGISTER, json=leave, headers=own).data == {"devices": 0}
