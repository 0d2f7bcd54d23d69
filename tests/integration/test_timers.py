"""test_timers.py - what ends by itself: ringing, long calls, open channels; also across restarts"""
import time

import pytest

from lib.client import assert_refused
from lib.fake_clock import FakeClock
from lib.waiting import eventually

NOTICE_SECONDS = 3  # from the moment that something is due until it is seen to have happened
FOUR_HOURS = 4 * 3600


@pytest.fixture(name="clock")
def clock_of_callsvc(tmp_path):
    """callsvc's wall clock."""
    return FakeClock(tmp_path)


@pytest.fixture(name="timed")
def cluster_with_that_clock(make_cluster, clock):
    """callsvc, tokensvc and gateway."""
    cluster = make_cluster(variables={"callsvc": clock.variables})
    return cluster.start("callsvc", "tokensvc", "gateway")


def await_outcome(client, call, state):
    """The call once it is in that state. That a callee ends an ended call changes nothing."""
    def row():
        rows = client.messages(call["dst"])
        return not rows or rows[0]["state"] == state
    eventually(row, within=NOTICE_SECONDS)
    outcome = client.end(call["dst"], call["channel"])
    assert outcome["state"] == state
    return outcome


def start_call(client, **fields):
    """A call of 1 to 2."""
    return {**client.call("1", "2", **fields), "src": "1", "dst": "2"}


def test_a_call_that_nobody_answers_is_missed(dapi, new_uid):
    src, dst = new_uid(), new_uid()
    started = time.monotonic()
    channel = dapi.call(src, dst, ring_seconds=5)["channel"]
    row, = eventually(lambda: [row for row in dapi.messages(dst) if row["state"] != "created"],
                      within=8)
    assert 5 <= time.monotonic() - started < 5 + NOTICE_SECONDS
    assert (row["status"], row["_status_label"], row["reason"]) == (6, "未接听", "missed")
    outcome = dapi.end(dst, channel)
    assert (outcome["state"], outcome["ended_by"]) == ("missed", "system")


def test_ringing_goes_on_over_a_restart(timed):
    call = start_call(timed.client, ring_seconds=5)
    timed["callsvc"].kill()
    timed.start("callsvc")
    assert timed.client.messages("2")[0]["state"] == "created"
    eventually(lambda: timed.client.messages("2")[0]["state"] == "missed", within=8)
    assert_refused(timed.client.post("/dapi/call/recieve", json={"uid": "2",
                   "channel": call["channel"]}), 409, "call_ended")


def test_what_was_due_while_callsvc_was_away_happens_at_its_start(timed, clock):
    ringing = start_call(timed.client)
    answered = {**timed.client.call("3", "4"), "dst": "4"}
    timed.client.recieve("4", answered["channel"])
    timed["callsvc"].kill()
    clock.advance(FOUR_HOURS + 60)
    timed.start("callsvc")
    assert await_outcome(timed.client, ringing, "missed")["reason"] == "missed"
    assert await_outcome(timed.client, answered, "completed")["reason"] == "max_duration"


def test_a_ring_time_that_has_passed_is_seen_when_the_clock_is_set(timed, clock):
    call = start_call(timed.client, ring_seconds=180)
    clock.advance(181)
    outcome = await_outcome(timed.client, call, "missed")
    assert (outcome["reason"], outcome["ended_by"]) == ("missed", "system")


def test_a_call_lasts_four_hours_at_most(timed, clock):
    call = start_call(timed.client)
    timed.client.recieve("2", call["channel"])
    clock.advance(FOUR_HOURS - 60)
    assert timed.client.join("1", call["channel"]).status == 200
    assert timed.client.messages("2")[0]["state"] == "answered"
    clock.advance(61)
    outcome = await_outcome(timed.client, call, "completed")
    assert (outcome["reason"], outcome["ended_by"]) == ("max_duration", "system")
    assert_refused(timed.client.join("1", call["channel"]), 409, "call_ended")


def close_after_linger(client, clock, channel):
    """The caller may stay 120 s, and not longer."""
    clock.advance(110)
    assert client.join("1", channel).status == 200
    clock.advance(11)
    eventually(lambda: client.join("1", channel).status == 409, within=NOTICE_SECONDS)


def test_the_channel_of_a_missed_call_closes_after_two_minutes(timed, clock):
    call = start_call(timed.client)
    clock.advance(61)
    await_outcome(timed.client, call, "missed")
    close_after_linger(timed.client, clock, call["channel"])


def test_the_channel_of_a_declined_call_closes_after_two_minutes(timed, clock):
    call = start_call(timed.client)
    timed.client.end("2", call["channel"])
    close_after_linger(timed.client, clock, call["channel"])


def test_call_msg_shows_ended_calls_for_a_minute_and_live_ones_longer(timed, clock):
    ended, live = start_call(timed.client), timed.client.call("3", "2", ring_seconds=180)
    timed.client.end("1", ended["channel"])
    assert len(timed.client.messages("2")) == 2
    clock.advance(61)
    row, = timed.client.messages("2")
    assert (row["channel"], row["state"]) == (live["channel"], "created")


def test_tokens_are_of_the_time_at_which_they_are_asked_for(timed):
    call = start_call(timed.client)
    first = timed.client.join("1", call["channel"]).data["token_expires_at"]
    eventually(lambda: timed.client.join("1", call["channel"]).data["token_expires_at"] > first,
               within=NOTICE_SECONDS)
