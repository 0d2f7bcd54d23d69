"""test_media_nodes.py - several Janus nodes: channels are spread over those that are there"""
import contextlib

import pytest

from lib.client import assert_refused
from lib.listener import Listener
from lib.waiting import eventually

CALLS = 12


@pytest.fixture(name="nodes")
def cluster_with_two_nodes(make_cluster):
    """(cluster, its nodes): both of them in use."""
    cluster = make_cluster(janus=2).start()
    eventually(lambda: cluster["robotsvc"].log().count("Janus is there") == 2, within=5)
    return cluster, cluster.nodes


def call_robots(cluster, count=CALLS):
    """The channels of robot calls."""
    answers = (cluster.client.post("/dapi/call/robot", json={"src_uid": str(uid)})
               for uid in range(1, count + 1))
    return {answer.data["channel"] for answer in answers}


def channels_at(node):
    """Those that have a room there."""
    with contextlib.closing(node.handle()) as handle:
        return {room["room"] for room in handle.ask("list")["list"]}


def test_channels_are_spread_and_each_is_at_one_node(nodes):
    cluster, (one, other) = nodes
    channels = call_robots(cluster)
    assert channels_at(one) | channels_at(other) == channels
    assert not channels_at(one) & channels_at(other)
    assert channels_at(one) and channels_at(other)


def test_both_parties_meet_at_the_same_node(nodes):
    cluster, (one, other) = nodes
    for number in range(3):
        call = cluster.client.call(f"src-{number}", f"dst-{number}")
        answered = cluster.client.recieve(f"dst-{number}", call["channel"])
        with Listener(cluster.client, call), Listener(cluster.client, answered):
            with contextlib.closing((one if call["channel"] in channels_at(one) else other)
                                    .handle()) as handle:
                eventually(lambda: len(handle.room(call["channel"])["parties"]) == 2, within=5)


def test_a_node_that_is_away_is_passed_over_until_it_is_back(nodes):
    cluster, (one, other) = nodes
    other.process.kill()
    eventually(lambda: "Janus is away" in cluster["robotsvc"].log(), within=5)
    channels = call_robots(cluster)
    assert channels_at(one) == channels
    other.start()
    eventually(lambda: cluster["robotsvc"].log().count("Janus is there") == 3, within=5)
    call_robots(cluster)
    assert channels_at(other)


def test_a_channel_stays_at_its_node_although_that_is_away(nodes):
    cluster, (one, other) = nodes
    entry = cluster.client.call("1", "2")
    with Listener(cluster.client, entry) as listener:
        node = one if channels_at(one) else other
        node.process.kill()
        eventually(lambda: "Janus is away" in cluster["robotsvc"].log(), within=5)
        assert_refused(listener.hang_up(), 503, "media_unavailable")
    node.start()
    eventually(lambda: cluster["robotsvc"].log().count("Janus is there") == 3, within=5)
    with Listener(cluster.client, entry):
        assert channels_at(node) == {entry["channel"]}
