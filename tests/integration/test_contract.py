"""test_contract.py - every verb of the contract, every field of its answers"""
import re
import time

import pytest

from lib.client import assert_refused
from lib.cluster import APP_ID, CERTIFICATE
from lib.token006 import assert_token, parse

CHANNEL = re.compile(r"ch_[0-9A-Za-z]{9}[A-Za-z]")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
ENTRY = ["appID", "channel", "uid", "token"]  # as the contract shows it; the rest is added
ENTRY_ADDED = {"call_id", "token_expires_at", "ring_expires_at"}
ROW = ["id", "uid", "channel", "status", "_status_label", "createtime", "pk"]
ROW_ADDED = {"call_id", "src_uid", "state", "reason", "created_at", "ring_expires_at"}
CALL = {"call_id", "channel", "src_uid", "dst_uid", "kind", "status", "_status_label", "state",
        "reason", "ended_by", "robot", "created_at", "answered_at", "ended_at", "ring_expires_at"}
LABELS = {"created": (0, "初始化"), "ringing": (1, "响铃中"), "answered": (2, "通话中"),
          "completed": (3, "已结束"), "rejected": (4, "已拒绝"), "cancelled": (5, "已取消"),
          "missed": (6, "未接听")}
UNKNOWN_CHANNEL = "ch_000000000a"


def seconds_of(text):
    """RFC 3339 in UTC as seconds since the epoch."""
    assert TIME.fullmatch(text), text
    return time.mktime(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone


def assert_entry(entry, uid, marks=()):
    """It has the contract's fields first, and its token opens this channel for this uid."""
    assert list(entry)[:4] == ENTRY
    assert set(entry) == {*ENTRY, *ENTRY_ADDED, *marks}
    assert all(entry[mark] is True for mark in marks)
    assert entry["appID"] == APP_ID and entry["uid"] == uid
    assert CHANNEL.fullmatch(entry["channel"]) and UUID.fullmatch(entry["call_id"])
    token = assert_token(entry["token"], APP_ID, CERTIFICATE, entry["channel"], uid)
    ends = seconds_of(entry["token_expires_at"])
    assert ends - time.time() == pytest.approx(3600, abs=10)
    assert set(token.privileges.values()) == {int(ends)}


def assert_call(call, state, reason=None, ended_by=None):
    """The `call` object in a state, all its fields there."""
    assert set(call) == CALL
    assert (call["status"], call["_status_label"]) == LABELS[state]
    assert (call["state"], call["reason"], call["ended_by"]) == (state, reason, ended_by)
    assert UUID.fullmatch(call["call_id"]) and CHANNEL.fullmatch(call["channel"])
    assert (call["ended_at"] is not None) == (ended_by is not None)
    for name in ("created_at", "ring_expires_at"):
        assert TIME.fullmatch(call[name])


def only_row(dapi, uid):
    """The one row of call/msg."""
    rows = dapi.messages(uid)
    assert len(rows) == 1, rows
    return rows[0]


# call/user

def test_call_user_gives_an_entry_for_the_caller(dapi, new_uid):
    src = new_uid()
    entry = dapi.call(src, new_uid())
    assert_entry(entry, src)
    assert seconds_of(entry["ring_expires_at"]) - time.time() == pytest.approx(60, abs=3)


def test_call_user_works_without_dst_uid(dapi, new_uid):
    src = new_uid()
    assert_entry(dapi.call(src), src)


@pytest.mark.parametrize("uid", ["1", "4294967295", "4294967296", "007", "alice", "a b", "a@b.c",
                                 "!#$%&()+-:;<=.>?@[]^_{}|~,", "x" * 64])
def test_every_uid_of_agoras_characters_can_call_and_be_called(dapi, uid, new_uid):
    assert_entry(dapi.call(uid, new_uid()), uid)
    assert_entry(dapi.call(new_uid(), uid), dapi.messages(uid)[0]["src_uid"])


def test_ring_seconds_says_how_long_it_rings(dapi, new_uid):
    for seconds in (5, 180):
        entry = dapi.call(new_uid(), new_uid(), ring_seconds=seconds)
        assert seconds_of(entry["ring_expires_at"]) - time.time() == pytest.approx(seconds, abs=3)


def test_each_call_has_its_own_channel(dapi, new_uid):
    channels = {dapi.call(new_uid(), new_uid())["channel"] for _ in range(50)}
    assert len(channels) == 50


def test_calling_again_while_it_rings_is_the_same_call(dapi, call):
    again = dapi.call(call["src"], call["dst"])
    assert_entry(again, call["src"], marks=("redial",))
    assert (again["channel"], again["call_id"]) == (call["channel"], call["call_id"])
    assert only_row(dapi, call["dst"])["channel"] == call["channel"]


def test_calling_again_after_the_end_is_another_call(dapi, call):
    dapi.end(call["src"], call["channel"])
    again = dapi.call(call["src"], call["dst"])
    assert_entry(again, call["src"])
    assert again["channel"] != call["channel"]


def test_calling_back_while_it_rings_answers_it(dapi, call):
    back = dapi.call(call["dst"], call["src"])
    assert_entry(back, call["dst"], marks=("glare",))
    assert (back["channel"], back["call_id"]) == (call["channel"], call["call_id"])
    assert only_row(dapi, call["dst"])["status"] == 2
    assert dapi.messages(call["src"]) == []


# call/msg

def test_call_msg_shows_the_contracts_row(dapi, call):
    row = only_row(dapi, call["dst"])
    assert list(row)[:7] == ROW and set(row) == {*ROW, *ROW_ADDED}
    assert row["id"] == row["pk"] and isinstance(row["id"], int) and row["id"] > 0
    assert row["uid"] == int(call["dst"]) and row["channel"] == call["channel"]
    assert (row["status"], row["_status_label"], row["state"]) == (0, "初始化", "created")
    assert row["src_uid"] == call["src"] and row["call_id"] == call["call_id"]
    assert row["reason"] is None and row["ring_expires_at"] == call["ring_expires_at"]


def test_createtime_is_the_time_in_shanghai(dapi, call):
    row = only_row(dapi, call["dst"])
    created = seconds_of(row["created_at"])
    in_shanghai = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(created + 8 * 3600))
    assert row["createtime"] == in_shanghai
    assert created == pytest.approx(time.time(), abs=5)


