"""test_verbs.py - the verbs beyond the contract, and the key with which one asks again"""
import pytest

from lib.client import assert_refused

UNKNOWN_CHANNEL = "ch_000000000a"


def show(dapi, channel, uid):
    """GET /dapi/call/{channel}, whatever it says."""
    return dapi.get(f"/dapi/call/{channel}", query={"uid": uid})


# GET /dapi/call/{channel}

def test_both_parties_see_the_call(dapi, call):
    seen = [show(dapi, call["channel"], uid).data for uid in (call["src"], call["dst"])]
    assert seen[0] == seen[1]
    assert seen[0]["call_id"] == call["call_id"] and seen[0]["state"] == "created"


def test_others_do_not_see_the_call(dapi, call, new_uid):
    assert_refused(show(dapi, call["channel"], new_uid()), 403, "not_a_party")


def test_whoever_knows_the_channel_sees_a_call_that_nobody_has_claimed(dapi, new_uid):
    src, dst, late = new_uid(), new_uid(), new_uid()
    channel = dapi.call(src)["channel"]
    assert show(dapi, channel, late).data["dst_uid"] is None
    dapi.recieve(dst, channel)
    assert_refused(show(dapi, channel, late), 403, "not_a_party")
    assert show(dapi, channel, dst).data["dst_uid"] == dst


def test_a_call_that_has_ended_is_seen(dapi, call):
    dapi.end(call["src"], call["channel"])
    assert show(dapi, call["channel"], call["dst"]).data["reason"] == "cancelled"


def test_there_must_be_such_a_call(dapi, new_uid):
    assert_refused(show(dapi, UNKNOWN_CHANNEL, new_uid()), 404, "call_not_found")


@pytest.mark.parametrize("path, field", [
    ("/dapi/call/ch_000000000a", "uid"),
    ("/dapi/call/ch_000000000a?uid=0", "uid"),
    ("/dapi/call/ch_000000000a?uid=1&uid=2", "uid"),
    ("/dapi/call/ch_000000000a?uid=1&channel=ch_000000000b", "channel"),
    ("/dapi/call/%01?uid=1", "channel"),
    ("/dapi/call/" + "a" * 65 + "?uid=1", "channel"),
])
def test_what_is_wrong_is_named(dapi, path, field):
    assert_refused(dapi.get(path), 400, "bad_field", field)


