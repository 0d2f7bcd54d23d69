"""test_robot.py - a robot whose audio really sounds: heard by a client in its channel"""
import time

import pytest

from lib import opus
from lib.bus import EventProxy
from lib.client import assert_refused
from lib.fake_clock import FakeClock
from lib.listener import Listener
from lib.processes import REPOSITORY
from lib.waiting import eventually

TONE_HERTZ = 1000
TONE_SECONDS = opus.file_seconds(REPOSITORY / "robotsvc/audio/tone.opus")
NOTICE_SECONDS = 3  # until callsvc sees that its clock was set
OVERDUE_SECONDS = 90  # that a robot may have played for longer than its recording is
LEAVE_SECONDS = 2  # from the end of a call until its robot is gone
QUIET = 0.001


@pytest.fixture(name="janus")
def watching_handle(cluster):
    """A handle that only looks."""
    handle = cluster.janus.handle()
    yield handle
    handle.close()


def call_robot(client, src, audio="tone"):
    """The entry."""
    return client.post("/dapi/call/robot", json={"src_uid": src, "audio": audio}).data


def outcome(client, src, channel):
    """The call, which has ended."""
    return client.end(src, channel)


def assert_robot_leaves(janus, channel, within=LEAVE_SECONDS):
    """The room is gone, and the robot with it."""
    eventually(lambda: janus.room(channel) is None, within)


def listeners_tone(listener):
    """How much of the tone the listener has heard so far, in seconds."""
    return opus.tone_seconds(listener.heard(), TONE_HERTZ)


def test_the_robot_is_in_the_channel_when_the_call_is_made(dapi, janus, new_uid):
    src = new_uid()
    channel = call_robot(dapi, src)["channel"]
    assert janus.robot(channel)
    dapi.end(src, channel)
    assert_robot_leaves(janus, channel)


def test_the_tone_is_heard_and_stops_when_the_call_ends(dapi, janus, new_uid):
    src = new_uid()
    entry = call_robot(dapi, src)
    with Listener(dapi, entry) as listener:
        eventually(lambda: listeners_tone(listener) > 1, within=5)
        assert opus.peak_frequency(listener.heard()) == pytest.approx(TONE_HERTZ, abs=5)
        dapi.end(src, entry["channel"])
        ended = time.monotonic()
        assert_robot_leaves(janus, entry["channel"])
        assert opus.loudness(listener.heard(since=ended + 0.5)) < QUIET


@pytest.mark.parametrize("address", ["auto", "0.0.0.0"])
def test_a_robot_is_heard_whose_address_nobody_knew_beforehand(make_cluster, address):
    """As in containers; 0.0.0.0 where the network rewrites addresses on the way to Janus."""
    client = make_cluster(janus=True, DAPI_RTP_ADDRESS=address).start().client
    with Listener(client, call_robot(client, "1")) as listener:
        eventually(lambda: listeners_tone(listener) > 1, within=10)


def test_who_joins_after_five_seconds_hears_all_of_it(dapi, janus, new_uid):
    src = new_uid()
    entry = call_robot(dapi, src)
    joins_at = time.monotonic() + 5
    eventually(lambda: time.monotonic() > joins_at, within=6)
    with Listener(dapi, entry) as listener:
        assert_plays_to_its_end(janus, entry["channel"], listener)
    assert outcome(dapi, src, entry["channel"])["reason"] == "robot_done"
    assert outcome(dapi, src, entry["channel"])["ended_by"] == "system"


def assert_plays_to_its_end(janus, channel, listener):
    """The whole recording is heard, then the robot leaves and the robot call is over."""
    eventually(lambda: janus.room(channel) is None, within=TONE_SECONDS + 4, every=0.2)
    assert listeners_tone(listener) == pytest.approx(TONE_SECONDS, abs=0.2)


def test_the_greeting_speaks_at_once(dapi, new_uid):
    src = new_uid()
    entry = call_robot(dapi, src, "greeting")
    with Listener(dapi, entry) as listener:
        eventually(lambda: opus.loudness(listener.heard()) > 0.01, within=3)
    dapi.end(src, entry["channel"])


def test_a_robot_that_was_invited_is_heard_by_the_caller(dapi, janus, call):
    dapi.end(call["dst"], call["channel"])
    invited = dapi.post("/dapi/invite/robot", json={"channel": call["channel"], "uid": call["src"],
                                                    "audio": "tone"}).data
    assert invited["robot"] == "waiting"
    with Listener(dapi, call) as listener:
        eventually(lambda: listeners_tone(listener) > 0.5, within=5)
        assert invite_again(dapi, call)["robot"] == "playing"
        dapi.end(call["src"], call["channel"])
        assert_robot_leaves(janus, call["channel"])