@pytest.mark.parametrize("uid, shown", [("4294967295", 4294967295), ("4294967296", "4294967296"),
                                        ("0123", "0123"), ("bob", "bob")])
def test_only_a_canonical_number_is_shown_as_one(dapi, uid, shown, new_uid):
    dapi.call(new_uid(), uid)
    assert dapi.messages(uid)[0]["uid"] == shown
    assert type(dapi.messages(uid)[0]["uid"]) is type(shown)


def test_call_msg_is_newest_first_and_shows_ended_calls(dapi, new_uid):
    dst, callers = new_uid(), [new_uid() for _ in range(3)]
    channels = [dapi.call(src, dst)["channel"] for src in callers]
    dapi.end(callers[1], channels[1])
    rows = dapi.messages(dst)
    assert [row["channel"] for row in rows] == channels[::-1]
    assert [row["status"] for row in rows] == [0, 5, 0]
    assert rows[1]["reason"] == "cancelled"
    assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), reverse=True)


def test_call_msg_of_a_uid_that_nobody_called_is_empty(dapi, call, new_uid):
    assert dapi.messages(call["src"]) == []
    assert dapi.messages(new_uid()) == []


# call/recieve

@pytest.mark.parametrize("path", ["/dapi/call/recieve", "/dapi/call/receive"])
def test_the_callee_answers(dapi, call, path):
    answer = dapi.post(path, json={"uid": call["dst"], "channel": call["channel"]})
    assert_entry(answer.data, call["dst"])
    assert answer.data["channel"] == call["channel"]
    row = only_row(dapi, call["dst"])
    assert (row["status"], row["_status_label"], row["state"]) == (2, "通话中", "answered")


def test_answering_again_gives_the_entry_again(dapi, call):
    first = dapi.recieve(call["dst"], call["channel"])
    assert_entry(dapi.recieve(call["dst"], call["channel"]), call["dst"])
    assert dapi.recieve(call["dst"], call["channel"])["call_id"] == first["call_id"]


