"""test_media_faults.py - what carries media dies while it is in use: calls go on, and nothing is left

DAPI_SLOW=1 waits for what takes longer than a minute, too.
"""
import os
import signal
import time

import pytest

from calls.lib.calls import A_HERTZ, answered_call, enter_both, hang_up, is_open, robot_call
from calls.lib.light import LightClients
from calls.lib.party import Stage, talk_to_each_other
from calls.lib.rooms import (await_no_room, await_robots_play, has_session, owners_in, robots_in,
                             rooms_of, uids_in)
from calls.lib.sweep import positions, write_sweep
from lib import processes
from lib.cluster import Janus
from lib.processes import REPOSITORY
from lib.waiting import eventually

SLOW = bool(os.environ.get("DAPI_SLOW"))
ROBOTS = 50
JANUS_ROOMS = 20
SWEEP_SECONDS = 60
RESUME_SECONDS = 5
BEATS_SECONDS = 2  # by which callsvc knows what a robotsvc has
SESSION_SECONDS = 65  # Janus ends sessions that nobody kept alive for 60
AWAY_SECONDS = 30 if SLOW else 8
TIDY_SECONDS = 10
PLAYS_ON_SECONDS = 5
MOST_PAUSE_SECONDS = 1


@pytest.fixture(name="stage")
def own_stage():
    """Where parties live."""
    with Stage() as stage:
        yield stage


@pytest.fixture(scope="module", name="audio")
def recordings(tmp_path_factory):
    """The folder of a recording that tells where in it one is."""
    folder = tmp_path_factory.mktemp("audio")
    (folder / "greeting.opus").symlink_to(REPOSITORY / "robotsvc/audio/greeting.opus")
    write_sweep(folder / "sweep.opus", SWEEP_SECONDS)
    return folder


@pytest.fixture(name="make_media")
def cluster_with_media(make_cluster, audio):
    """make_media(): a cluster with a Janus and the recording, not started yet."""
    return lambda: make_cluster(janus=True, DAPI_AUDIO_DIR=str(audio))


@pytest.fixture(name="crowd")
def light_clients(tmp_path):
    """Many clients that only count what they hear."""
    with LightClients(tmp_path) as crowd:
        yield crowd


def add_robotsvc(cluster):
    """A second replica, which the gateway knows of; not started."""
    endpoint = f"ipc://{cluster.folder}/robotsvc2"
    settings = {**cluster["robotsvc"].environment, "DAPI_ROBOTSVC_LISTEN": endpoint,
                "DAPI_ADMIN_LISTEN": f"unix:{cluster.folder}/robotsvc2.admin"}
    cluster.services["robotsvc2"] = processes.Process(
        "robotsvc2", [processes.BUILD / "robotsvc"], settings, cluster.folder)
    cluster["gateway"].environment["DAPI_ROBOTSVC"] = f"{cluster.endpoints['robotsvc']},{endpoint}"


def start_with_one(cluster):
    """All that there is but the second robotsvc."""
    cluster.janus.start()
    return cluster.start("callsvc", "tokensvc", "robotsvc", "gateway")


def await_position(party, since, within=RESUME_SECONDS):
    """Where the recording is when the party hears it first after `since` samples."""
    return eventually(lambda: positions(party.samples(since=since)), within, every=0.05)[0]


def wait(seconds):
    """Nothing tells of what has to pass here."""
    until = time.monotonic() + seconds
    eventually(lambda: time.monotonic() > until, seconds + 1)


def await_all_gone(cluster, sessions=(), within=TIDY_SECONDS):
    """Nothing is left in Janus: no room, no robot, and these sessions are over."""
    await_no_room(cluster.janus, within)
    eventually(lambda: not any(has_session(cluster.janus, number) for number in sessions),
               within, every=0.5)


# robotsvc


def test_fifty_robots_play_on_when_their_robotsvc_is_killed(make_media, stage, crowd):
    cluster = make_media()
    add_robotsvc(cluster)
    start_with_one(cluster)
    entries = [robot_call(cluster.client, str(uid)) for uid in range(1, ROBOTS + 1)]
    party = stage.enter(cluster.client, entries[0], A_HERTZ)
    crowd.enter_all(cluster.client, entries[1:])
    channels = [entry["channel"] for entry in entries]
    await_robots_play(cluster.janus, channels, RESUME_SECONDS)
    cluster.start("robotsvc2")
    sessions = owners_in(cluster.janus)
    stopped_at, heard, killed_at = positions(party.samples())[-1], party.length(), time.monotonic()
    cluster["robotsvc"].kill()
    goes_on_at = await_resumed(party, heard, stopped_at)
    paused = time.monotonic() - killed_at
    await_robots_play(cluster.janus, channels, killed_at + RESUME_SECONDS - time.monotonic())
    assert abs(goes_on_at - stopped_at - paused) < 1, (goes_on_at, stopped_at, paused)
    for uid, entry in enumerate(entries, 1):
        assert cluster.client.end(str(uid), entry["channel"])["reason"] == "completed"
    await_all_gone(cluster, sessions)


