"""test_room_life.py - when a channel's room is made and when it goes, and what a lost party ends

DAPI_SLOW=1 also waits until an empty room is over, which takes a minute.
"""
import itertools
import os
import time

import pytest

from calls.lib.calls import (A_HERTZ, B_HERTZ, answered_call, enter_both, hang_up, is_open,
                             make_offer)
from calls.lib.party import offer_sdp, talk_to_each_other
from calls.lib.rooms import CLOSE_SECONDS, LOST_SECONDS, rooms_of, uids_in
from lib.waiting import eventually

GRACE_SECONDS = 20  # after Janus came, nobody is missed
GONE_SECONDS = 20  # and then who is missed is lost
SURVEYS_SECONDS = 7  # of the keeper: two, and what they are about
COME_BACK_SECONDS = 10
EMPTY_SECONDS = 60
slow = pytest.mark.skipif(not os.environ.get("DAPI_SLOW"), reason="takes minutes: DAPI_SLOW=1")


def test_the_room_is_made_at_the_first_join_and_goes_with_the_channel(dapi, janus, stage, call):
    assert call["channel"] not in rooms_of(janus)
    a = stage.enter(dapi, call, A_HERTZ)
    assert uids_in(janus, call["channel"]) == {call["src"]}
    talk_to_each_other(stage, a, stage.enter(dapi, call["callee"], B_HERTZ))
    hang_up(dapi, call)
    eventually(lambda: call["channel"] not in rooms_of(janus), CLOSE_SECONDS)


def test_a_call_that_is_declined_keeps_its_room_until_the_caller_ends_it(cluster, dapi, janus,
                                                                        stage, new_uid):
    """And then it is told to go: it is not left to who looks for strays."""
    strays = cluster.metric("robotsvc", "dapi_media_strays_total")
    src, dst = new_uid(), new_uid()
    entry = dapi.call(src, dst)
    stage.enter(dapi, entry, A_HERTZ)
    dapi.post("/dapi/call/reject", json={"uid": dst, "channel": entry["channel"]})
    assert uids_in(janus, entry["channel"]) == {src}
    dapi.end(src, entry["channel"])
    eventually(lambda: entry["channel"] not in rooms_of(janus), CLOSE_SECONDS)
    assert cluster.metric("robotsvc", "dapi_media_strays_total") == strays


@pytest.fixture(scope="module", name="new_calls")
def endless_calls(cluster, uid_numbers):
    """Answered calls whose parties have not entered yet."""
    return (answered_call(cluster.client, str(next(uid_numbers)), str(next(uid_numbers)))
            for _ in itertools.count())


@pytest.fixture(scope="module", name="killed")
def call_with_a_browser_that_was_killed(cluster, stage, new_calls, open_browser):
    """kill -9, while the other party heard it."""
    call = next(new_calls)
    peer = stage.enter(cluster.client, call["callee"], B_HERTZ)
    with open_browser(A_HERTZ) as browser:
        browser.enter(cluster.client, call)
        peer.hear(A_HERTZ)
        browser.kill()
        yield call, peer


@pytest.fixture(scope="module", name="left")
def calls_that_parties_left(cluster, stage, new_calls):
    """Calls by what happened in them: all at once, for it takes long to see what comes of it."""
    dapi = cluster.client
    calls = {name: next(new_calls) for name in ("goodbye", "silent", "back", "apps", "half")}
    entered = {name: enter_both(stage, dapi, calls[name]) for name in ("goodbye", "silent", "back")}
    stage.enter(dapi, calls["half"], A_HERTZ)
    entered["goodbye"][0].hang_up()
    entered["silent"][1].vanish()
    entered["back"][0].hang_up()
    began = time.monotonic()
    eventually(lambda: time.monotonic() > began + COME_BACK_SECONDS, COME_BACK_SECONDS + 1)
    stage.enter(dapi, calls["back"], A_HERTZ)
    yield calls
    stage.clear()
    for call in calls.values():
        hang_up(dapi, call)


def await_lost(dapi, call):
    """The call, which was ended because a party is lost."""
    within = GRACE_SECONDS + GONE_SECONDS + LOST_SECONDS + SURVEYS_SECONDS
    eventually(lambda: not is_open(dapi, call), within, every=0.2)
    return hang_up(dapi, call)


def assert_ends_lost(dapi, janus, call):
    """The call is over, and the room goes."""
    ended = await_lost(dapi, call)
    assert ended["reason"] == "media_lost" and ended["ended_by"] == "system", ended
    eventually(lambda: call["channel"] not in rooms_of(janus), CLOSE_SECONDS)


@pytest.mark.usefixtures("left")  # what it waits for begins now, too
def test_a_browser_that_is_killed_ends_the_call(dapi, cluster, killed):
    call, peer = killed
    assert_ends_lost(dapi, cluster.janus, call)
    peer.await_goodbye()


@pytest.mark.parametrize("how", ["goodbye", "silent"])
def test_a_party_that_is_gone_ends_the_call(dapi, cluster, left, how):
    assert_ends_lost(dapi, cluster.janus, left[how])


@pytest.mark.parametrize("how", ["back", "apps", "half"])
def test_a_call_goes_on_when(dapi, left, how):
    """… the party came back in time; nobody uses this exchange; only one of them does."""
    await_lost(dapi, left["silent"])
    assert is_open(dapi, left[how])


def test_who_was_gone_for_long_is_told_that_the_channel_is_closed(dapi, stage, left):
    await_lost(dapi, left["goodbye"])
    answer = offer_sdp(dapi, left["goodbye"]["channel"], left["goodbye"]["token"],
                       stage.run(make_offer()))
    assert answer.status == 403 and answer.error["code"] == "channel_closed", answer


@slow
def test_a_room_that_nobody_is_in_goes_and_comes_again(dapi, janus, stage, call):
    offered = offer_sdp(dapi, call["channel"], call["token"], stage.run(make_offer()))
    assert offered.status == 201, offered
    began = time.monotonic()
    within = EMPTY_SECONDS + LOST_SECONDS + 2 * SURVEYS_SECONDS
    eventually(lambda: call["channel"] not in rooms_of(janus), within, every=0.5)
    assert time.monotonic() - began > EMPTY_SECONDS
    assert is_open(dapi, call)
    enter_both(stage, dapi, call)
    hang_up(dapi, call)