def test_only_the_first_device_answers(dapi, call):
    def recieve(device):
        fields = {"uid": call["dst"], "channel": call["channel"]}
        return dapi.post("/dapi/call/recieve",
                         json=fields | ({"device_id": device} if device else {}))
    assert_entry(recieve("phone").data, call["dst"])
    assert_refused(recieve("tablet"), 409, "answered_elsewhere")
    assert_entry(recieve("phone").data, call["dst"])
    assert_entry(recieve(None).data, call["dst"])


def test_a_device_that_lost_the_race_does_not_end_the_call(dapi, call):
    fields = {"uid": call["dst"], "channel": call["channel"]}
    dapi.post("/dapi/call/recieve", json=fields | {"device_id": "phone"})
    ended = dapi.post("/dapi/call/end", json=fields | {"device_id": "tablet"})
    assert_call(ended.data, "answered")
    ended = dapi.post("/dapi/call/end", json=fields | {"device_id": "phone"})
    assert_call(ended.data, "completed", "completed", "callee")


def test_a_call_without_dst_uid_is_claimed_by_the_first_who_answers(dapi, new_uid):
    src, first, second = new_uid(), new_uid(), new_uid()
    channel = dapi.call(src)["channel"]
    assert_entry(dapi.recieve(first, channel), first)
    late = dapi.post("/dapi/call/recieve", json={"uid": second, "channel": channel})
    assert_refused(late, 403, "not_a_party")
    assert only_row(dapi, first)["channel"] == channel
    assert dapi.end(first, channel)["dst_uid"] == first


def test_who_is_no_callee_cannot_answer(dapi, call, new_uid):
    for uid in (new_uid(), call["src"]):
        answer = dapi.post("/dapi/call/recieve", json={"uid": uid, "channel": call["channel"]})
        assert_refused(answer, 403, "not_a_party")
    assert only_row(dapi, call["dst"])["status"] == 0


def test_an_ended_call_cannot_be_answered(dapi, call):
    dapi.end(call["src"], call["channel"])
    fields = {"uid": call["dst"], "channel": call["channel"]}
    assert_refused(dapi.post("/dapi/call/recieve", json=fields), 409, "call_ended")


# call/end

def test_the_caller_gives_up(dapi, call):
    ended = dapi.end(call["src"], call["channel"])
    assert_call(ended, "cancelled", "cancelled", "caller")
    assert ended["dst_uid"] == call["dst"] and ended["answered_at"] is None
    assert (ended["kind"], ended["robot"]) == ("user", "none")


def test_the_callee_declines(dapi, call):
    assert_call(dapi.end(call["dst"], call["channel"]), "rejected", "rejected", "callee")


@pytest.mark.parametrize("who, ended_by", [("src", "caller"), ("dst", "callee")])
def test_either_side_hangs_up(dapi, call, who, ended_by):
    dapi.recieve(call["dst"], call["channel"])
    ended = dapi.end(call[who], call["channel"])
    assert_call(ended, "completed", "completed", ended_by)
    assert seconds_of(ended["answered_at"]) <= seconds_of(ended["ended_at"])


def test_ending_again_gives_the_stored_outcome(dapi, call):
    first = dapi.end(call["src"], call["channel"])
    assert dapi.end(call["dst"], call["channel"]) == first
    assert dapi.end(call["src"], call["channel"]) == first


def test_a_call_that_nobody_claimed_can_be_ended_by_its_caller(dapi, new_uid):
    src = new_uid()
    ended = dapi.end(src, dapi.call(src)["channel"])
    assert_call(ended, "cancelled", "cancelled", "caller")
    assert ended["dst_uid"] is None


def test_a_stranger_cannot_end_a_call(dapi, call, new_uid):
    answer = dapi.post("/dapi/call/end", json={"uid": new_uid(), "channel": call["channel"]})
    assert_refused(answer, 403, "not_a_party")
    assert only_row(dapi, call["dst"])["status"] == 0


# channel/join

