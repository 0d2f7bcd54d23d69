"""test_live.py - what both sides of a call are told, by the services as they are"""
import pytest

from lib.bus import EventProxy
from lib.live import Listener

CALLS_MOST = 500
BEFORE_ANSWER = ["call.created", "call.ringing"]


def listen(cluster, uid, since=None):
    """A Listener at the cluster's gateway."""
    return Listener(cluster.client.address, uid, since)


def verb(dapi, name, uid, channel, **more):
    """The call after a verb."""
    return dapi.post(f"/dapi/call/{name}", json={"uid": uid, "channel": channel, **more}).data


def take_until(listener, last):
    """Events up to the first of this type."""
    events = [listener.next()]
    while events[-1]["type"] != last:
        events.append(listener.next())
    return events


def types(events):
    """Of events."""
    return [event["type"] for event in events]


def assert_well_told(events, channel):
    """They rise, they are of this call, and each shows the call as it was then."""
    assert all(a["seq"] < b["seq"] for a, b in zip(events, events[1:]))
    assert {event["call"]["channel"] for event in events} == {channel}
    for event in events:
        family, state = event["type"].split(".")
        assert event["call"]["state" if family == "call" else "robot"] == state or (
            event["type"] == "robot.joined" and event["call"]["robot"] == "waiting")


def answered(dapi, src, dst, channel):
    """Talk, and hang up."""
    dapi.recieve(dst, channel)
    verb(dapi, "end", src, channel)


def declined(dapi, _, dst, channel):
    """No."""
    verb(dapi, "reject", dst, channel)


def given_up(dapi, src, _, channel):
    """The caller does not wait."""
    verb(dapi, "end", src, channel)


@pytest.mark.parametrize("end, told", [
    (answered, ["call.answered", "call.completed"]), (declined, ["call.rejected"]),
    (given_up, ["call.cancelled"])])
def test_both_sides_are_told_the_same(cluster, dapi, new_uid, end, told):
    src, dst = new_uid(), new_uid()
    with listen(cluster, src) as caller, listen(cluster, dst) as callee:
        channel = dapi.call(src, dst)["channel"]
        verb(dapi, "ringing", dst, channel)
        end(dapi, src, dst, channel)
        expected = BEFORE_ANSWER + told
        events = caller.take(len(expected))
        assert callee.take(len(expected)) == events
        assert types(events) == expected
        assert_well_told(events, channel)
        caller.assert_silent()
        callee.assert_silent()


def test_what_is_told_later_is_what_was_told_then(cluster, dapi, new_uid):
    src, dst = new_uid(), new_uid()
    with listen(cluster, dst) as then:
        channel = dapi.call(src, dst)["channel"]
        verb(dapi, "ringing", dst, channel)
        answered(dapi, src, dst, channel)
        events = then.take(4)
    for since in range(4):
        with listen(cluster, dst, events[since]["seq"] - 1) as later:
            assert later.take(4 - since) == events[since:]
            later.assert_silent()


def test_who_claims_a_call_is_not_told_what_was_before(cluster, dapi, new_uid):
    src, dst = new_uid(), new_uid()
    with listen(cluster, src) as caller, listen(cluster, dst) as callee:
        channel = dapi.call(src)["channel"]
        dapi.recieve(dst, channel)
        assert types(caller.take(2)) == ["call.created", "call.answered"]
        assert callee.next()["type"] == "call.answered"
        callee.assert_silent()
    with listen(cluster, dst, since=0) as later:
        assert later.next()["type"] == "call.answered"
        later.assert_silent()


def test_ringing_that_ends_by_itself_is_told(cluster, dapi, new_uid):
    src, dst = new_uid(), new_uid()
    with listen(cluster, src) as caller, listen(cluster, dst) as callee:
        dapi.call(src, dst, ring_seconds=5)
        for listener in (caller, callee):
            assert types(take_until(listener, "call.missed")) == ["call.created", "call.missed"]


def test_what_the_robot_does_is_told(cluster, dapi, new_uid):
    src = new_uid()
    with listen(cluster, src) as caller:
        channel = dapi.post("/dapi/call/robot", json={"src_uid": src}).data["channel"]
        told = take_until(caller, "robot.joined")
        assert types(told)[0] == "call.created"
        assert_well_told(told[1:], channel)
        verb(dapi, "end", src, channel)
        ended = take_until(caller, "call.completed")
        assert_well_told(ended, channel)


def test_a_callsvc_that_was_killed_leaves_no_gap(make_cluster, new_uid):
    cluster = make_cluster().start("callsvc", "tokensvc", "gateway")
    src, dst = new_uid(), new_uid()
    with listen(cluster, dst) as callee:
        first = cluster.client.call(src, dst)["channel"]
        assert callee.next()["call"]["channel"] == first
        cluster["callsvc"].kill()
        cluster.start("callsvc")
        verb(cluster.client, "end", src, first)
        second = cluster.client.call(src, dst)["channel"]
        events = callee.take(2)
        assert types(events) == ["call.cancelled", "call.created"]
        assert [event["call"]["channel"] for event in events] == [first, second]
        callee.assert_silent()


def test_what_is_lost_on_the_way_is_filled(make_cluster, new_uid, tmp_path):
    """Every other event does not come through."""
    behind_proxy = f"ipc://{tmp_path}/events"
    cluster = make_cluster(variables={"gateway": {"DAPI_CALLSVC_EVENTS": behind_proxy}})
    dropped = iter(range(10**6))
    with EventProxy(cluster.endpoints["callsvc_events"], behind_proxy,
                    lambda event: next(dropped) % 2) as proxy:
        cluster.start("callsvc", "tokensvc", "gateway")
        src, dst = new_uid(), new_uid()
        with listen(cluster, dst) as callee:
            for _ in range(CALLS_MOST):  # it takes a while until callsvc knows who hears
                verb(cluster.client, "reject", dst, cluster.client.call(src, dst)["channel"])
                assert types(callee.take(2)) == ["call.created", "call.rejected"]
                if len(proxy.dropped) > 10:
                    break
            callee.assert_silent()
        assert len(proxy.dropped) > 10
