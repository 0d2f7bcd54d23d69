"""test_idempotency.py - a client that asks again with its Idempotency-Key gets what came of it first"""
import secrets

import pytest

from lib.client import assert_refused
from lib.cluster import APP_ID, CERTIFICATE
from lib.token006 import assert_token

TWINS = 8


def ask(dapi, path, key, **fields):
    """Whatever it says."""
    return dapi.post(f"/dapi/{path}", json=fields, headers={"Idempotency-Key": key})


def is_replayed(answer):
    """It says that it was asked before."""
    return answer.headers.get("Idempotent-Replayed") == "true"


@pytest.fixture(name="key")
def fresh_key():
    """One that nobody has used."""
    return secrets.token_hex(8)


def test_a_call_that_is_asked_for_again_is_the_same(dapi, new_uid, key):
    src, dst = new_uid(), new_uid()
    first, again = (ask(dapi, "call/user", key, src_uid=src, dst_uid=dst) for _ in range(2))
    assert not is_replayed(first) and is_replayed(again)
    for field in ("channel", "call_id", "ring_expires_at"):
        assert again.data[field] == first.data[field]
    assert again.data["token_expires_at"] >= first.data["token_expires_at"]
    assert_token(again.data["token"], APP_ID, CERTIFICATE, again.data["channel"], src)
    assert len(dapi.messages(dst)) == 1


def test_parameters_are_compared_however_they_came(dapi, new_uid, key):
    src, dst = new_uid(), new_uid()
    first = ask(dapi, "call/user", key, src_uid=src, dst_uid=dst)
    again = dapi.post("/dapi/call/user", form={"dst_uid": dst, "src_uid": src},
                      headers={"Idempotency-Key": key})
    assert is_replayed(again) and again.data["channel"] == first.data["channel"]


def test_other_fields_are_refused(dapi, new_uid, key):
    src = new_uid()
    ask(dapi, "call/user", key, src_uid=src, dst_uid=new_uid())
    assert_refused(ask(dapi, "call/user", key, src_uid=src, dst_uid=new_uid()), 422,
                   "idempotency_mismatch")


def test_twins_are_one_call(dapi, new_uid, key):
    src, dst = new_uid(), new_uid()
    twins = [dapi.prepare("POST", "/dapi/call/user", json={"src_uid": src, "dst_uid": dst},
                          headers={"Idempotency-Key": key}) for _ in range(TWINS)]
    for twin in twins:
        twin.send()
    answers = [twin.answer() for twin in twins]
    assert len({answer.data["channel"] for answer in answers}) == 1
    assert sorted(map(is_replayed, answers)) == [False] + [True] * (TWINS - 1)


def test_of_a_call_that_has_ended_only_its_end_is_told(dapi, new_uid, key):
    src, dst = new_uid(), new_uid()
    channel = ask(dapi, "call/user", key, src_uid=src, dst_uid=dst).data["channel"]
    ended = dapi.end(src, channel)
    again = ask(dapi, "call/user", key, src_uid=src, dst_uid=dst)
    assert is_replayed(again) and again.data == ended


def test_a_robot_is_called_once(dapi, cluster, new_uid, key):
    src = new_uid()
    first, again = (ask(dapi, "call/robot", key, src_uid=src, audio="tone") for _ in range(2))
    assert not is_replayed(first) and is_replayed(again)
    assert again.data["channel"] == first.data["channel"]
    handle = cluster.janus.handle()
    try:
        assert handle.robot(first.data["channel"])
    finally:
        handle.close()
    ended = dapi.end(src, first.data["channel"])
    last = ask(dapi, "call/robot", key, src_uid=src, audio="tone")
    assert is_replayed(last) and last.data == ended


def test_a_robot_is_invited_once(dapi, call, key):
    asked = {"channel": call["channel"], "uid": call["src"], "audio": "tone"}
    first, again = (ask(dapi, "invite/robot", key, **asked) for _ in range(2))
    assert not is_replayed(first) and is_replayed(again)
    assert again.data["robot"] == first.data["robot"] == "waiting"
    dapi.end(call["src"], call["channel"])
    last = ask(dapi, "invite/robot", key, **asked)
    assert is_replayed(last) and last.data["robot"] == "done"
