"""test_strays.py - parts of the media plane's world die, and nothing is left behind"""
import pytest

from lib.listener import Listener
from lib.processes import service
from lib.waiting import eventually

ADOPTED_SECONDS = 5
RETURN_SECONDS = 5
STRAY_SECONDS = 15  # a callsvc without open channels is believed the third time
LOST_SECONDS = 30   # 20 s for the party to come back, and what it takes to see that
GRACE_SECONDS = 20  # after Janus came
CALLSVC_AWAY_SECONDS = 30
KEPT_SECONDS = 10


@pytest.fixture(name="cluster")
def cluster_of_its_own(make_cluster):
    """All services and a Janus."""
    return make_cluster(janus=True).start()


@pytest.fixture(name="janus")
def watching_handle(cluster):
    """A handle that only looks. Janus may be another one by the end: it is not closed."""
    return cluster.janus.handle()


@pytest.fixture(name="second")
def second_robotsvc(cluster, tmp_path):
    """Another robotsvc, which the gateway does not know."""
    settings = {**cluster["robotsvc"].environment,
                "DAPI_ROBOTSVC_LISTEN": f"ipc://{cluster.folder}/robotsvc2",
                "DAPI_ADMIN_LISTEN": f"unix:{cluster.folder}/second.admin"}
    process = service("robotsvc", settings, tmp_path).start()
    eventually(lambda: "Janus is there" in process.log(), within=RETURN_SECONDS)
    yield process
    process.kill()


def assert_stays(condition, seconds):
    """It holds all that time."""
    with pytest.raises(AssertionError):
        eventually(lambda: not condition(), seconds)


def call_robot(client, src):
    """The entry."""
    return client.post("/dapi/call/robot", json={"src_uid": src}).data


def is_playing(janus, channel):
    """The room's robot sends its audio."""
    room = janus.room(channel)
    return room and room["robot"] and room["robot_packets"] > 0


def is_up(janus, channel):
    """The connection of the room's party stands."""
    return [party for party in (janus.room(channel) or {"parties": []})["parties"] if party["up"]]


def robot_after(janus, channel, before):
    """A robot in the room that is not the one before; or nothing."""
    robot = janus.robot(channel)
    return robot if robot != before else ""


@pytest.mark.usefixtures("second")
def test_another_robotsvc_plays_on_for_one_that_died(cluster, janus, new_uid):
    src = new_uid()
    entry = call_robot(cluster.client, src)
    channel = entry["channel"]
    with Listener(cluster.client, entry):
        eventually(lambda: is_playing(janus, channel), within=5)
        before = janus.robot(channel)
        cluster["robotsvc"].kill()
        eventually(lambda: robot_after(janus, channel, before), ADOPTED_SECONDS)
        eventually(lambda: is_playing(janus, channel), within=2)
    cluster.client.end(src, channel)
    eventually(lambda: janus.room(channel) is None, within=STRAY_SECONDS)


def robots(janus):
    """By channel."""
    return {room["room"]: room["robot"] for room in janus.ask("list")["list"]}


@pytest.mark.usefixtures("second")
def test_another_robotsvc_adopts_fifty_robots(cluster, janus, new_uid):
    for _ in range(50):
        call_robot(cluster.client, new_uid())
    before = robots(janus)
    cluster["robotsvc"].kill()
    eventually(lambda: not set(before.values()) & set(robots(janus).values())
               and robots(janus).keys() == before.keys() and all(robots(janus).values()),
               ADOPTED_SECONDS)


def test_robots_come_again_when_janus_does(cluster, janus, new_uid):
    for _ in range(20):
        call_robot(cluster.client, new_uid())
    before = robots(janus)
    cluster.janus.process.kill()
    cluster.janus.start()
    again = cluster.janus.handle()
    eventually(lambda: robots(again) == before, RETURN_SECONDS)
    assert_stays(lambda: robots(again) == before, 3)


def test_clients_come_again_with_the_tokens_they_have(cluster, new_uid):
    src = new_uid()
    entry = call_robot(cluster.client, src)
    with Listener(cluster.client, entry) as listener:
        eventually(lambda: listener.heard().any(), within=5)
        cluster.janus.process.kill()
        cluster.janus.start()
    eventually(lambda: cluster.admin("robotsvc", "/readyz")[0] == 200, RETURN_SECONDS)
    with Listener(cluster.client, entry) as listener:
        eventually(lambda: listener.heard().any(), within=5)


def test_a_room_of_no_call_is_ended(janus):
    janus.ask("robot", room="ch_strayaaaaa", id="stray", ip="127.0.0.1", port=9)
    assert janus.room("ch_strayaaaaa")
    eventually(lambda: janus.room("ch_strayaaaaa") is None, within=STRAY_SECONDS)


def test_a_foreign_robot_is_removed_from_an_open_channel(cluster, janus, new_uid):
    src, dst = new_uid(), new_uid()
    channel = cluster.client.call(src, dst)["channel"]
    janus.ask("robot", room=channel, id="stray", ip="127.0.0.1", port=9)
    eventually(lambda: janus.robot(channel) == "", within=STRAY_SECONDS)


def outcome(client, dst):
    """Why the only call to dst ended, if it has."""
    return client.messages(dst)[0]["reason"]


def test_a_party_that_is_gone_ends_the_call(cluster, janus, new_uid):
    dst = new_uid()
    entry = cluster.client.recieve(dst, cluster.client.call(new_uid(), dst)["channel"])
    with Listener(cluster.client, entry):
        eventually(lambda: is_up(janus, entry["channel"]), within=5)
    eventually(lambda: outcome(cluster.client, dst), within=GRACE_SECONDS + LOST_SECONDS)
    assert outcome(cluster.client, dst) == "media_lost"
    eventually(lambda: janus.room(entry["channel"]) is None, within=STRAY_SECONDS)


def test_time_without_callsvc_does_not_count(cluster, janus, new_uid):
    dst = new_uid()
    entry = cluster.client.recieve(dst, cluster.client.call(new_uid(), dst)["channel"])
    with Listener(cluster.client, entry):
        eventually(lambda: is_up(janus, entry["channel"]), within=5)
        cluster["callsvc"].kill()
    assert_stays(lambda: janus.room(entry["channel"]), CALLSVC_AWAY_SECONDS)
    cluster.start("callsvc")
    assert_stays(lambda: outcome(cluster.client, dst) is None, KEPT_SECONDS)