def invite_again(dapi, call):
    """The same robot, as it is now."""
    return dapi.post("/dapi/invite/robot", json={"channel": call["channel"]}).data


def test_a_robot_is_invited_into_a_call_that_is_going_on(dapi, janus, call):
    dapi.recieve(call["dst"], call["channel"])
    dapi.post("/dapi/invite/robot", json={"channel": call["channel"], "audio": "tone"})
    with Listener(dapi, call) as listener:
        eventually(lambda: listeners_tone(listener) > 0.5, within=5)
    assert dapi.end(call["dst"], call["channel"])["robot"] == "done"
    assert_robot_leaves(janus, call["channel"])


def test_many_robots_play_beside_each_other(dapi, new_uid):
    calls = [(src, call_robot(dapi, src)) for src in (new_uid() for _ in range(10))]
    assert len({entry["channel"] for _, entry in calls}) == 10
    with Listener(dapi, calls[0][1]) as listener:
        eventually(lambda: listeners_tone(listener) > 0.5, within=5)
    for src, entry in calls:
        assert outcome(dapi, src, entry["channel"])["state"] == "completed"


def test_the_robot_leaves_when_the_call_is_over_by_timer(make_cluster, tmp_path):
    clock = FakeClock(tmp_path)
    cluster = make_cluster(janus=True, variables={"callsvc": clock.variables},
                           DAPI_MAX_CALL_SECONDS="60").start()
    entry = call_robot(cluster.client, "1")
    with Listener(cluster.client, entry) as listener:
        eventually(lambda: listeners_tone(listener) > 0.5, within=5)
        clock.advance(60)
        assert_robot_leaves(cluster.janus.handle(), entry["channel"],
                            LEAVE_SECONDS + NOTICE_SECONDS)
    assert outcome(cluster.client, "1", entry["channel"])["reason"] == "max_duration"


def test_a_call_is_over_although_no_robotsvc_is_left_to_say_so(make_cluster, tmp_path):
    clock = FakeClock(tmp_path)
    cluster = make_cluster(janus=True, variables={"callsvc": clock.variables}).start()
    entry = call_robot(cluster.client, "1")
    with Listener(cluster.client, entry) as listener:
        eventually(lambda: listeners_tone(listener) > 0.5, within=5)
    cluster["robotsvc"].kill()
    clock.advance(TONE_SECONDS + OVERDUE_SECONDS)
    eventually(lambda: cluster.client.join("1", entry["channel"]).status != 200, NOTICE_SECONDS)
    assert outcome(cluster.client, "1", entry["channel"])["reason"] == "failed"


def test_the_robot_leaves_although_the_event_of_the_end_is_lost(make_cluster, tmp_path):
    behind_proxy = f"ipc://{tmp_path}/events"
    cluster = make_cluster(janus=True,
                           variables={"robotsvc": {"DAPI_CALLSVC_EVENTS": behind_proxy}})
    with EventProxy(cluster.endpoints["callsvc_events"], behind_proxy, is_end) as proxy:
        cluster.start()
        eventually(lambda: is_end_dropped(cluster.client, proxy), within=5)
        channel = call_robot(cluster.client, "1")["channel"]
        handle = cluster.janus.handle()
        assert handle.robot(channel)
        proxy.dropped.clear()
        cluster.client.end("1", channel)
        assert_robot_leaves(handle, channel)
        assert any(map(is_end, proxy.dropped))


def is_end_dropped(client, proxy):
    """callsvc publishes the end of a call once it has learnt who hears it."""
    client.end("2", call_robot(client, "2")["channel"])
    return any(map(is_end, proxy.dropped))


def is_end(event):
    """It says that a call is over."""
    return event["type"] in ("call.completed", "robot.done")


def robot_answer(client):
    """call/robot, whatever it says."""
    return client.post("/dapi/call/robot", json={"src_uid": "1"})


def assert_only_robots_are_missing(client):
    """A robot is refused clearly; a call from its beginning to its end works."""
    refused = robot_answer(client)
    assert_refused(refused, 503, "media_unavailable")
    assert int(refused.headers["Retry-After"]) > 0
    channel = client.call("1", "2")["channel"]
    client.recieve("2", channel)
    assert_refused(client.post("/dapi/invite/robot", json={"channel": channel}), 503,
                   "media_unavailable")
    assert client.end("2", channel)["state"] == "completed"


def test_without_janus_all_but_robots_works_and_robots_return_with_it(make_cluster):
    cluster = make_cluster(janus=True).start()
    assert robot_answer(cluster.client).status == 200
    cluster.janus.process.kill()
    assert_only_robots_are_missing(cluster.client)
    cluster.janus.start()
    eventually(lambda: robot_answer(cluster.client).status == 200, within=5)


def test_without_media_all_but_robots_works(make_cluster):
    assert_only_robots_are_missing(make_cluster().start().client)
