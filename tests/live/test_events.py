"""test_events.py - each listener hears every event of its uid once, in order"""
import pytest

from lib.waiting import eventually

NOTICE_SECONDS = 10


def seqs(events):
    """Their numbers."""
    return [event["seq"] for event in events]


def test_an_event_is_a_frame(stage, new_uid):
    uid = new_uid()
    with stage.listen(uid) as listener:
        seq = stage.calls.happen(uid)
        event = listener.next()
    assert list(event) == ["seq", "type", "at", "call"]
    assert (event["seq"], event["type"]) == (seq, "call.created")
    assert event["at"] == "2026-01-02T03:04:05.678Z"
    assert event["call"]["dst_uid"] == uid and event["call"]["reason"] is None
    assert not {"id", "robot_id", "node", "open"} & set(event["call"])


def test_only_the_uids_own_events_are_told(stage, new_uid):
    """Also of those that share a shard, and of those whose names begin alike."""
    uid = new_uid()
    with stage.listen(uid) as listener:
        for other in [new_uid(), uid + "1", uid[:-1], *(new_uid() for _ in range(300))]:
            stage.calls.happen(other)
        seq = stage.calls.happen(uid)
        assert listener.next()["seq"] == seq


def test_without_since_nothing_that_was_is_told(stage, new_uid):
    uid = new_uid()
    stage.calls.happen(uid)
    with stage.listen(uid) as listener:
        listener.assert_silent()
        seq = stage.calls.happen(uid)
        assert listener.next()["seq"] == seq


def test_nothing_that_happens_after_the_answer_is_lost(stage, new_uid):
    """However early: neither what is published at once nor what is not published at all."""
    for is_published in (True, False) * 10:
        uid = new_uid()
        with stage.listen(uid) as listener:
            seq = stage.calls.happen(uid, is_published)
            assert listener.next()["seq"] == seq


def test_what_was_missed_is_told_first(stage, new_uid):
    """Many pages of it, some while it is told."""
    uid = new_uid()
    happened = [stage.calls.happen(uid) for _ in range(200)]
    with stage.listen(uid, since=happened[9]) as listener:
        happened += [stage.calls.happen(uid) for _ in range(50)]
        assert seqs(listener.take(240)) == happened[10:]
        listener.assert_silent()


def test_since_0_is_everything(stage, new_uid):
    uid = new_uid()
    happened = [stage.calls.happen(uid) for _ in range(3)]
    with stage.listen(uid, since=0) as listener:
        assert seqs(listener.take(3)) == happened


def test_all_sockets_of_a_uid_are_told(stage, new_uid):
    """Each from where it stands."""
    uid = new_uid()
    first, second, third = (stage.calls.happen(uid) for _ in range(3))
    with stage.listen(uid) as new, stage.listen(uid, since=second) as behind, \
            stage.listen(uid, since=0) as furthest:
        fourth = stage.calls.happen(uid)
        assert seqs(new.take(1)) == [fourth]
        assert seqs(behind.take(2)) == [third, fourth]
        assert seqs(furthest.take(4)) == [first, second, third, fourth]
        for listener in (new, behind, furthest):
            listener.assert_silent()


def test_one_socket_may_go_and_the_others_stay(stage, new_uid):
    uid = new_uid()
    with stage.listen(uid) as staying:
        with stage.listen(uid) as leaving:
            stage.calls.happen(uid)
            leaving.next(), staying.next()
        seq = stage.calls.happen(uid)
        assert staying.next()["seq"] == seq


def test_what_was_dropped_is_filled_before_anything_newer(stage, new_uid):
    uid = new_uid()
    with stage.listen(uid) as listener:
        happened = [stage.calls.happen(uid, is_published=number % 3 == 0)
                    for number in range(60)]
        assert seqs(listener.take(60)) == happened