def test_a_verb_is_no_channel(dapi):
    answer = dapi.get("/dapi/call/end?uid=1")
    assert_refused(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST"


def test_a_channel_is_only_looked_at(dapi, call):
    answer = dapi.post(f"/dapi/call/{call['channel']}", json={"uid": call["src"]})
    assert_refused(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET"


# ringing, reject

def act(dapi, name, uid, channel, **more):
    """A verb of one party, whatever it says."""
    return dapi.post(f"/dapi/call/{name}", json={"uid": uid, "channel": channel, **more})


def test_a_call_that_rings_can_be_declined(dapi, call):
    ringing = act(dapi, "ringing", call["dst"], call["channel"], device_id="phone").data
    assert (ringing["state"], ringing["status"]) == ("ringing", 1)
    declined = act(dapi, "reject", call["dst"], call["channel"], device_id="phone").data
    assert (declined["state"], declined["reason"], declined["ended_by"]) == (
        "rejected", "rejected", "callee")


@pytest.mark.parametrize("name", ["ringing", "reject"])
def test_only_the_callee_rings_and_declines(dapi, call, new_uid, name):
    assert_refused(act(dapi, name, new_uid(), call["channel"]), 403, "not_a_party")
    assert_refused(act(dapi, name, call["dst"], UNKNOWN_CHANNEL), 404, "call_not_found")


@pytest.mark.parametrize("name", ["ringing", "reject"])
@pytest.mark.parametrize("fields, field", [
    ({"channel": "ch_a"}, "uid"), ({"uid": "1"}, "channel"), ({"uid": "0", "channel": "a"}, "uid"),
    ({"uid": "1", "channel": "ch_a", "device_id": "d" * 129}, "device_id")])
def test_their_fields_are_checked(dapi, name, fields, field):
    assert_refused(dapi.post(f"/dapi/call/{name}", json=fields), 400, "bad_field", field)


# history

def history(dapi, uid, **more):
    """Past calls, which must be well formed."""
    return dapi.post("/dapi/call/history", json={"uid": uid, **more}).data


def test_past_calls_are_told_to_both_newest_first(dapi, new_uid):
    src, dst = new_uid(), new_uid()
    channels = []
    for _ in range(3):
        channels.insert(0, dapi.call(src, dst)["channel"])
        dapi.end(src, channels[0])
    assert [row["channel"] for row in history(dapi, src)] == channels
    assert history(dapi, dst) == history(dapi, src)
    assert {row["talk_seconds"] for row in history(dapi, src)} == {0}


def test_the_past_comes_in_pages(dapi, new_uid):
    src, dst = new_uid(), new_uid()
    channels = []
    for _ in range(5):
        channels.insert(0, dapi.call(src, dst)["channel"])
        dapi.end(src, channels[0])
    rows = history(dapi, src, limit=2)
    while len(rows) < 5:
        page = history(dapi, src, limit=2, before=rows[-1]["created_at"])
        assert 0 < len(page) <= 2
        rows += page
    assert [row["channel"] for row in rows] == channels
    assert history(dapi, src, before=rows[-1]["created_at"]) == []


def test_before_may_stand_in_the_query(dapi, call):
    dapi.end(call["src"], call["channel"])
    row, = history(dapi, call["src"])
    for before, count in ((row["created_at"], 0), ("2999-01-01T00:00:00+08:00", 1)):
        answer = dapi.post("/dapi/call/history", query={"uid": call["src"], "before": before})
        assert len(answer.data) == count


@pytest.mark.parametrize("fields, field", [
    ({}, "uid"), ({"uid": "1", "before": "yesterday"}, "before"),
    ({"uid": "1", "before": 1767323045678}, "before"), ({"uid": "1", "limit": 0}, "limit"),
    ({"uid": "1", "limit": 101}, "limit"), ({"uid": "1", "limit": "x"}, "limit")])
def test_what_is_wrong_with_it_is_named(dapi, fields, field):
    assert_refused(dapi.post("/dapi/call/history", json=fields), 400, "bad_field", field)


# Idempotency-Key

@pytest.mark.parametrize("path", ["call/user", "call/robot", "invite/robot"])
@pytest.mark.parametrize("key", ["", "a b", "a" * 256, "schl\xfcssel"])
def test_a_key_is_visible_ascii(dapi, path, key):
    answer = dapi.post(f"/dapi/{path}", json={"src_uid": "1", "uid": "1", "channel": "ch_a"},
                       headers={"Idempotency-Key": key})
    assert_refused(answer, 400, "bad_field", "Idempotency-Key")


def test_a_verb_that_takes_no_key_does_not_look_at_it(dapi, new_uid):
    assert dapi.post("/dapi/call/msg", json={"uid": new_uid()},
                     headers={"Idempotency-Key": "a b"}).data == []


# Renewals

def test_a_renewal_never_ends_earlier(make_cluster):
    """Also where tokens are shorter now; whoever has had none yet gets the short one."""
    cluster = make_cluster().start("callsvc", "tokensvc", "gateway")
    first = cluster.client.call("1", "2")
    cluster["tokensvc"].terminate()
    cluster["tokensvc"].environment["DAPI_TOKEN_SECONDS"] = "60"
    cluster.start("tokensvc")
    cluster.await_ready("gateway")
    channel = first["channel"]
    renewed = cluster.client.join("1", channel).data
    assert renewed["token_expires_at"] >= first["token_expires_at"]
    assert cluster.client.recieve("2", channel)["token_expires_at"] < first["token_expires_at"]
