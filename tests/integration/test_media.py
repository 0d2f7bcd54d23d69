"""test_media.py - clients in a channel's room: how they come in, what is refused, how they go"""
import pytest

from lib import opus
from lib.client import assert_refused
from lib.listener import Listener
from lib.relay import Relay
from lib.waiting import eventually

SDP = {"type": "application/sdp"}
VIDEO_ONLY = (b"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
              b"m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:96 VP8/90000\r\n")
GONE_SECONDS = 3


@pytest.fixture(name="janus")
def watching_handle(cluster):
    """A handle that only looks."""
    handle = cluster.janus.handle()
    yield handle
    handle.close()


def uids(janus, channel):
    """Whose connections are up in the channel's room."""
    return {party["id"] for party in (janus.room(channel) or {"parties": []})["parties"]
            if party["up"]}


def offer(dapi, entry, sdp):
    """The answer to an offer, whatever it says."""
    return dapi.post(f"/dapi/channel/{entry['channel']}/whip", raw=sdp, **SDP,
                     headers={"Authorization": f"Bearer {entry['token']}"})


def test_both_parties_are_in_the_room_until_the_call_ends(dapi, janus, call):
    answered = dapi.recieve(call["dst"], call["channel"])
    with Listener(dapi, call), Listener(dapi, answered):
        eventually(lambda: uids(janus, call["channel"]) == {call["src"], call["dst"]}, within=5)
        dapi.end(call["src"], call["channel"])
        eventually(lambda: janus.room(call["channel"]) is None, GONE_SECONDS)
    assert_refused(offer(dapi, call, VIDEO_ONLY), 403, "channel_closed")


def test_who_hangs_up_is_gone_and_may_come_back(dapi, janus, call):
    with Listener(dapi, call) as listener:
        eventually(lambda: uids(janus, call["channel"]) == {call["src"]}, within=5)
        assert listener.hang_up().status == 200
        assert uids(janus, call["channel"]) == set()
        assert_refused(listener.hang_up(), 404, "session_not_found")
    with Listener(dapi, call):
        eventually(lambda: uids(janus, call["channel"]) == {call["src"]}, within=5)


def test_a_second_connection_takes_the_place_of_the_first(dapi, janus, call):
    with Listener(dapi, call) as first, Listener(dapi, call) as second:
        eventually(lambda: uids(janus, call["channel"]) == {call["src"]}, within=5)
        assert_refused(first.hang_up(), 404, "session_not_found")
        assert uids(janus, call["channel"]) == {call["src"]}
        assert second.hang_up().status == 200


@pytest.mark.parametrize("sdp", [b"hello", b"v=0\r\n", VIDEO_ONLY])
def test_an_offer_without_opus_is_refused_and_leaves_nobody(dapi, janus, call, sdp):
    assert_refused(offer(dapi, call, sdp), 422, "bad_offer")
    assert uids(janus, call["channel"]) == set()


def invite_tone(dapi, entry):
    """A robot that plays the tone is in the channel."""
    invited = {"channel": entry["channel"], "audio": "tone"}
    assert dapi.post("/dapi/invite/robot", json=invited).data["robot"] == "waiting"


def test_a_robot_hears_of_who_was_there_before_it(dapi, call):
    dapi.recieve(call["dst"], call["channel"])
    with Listener(dapi, call) as listener:
        invite_tone(dapi, call)
        eventually(lambda: opus.tone_seconds(listener.heard(), 1000) > 0.5, within=5)


@pytest.mark.parametrize("how", ["terminate", "kill"])
def test_connections_outlive_the_robotsvc_that_made_them(make_cluster, how):
    cluster = make_cluster(janus=True).start()
    entry = cluster.client.call("1", "2")
    cluster.client.recieve("2", entry["channel"])
    with Listener(cluster.client, entry) as listener:
        janus = cluster.janus.handle()
        eventually(lambda: uids(janus, entry["channel"]) == {"1"}, within=5)
        getattr(cluster["robotsvc"], how)()
        cluster.start("robotsvc")
        assert uids(janus, entry["channel"]) == {"1"}
        invite_tone(cluster.client, entry)
        eventually(lambda: opus.tone_seconds(listener.heard(), 1000) > 0.5, within=5)
        assert listener.hang_up().status == 200
        assert uids(janus, entry["channel"]) == set()


def test_clients_talk_on_while_janus_is_out_of_reach(make_cluster):
    cluster = make_cluster(janus=True)
    with Relay(cluster.janus.port) as relay:
        cluster["robotsvc"].environment["DAPI_JANUS"] = f"http://127.0.0.1:{relay.port}/janus"
        cluster.start()
        entry = cluster.client.call("1", "2")
        cluster.client.recieve("2", entry["channel"])
        with Listener(cluster.client, entry) as listener:
            janus = cluster.janus.handle()
            eventually(lambda: uids(janus, entry["channel"]) == {"1"}, within=5)
            cut_and_mend(cluster["robotsvc"], relay)
            invite_tone(cluster.client, entry)
            eventually(lambda: opus.tone_seconds(listener.heard(), 1000) > 0.5, within=5)
            assert listener.hang_up().status == 200


def cut_and_mend(robotsvc, relay):
    """It notices both."""
    relay.cut()
    eventually(lambda: "Janus is away" in robotsvc.log(), within=5)
    relay.mend()
    eventually(lambda: robotsvc.log().count("Janus is there") == 2, within=5)


def test_while_janus_is_away_nobody_enters(make_cluster):
    cluster = make_cluster(janus=True).start()
    entry = cluster.client.call("1", "2")
    with Listener(cluster.client, entry) as listener:
        cluster.janus.process.kill()
        assert_refused(listener.hang_up(), 503, "media_unavailable")
    assert_refused(offer(cluster.client, entry, VIDEO_ONLY), 503, "media_unavailable")
    cluster.janus.start()
    eventually(lambda: offer(cluster.client, entry, VIDEO_ONLY).status == 422, within=5)
    with Listener(cluster.client, entry):
        pass