def test_the_last_event_may_be_the_one_that_was_dropped(stage, new_uid):
    uid = new_uid()
    with stage.listen(uid) as listener:
        seq = stage.calls.happen(uid, is_published=False)
        assert listener.next()["seq"] == seq


def test_what_is_said_twice_is_told_once(stage, new_uid):
    uid = new_uid()
    with stage.listen(uid) as listener:
        happened = [stage.calls.happen(uid) for _ in range(2)]
        stage.calls.say_again(uid)
        happened.append(stage.calls.happen(uid))
        assert seqs(listener.take(3)) == happened
        listener.assert_silent()


def test_what_happened_while_the_publisher_was_away_is_told(make_stage, new_uid):
    stage = make_stage()
    uids = [new_uid() for _ in range(100)]
    listeners = [stage.listen(uid) for uid in uids]
    happened = [stage.calls.happen(uid, is_published=False) for uid in uids]
    stage.calls.restart_events()
    assert [listener.next()["seq"] for listener in listeners] == happened
    for listener in listeners:
        listener.assert_silent()
        listener.sock.close()


def test_a_store_that_cannot_answer_is_asked_again(make_stage, new_uid):
    stage = make_stage()
    uid = new_uid()
    stage.calls.happen(uid)
    stage.calls.is_failing = True
    with stage.listen(uid, since=0) as listener:
        eventually(lambda: any(verb == "events_since" for verb, _ in stage.calls.asked),
                   within=NOTICE_SECONDS)
        listener.assert_silent()
        stage.calls.is_failing = False
        assert listener.next()["seq"] == 1
    assert "cannot be had" in stage.cluster["gateway"].log()


def test_a_store_that_is_away_is_no_reason_to_hang_up(make_stage, new_uid):
    """Who asks for the beginning cannot be answered: 503, as everywhere."""
    stage = make_stage()
    stage.calls.is_failing = True
    answer = stage.client.get(f"/dapi/call/events?uid={new_uid()}", headers={
        "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="})
    assert answer.status == 503 and answer.error["code"] == "store_unavailable"


def test_what_is_not_stored_any_more_is_said_first(make_stage, new_uid):
    stage = make_stage()
    uid = new_uid()
    for _ in range(3):
        stage.calls.happen(uid)
    stage.calls.purge()
    with stage.listen(uid, since=1) as nothing_left:
        event = nothing_left.next()
        assert (event["type"], event["seq"]) == ("events.truncated", 3)
        assert set(event) == {"seq", "type", "at"}
        fourth = stage.calls.happen(uid)
        assert nothing_left.next()["seq"] == fourth
    with stage.listen(uid, since=1) as some_left:
        assert [(event["type"], event["seq"]) for event in some_left.take(2)] == [
            ("events.truncated", 3), ("call.created", 4)]
    with stage.listen(uid, since=3) as missed_nothing:
        assert missed_nothing.next()["type"] == "call.created"


def test_a_number_from_another_store_is_told_apart(make_stage, new_uid):
    """Else it would be told nothing until the numbers are as great again."""
    stage = make_stage()
    uid = new_uid()
    stage.calls.happen(uid)
    with stage.listen(uid, since=1000) as listener:
        event = listener.next()
        assert (event["type"], event["seq"]) == ("events.truncated", 1)
        assert stage.calls.happen(uid) == listener.next()["seq"] == 2


@pytest.mark.parametrize("count", [500])
def test_all_who_missed_something_are_no_storm(make_stage, new_uid, count):
    """They are asked about a few at a time, and all are told."""
    stage = make_stage()
    uids = [new_uid() for _ in range(count)]
    listeners = [stage.listen(uid) for uid in uids]
    happened = [stage.calls.happen(uid, is_published=False) for uid in uids]
    assert [listener.next()["seq"] for listener in listeners] == happened
    for listener in listeners:
        listener.sock.close()
    eventually(lambda: stage.metric("dapi_event_sockets") == 0, within=NOTICE_SECONDS)