def test_robots_play_on_when_their_robotsvc_ends(make_media, stage):
    """Without a pause: the old one plays until the new one does."""
    cluster = make_media()
    add_robotsvc(cluster)
    start_with_one(cluster)
    entries = [robot_call(cluster.client, str(uid)) for uid in (1, 2)]
    parties = [stage.enter(cluster.client, entry, A_HERTZ) for entry in entries]
    channels = [entry["channel"] for entry in entries]
    await_robots_play(cluster.janus, channels, RESUME_SECONDS)
    cluster.start("robotsvc2")
    wait(BEATS_SECONDS)
    before = [positions(party.samples())[-1] for party in parties]
    cluster["robotsvc"].terminate()
    for party, stopped_at in zip(parties, before):
        eventually(lambda p=party, at=stopped_at: positions(p.samples())[-1] > at + PLAYS_ON_SECONDS,
                   RESUME_SECONDS + PLAYS_ON_SECONDS)
        heard = [at for at in positions(party.samples()) if at > stopped_at]
        steps = [later - earlier for earlier, later in zip(heard, heard[1:])]
        assert max(steps) < MOST_PAUSE_SECONDS, heard
    for uid, entry in enumerate(entries, 1):
        assert cluster.client.end(str(uid), entry["channel"])["reason"] == "completed"
    await_all_gone(cluster)


def test_a_robot_waits_for_the_next_robotsvc_when_there_is_no_other(make_media, stage):
    cluster = start_with_one(make_media())
    entry = robot_call(cluster.client, "1")
    party = stage.enter(cluster.client, entry, A_HERTZ)
    stopped_at, heard = await_position(party, since=0), party.length()
    cluster["robotsvc"].terminate()
    cluster.start("robotsvc")
    await_resumed(party, heard, stopped_at)
    assert cluster.client.end("1", entry["channel"])["reason"] == "completed"
    await_all_gone(cluster)


def await_resumed(party, since, stopped_at):
    """Where the recording goes on: after what came when it had stopped already."""
    def find():
        later = [at for at in positions(party.samples(since=since)) if at > stopped_at + 1]
        return later and later[0]
    return eventually(find, RESUME_SECONDS, every=0.05)


@pytest.mark.parametrize("how", ["kill", "terminate"])
def test_who_talks_through_a_robotsvc_that_ends_talks_on(make_media, stage, how):
    cluster = make_media()
    add_robotsvc(cluster)
    start_with_one(cluster)
    call = answered_call(cluster.client, "1", "2")
    a, b = enter_both(stage, cluster.client, call)
    sessions = owners_in(cluster.janus)
    cluster.start("robotsvc2")
    wait(BEATS_SECONDS)
    getattr(cluster["robotsvc"], how)()
    talk_to_each_other(stage, a, b)
    if SLOW:
        wait(SESSION_SECONDS)
        talk_to_each_other(stage, a, b)
    assert uids_in(cluster.janus, call["channel"]) == {"1", "2"}
    assert a.hang_up().status == 200
    talk_to_each_other(stage, stage.enter(cluster.client, call, A_HERTZ), b)
    hang_up(cluster.client, call)
    await_all_gone(cluster, sessions)


def test_a_robotsvc_that_was_frozen_puts_nobody_out_who_entered_meanwhile(make_media, stage):
    cluster = make_media()
    add_robotsvc(cluster)
    start_with_one(cluster)
    cluster.start("robotsvc2")
    call = answered_call(cluster.client, "1", "2")
    wait(BEATS_SECONDS)  # the gateway knows it, too
    cluster["robotsvc2"].send(signal.SIGSTOP)
    a, b = enter_both(stage, cluster.client, call)  # what it was asked is asked of the other, too
    cluster["robotsvc2"].send(signal.SIGCONT)
    cluster.await_ready("robotsvc2")
    wait(BEATS_SECONDS)
    assert uids_in(cluster.janus, call["channel"]) == {"1", "2"}
    talk_to_each_other(stage, a, b)
    hang_up(cluster.client, call)
    await_all_gone(cluster)


def test_a_room_whose_channel_closed_while_no_robotsvc_was_there_goes(make_media, stage):
    cluster = make_media()
    cluster.start()
    call = answered_call(cluster.client, "1", "2")
    enter_both(stage, cluster.client, call)
    sessions = owners_in(cluster.janus)
    wait(BEATS_SECONDS)
    cluster["robotsvc"].kill()
    hang_up(cluster.client, call)
    cluster.start("robotsvc")
    await_all_gone(cluster, sessions)


