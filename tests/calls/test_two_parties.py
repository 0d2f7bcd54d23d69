"""test_two_parties.py - two who call each other through dapi and talk, with a robot among them"""
import asyncio

from calls.lib.calls import (A_HERTZ, B_HERTZ, LATER_HERTZ, answered_call, enter_both, hang_up,
                             invite_robot, is_open, make_offer, robot_call)
from calls.lib.party import TWO_LINES, bearer, offer_sdp, path_of, talk_to_each_other
from calls.lib.rooms import CLOSE_SECONDS, await_no_room, rooms_of, uids_in
from calls.lib.sweep import SHORT_SECONDS, positions
from lib.client import assert_refused
from lib.waiting import eventually

OTHER_HERTZ = 2700
FIRST_SECONDS = 0.4  # of a recording, by which it is heard from its beginning
PLAY_SECONDS = SHORT_SECONDS + 3


def await_robot_is_gone(janus, call, within=PLAY_SECONDS):
    """It has played all of it."""
    eventually(lambda: not rooms_of(janus)[call["channel"]]["robot"], within, every=0.1)


def assert_whole_sweep(samples):
    """It was heard from its beginning to its end, without a break."""
    at = positions(samples)
    assert at[0] < FIRST_SECONDS and at[-1] > SHORT_SECONDS - FIRST_SECONDS, at
    assert all(later - earlier < FIRST_SECONDS for earlier, later in zip(at, at[1:])), at


# Who talks


def test_two_hear_each_other_until_one_hangs_up(dapi, janus, stage, call):
    a, b = enter_both(stage, dapi, call)
    assert uids_in(janus, call["channel"]) == {call["src"], call["dst"]}
    assert hang_up(dapi, call)["reason"] == "completed"
    a.await_goodbye()
    b.await_goodbye()
    await_no_room(janus)


def test_the_callee_hangs_up(dapi, janus, stage, call):
    a, b = enter_both(stage, dapi, call)
    assert dapi.end(call["dst"], call["channel"])["ended_by"] == "callee"
    a.await_goodbye()
    b.await_goodbye()
    await_no_room(janus)


def test_calls_beside_each_other_are_apart(dapi, janus, stage, call, new_uid):
    a, b = enter_both(stage, dapi, call)
    other = answered_call(dapi, new_uid(), new_uid())
    c, d = stage.enter_all(dapi, (other, LATER_HERTZ), (other["callee"], OTHER_HERTZ))
    talk_to_each_other(stage, c, d)
    talk_to_each_other(stage, a, b)
    hang_up(dapi, other)
    eventually(lambda: list(rooms_of(janus)) == [call["channel"]], CLOSE_SECONDS)
    talk_to_each_other(stage, a, b)
    hang_up(dapi, call)


# The robot


def test_a_robot_is_heard_beside_the_peer_or_in_its_place(dapi, janus, stage, call):
    a, b = enter_both(stage, dapi, call, a_lines=TWO_LINES)
    before = b.length()
    invite_robot(dapi, call)
    stage.run_all(a.hears(B_HERTZ), wait_until(lambda: a.length(line=1) > 0))
    await_robot_is_gone(janus, call)
    assert_whole_sweep(a.samples(line=1))
    assert_whole_sweep(b.samples(since=before))
    talk_to_each_other(stage, a, b)
    hang_up(dapi, call)


async def wait_until(condition):
    """Look again and again."""
    while not condition():
        await asyncio.sleep(0.02)


def test_the_peer_goes_on_all_the_while_a_robot_plays_beside_it(dapi, janus, stage, call):
    a, _ = enter_both(stage, dapi, call, a_lines=TWO_LINES)
    invite_robot(dapi, call)
    eventually(lambda: a.length(line=1) > 0, within=3)
    while rooms_of(janus)[call["channel"]]["robot"]:
        a.hear(B_HERTZ, within=1)
    hang_up(dapi, call)


def test_a_robot_that_is_called_is_heard_from_its_beginning(dapi, janus, stage, new_uid):
    party = stage.enter(dapi, robot_call(dapi, new_uid()), A_HERTZ)
    await_no_room(janus, PLAY_SECONDS)
    assert_whole_sweep(party.samples())
    party.await_goodbye()


# Coming again, and leaving


def test_who_enters_again_takes_its_own_place(dapi, janus, stage, call):
    a, old = enter_both(stage, dapi, call)
    new = stage.enter(dapi, old.entry, LATER_HERTZ)
    old.await_goodbye()
    talk_to_each_other(stage, a, new)
    parties = rooms_of(janus)[call["channel"]]["parties"]
    assert {party["leg"] for party in parties} == {a.session, new.session}
    assert_refused(old.hang_up(), 404, "session_not_found")
    assert uids_in(janus, call["channel"]) == {call["src"], call["dst"]}
    hang_up(dapi, call)


def test_a_renewed_token_enters_too(dapi, janus, stage, call):
    a, b = enter_both(stage, dapi, call)
    renewed = dapi.join(call["dst"], call["channel"]).data
    assert renewed["token"] != b.entry["token"]
    again = stage.enter(dapi, renewed, LATER_HERTZ)
    b.await_goodbye()
    talk_to_each_other(stage, a, again)
    assert len(rooms_of(janus)) == 1
    hang_up(dapi, call)


def test_who_leaves_by_http_ends_only_its_own_connection(dapi, janus, stage, call):
    a, b = enter_both(stage, dapi, call)
    assert a.hang_up().status == 200
    a.await_goodbye()
    assert uids_in(janus, call["channel"]) == {call["dst"]}
    assert is_open(dapi, call)
    back = stage.enter(dapi, a.entry, A_HERTZ)
    talk_to_each_other(stage, back, b)
    hang_up(dapi, call)


def test_nobody_ends_the_other_partys_connection(dapi, janus, stage, call):
    a, b = enter_both(stage, dapi, call)
    assert_refused(b.hang_up(token=a.entry["token"]), 404, "session_not_found")
    stranger = dapi.call(call["dst"], call["src"] + "1")
    assert_refused(b.hang_up(token=stranger["token"]), 403, "token_foreign")
    talk_to_each_other(stage, a, b)
    assert uids_in(janus, call["channel"]) == {call["src"], call["dst"]}
    hang_up(dapi, call)
    dapi.end(call["dst"], stranger["channel"])


def test_nobody_enters_a_channel_that_is_closed(dapi, janus, stage, call):
    hang_up(dapi, call)
    offer = stage.run(make_offer())
    for entry in (call, call["callee"]):
        answer = offer_sdp(dapi, call["channel"], entry["token"], offer)
        assert_refused(answer, 403, "channel_closed")
    assert call["channel"] not in rooms_of(janus)


def test_nobody_enters_with_the_token_of_another_channel(dapi, janus, stage, call, new_uid):
    other = dapi.call(call["src"], new_uid())
    offer = stage.run(make_offer())
    answer = offer_sdp(dapi, call["channel"], other["token"], offer)
    assert_refused(answer, 403, "token_foreign")
    answer = dapi.post(path_of(call["channel"]), raw=offer.encode(), type="application/sdp",
                       headers=bearer(call["token"][:-4] + "AAA="))
    assert answer.status == 401, answer
    assert call["channel"] not in rooms_of(janus)
    for entry in (call, other):
        dapi.end(call["src"], entry["channel"])