@pytest.mark.parametrize("who", ["src", "dst"])
def test_a_party_enters_again_with_a_fresh_token(dapi, call, who):
    dapi.recieve(call["dst"], call["channel"])
    first, second = (dapi.join(call[who], call["channel"]).data for _ in range(2))
    assert_entry(first, call[who])
    assert first["channel"] == call["channel"] and first["call_id"] == call["call_id"]
    assert parse(first["token"]).salt != parse(second["token"]).salt


def test_a_closed_channel_cannot_be_entered(dapi, call):
    dapi.end(call["src"], call["channel"])
    assert_refused(dapi.join(call["src"], call["channel"]), 409, "call_ended")


def test_the_caller_of_a_declined_call_can_stay_until_it_ends_it(dapi, call):
    dapi.end(call["dst"], call["channel"])
    assert_entry(dapi.join(call["src"], call["channel"]).data, call["src"])
    assert_call(dapi.end(call["src"], call["channel"]), "rejected", "rejected", "callee")
    assert_refused(dapi.join(call["src"], call["channel"]), 409, "call_ended")


def test_a_stranger_gets_no_token(dapi, call, new_uid):
    assert_refused(dapi.join(new_uid(), call["channel"]), 403, "not_a_party")


@pytest.mark.parametrize("path", ["/dapi/call/recieve", "/dapi/call/end", "/dapi/channel/join",
                                  "/dapi/invite/robot"])
def test_a_channel_without_call_is_not_found(dapi, path, new_uid):
    answer = dapi.post(path, json={"uid": new_uid(), "channel": UNKNOWN_CHANNEL})
    assert_refused(answer, 404, "call_not_found")


# robots

def test_call_robot_gives_an_entry_and_an_answered_call(dapi, new_uid):
    src = new_uid()
    entry = dapi.post("/dapi/call/robot", json={"src_uid": src}).data
    assert_entry(entry, src)
    ended = dapi.end(src, entry["channel"])
    assert_call(ended, "completed", "completed", "caller")
    assert (ended["kind"], ended["dst_uid"]) == ("robot", None)


def test_a_robot_is_invited_into_a_declined_call(dapi, call):
    dapi.end(call["dst"], call["channel"])
    invited = dapi.post("/dapi/invite/robot", json={"channel": call["channel"]}).data
    assert_call(invited, "rejected", "rejected", "callee")
    assert invited["robot"] == "waiting"
    again = dapi.post("/dapi/invite/robot", json={"channel": call["channel"]}).data
    assert again == invited
    dapi.end(call["src"], call["channel"])


def test_no_robot_enters_a_closed_channel(dapi, call):
    dapi.end(call["src"], call["channel"])
    answer = dapi.post("/dapi/invite/robot", json={"channel": call["channel"]})
    assert_refused(answer, 409, "call_ended")


def test_a_stranger_invites_no_robot(dapi, call, new_uid):
    fields = {"channel": call["channel"], "uid": new_uid()}
    assert_refused(dapi.post("/dapi/invite/robot", json=fields), 403, "not_a_party")


@pytest.mark.parametrize("audio", ["nothing-of-this-name", "../secret", "/etc/passwd"])
def test_audio_is_a_name_of_the_catalogue(dapi, new_uid, audio):
    answer = dapi.post("/dapi/call/robot", json={"src_uid": new_uid(), "audio": audio})
    assert_refused(answer, 400, "bad_field", "audio")


# openapi.json

def test_openapi_describes_every_verb(dapi):
    document = dapi.get("/openapi.json").json
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["title"] and document["info"]["version"]
    verbs = {"/dapi/call/user", "/dapi/call/robot", "/dapi/call/msg", "/dapi/call/recieve",
             "/dapi/call/receive", "/dapi/call/end", "/dapi/channel/join", "/dapi/invite/robot"}
    assert verbs <= set(document["paths"])
    for path in verbs:
        verb = document["paths"][path]["post"]
        assert "application/json" in verb["requestBody"]["content"]
        assert "200" in verb["responses"]


def test_every_reference_of_openapi_leads_somewhere(dapi):
    document = dapi.get("/openapi.json").json
    for reference in re.findall(r"'\$ref': '#/([^']+)'", str(document)):
        part = document
        for name in reference.split("/"):
            part = part[name]