# Janus


def test_twenty_rooms_are_made_again_when_janus_was_killed(make_media, stage, crowd):
    cluster = make_media().start()
    entries = [robot_call(cluster.client, str(uid)) for uid in range(1, JANUS_ROOMS + 1)]
    party = stage.enter(cluster.client, entries[0], A_HERTZ)
    crowd.enter_all(cluster.client, entries[1:])
    channels = [entry["channel"] for entry in entries]
    await_robots_play(cluster.janus, channels, RESUME_SECONDS)
    stopped_at = positions(party.samples())[-1]
    cluster.janus.process.kill()
    cluster.janus.start()
    eventually(lambda: {channel for channel, _ in robots_in(cluster.janus)} == set(channels),
               RESUME_SECONDS)
    again = stage.enter(cluster.client, entries[0], A_HERTZ)
    assert stopped_at < await_position(again, 0)
    crowd.enter_all(cluster.client, entries[1:])
    await_robots_play(cluster.janus, channels, RESUME_SECONDS)
    for uid, entry in enumerate(entries, 1):
        assert cluster.client.end(str(uid), entry["channel"])["reason"] == "completed"
    await_all_gone(cluster)


def test_two_talk_again_with_the_tokens_they_have_when_janus_was_killed(make_media, stage):
    cluster = make_media().start()
    call = answered_call(cluster.client, "1", "2")
    enter_both(stage, cluster.client, call)
    cluster.janus.process.kill()
    cluster.janus.start()
    eventually(lambda: cluster.admin("robotsvc", "/readyz")[0] == 200, RESUME_SECONDS)
    enter_both(stage, cluster.client, call)
    cluster.client.end("2", call["channel"])
    await_all_gone(cluster)


class NodePair:
    """A cluster with two Janus nodes of the same secret."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.nodes = [cluster.janus, Janus(cluster.folder / "second")]
        second = self.nodes[1].folder / "janus"
        second.mkdir(parents=True)
        self.nodes[0].start()
        (second / "secret").write_bytes((cluster.folder / "janus/secret").read_bytes())
        self.nodes[1].start()
        cluster["robotsvc"].environment["DAPI_JANUS"] = ",".join(
            node.settings["DAPI_JANUS"] for node in self.nodes)
        cluster.start("callsvc", "tokensvc", "robotsvc", "gateway")
        eventually(lambda: self.places_of_robots() == {0, 1}, RESUME_SECONDS)

    def places_of_robots(self):
        """Where the rooms of new robot calls are."""
        return {self.place(robot_call(self.cluster.client, str(uid))) for uid in range(100, 120)}

    def place(self, entry):
        """On which node the channel's room is; it is only on one."""
        found = [i for i, node in enumerate(self.nodes)
                 if node.process.is_alive() and entry["channel"] in rooms_of(node)]
        assert len(found) == 1, found
        return found[0]


@pytest.fixture(name="pair")
def two_nodes(make_media):
    """Both there and used."""
    pair = NodePair(make_media())
    yield pair
    pair.nodes[1].process.kill()


def test_channels_are_spread_over_nodes_and_both_parties_meet_on_one(pair, stage):
    calls = [answered_call(pair.cluster.client, str(n), str(n + 1)) for n in range(1, 9, 2)]
    for call in calls:
        enter_both(stage, pair.cluster.client, call)
        pair.place(call)
        hang_up(pair.cluster.client, call)


def test_a_node_that_is_down_is_passed_over_for_new_channels(pair, stage):
    pair.nodes[0].process.kill()
    client = pair.cluster.client
    eventually(lambda: client.post("/dapi/call/robot", json={"src_uid": "1"}).status == 200,
               within=RESUME_SECONDS)
    assert pair.places_of_robots() == {1}
    call = answered_call(client, "1", "2")
    enter_both(stage, client, call)
    assert pair.place(call) == 1


# callsvc


def test_nothing_ends_while_callsvc_is_away(make_media, stage):
    cluster = make_media().start()
    call = answered_call(cluster.client, "1", "2")
    a, b = enter_both(stage, cluster.client, call)
    entry = robot_call(cluster.client, "3")
    listener = stage.enter(cluster.client, entry, A_HERTZ)
    cluster["callsvc"].kill()
    wait(AWAY_SECONDS)
    talk_to_each_other(stage, a, b)
    heard = listener.length()
    assert await_position(listener, heard) > AWAY_SECONDS - 1
    cluster.start("callsvc")
    wait(RESUME_SECONDS)
    talk_to_each_other(stage, a, b)
    assert is_open(cluster.client, call)
    assert hang_up(cluster.client, call)["reason"] == "completed"
    assert cluster.client.end("3", entry["channel"])["reason"] == "completed"
    await_all_gone(cluster)
