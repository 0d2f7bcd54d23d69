"""test_live_storms.py - thousands listen while gateways and callsvc die: nobody misses anything"""
import itertools
import random

import pytest

from lib.bus import BusClient, EventProxy
from lib.crowd import Crowd, raise_descriptor_limit
from lib.fake_clock import StandingClock
from lib.traffic import Traffic
from lib.waiting import eventually

LISTENERS = 10_000
WATCHERS = 1_000
PAIRS = 300  # of the listeners, that call each other
COME_SECONDS = 120  # for all of them, on a machine that does much else
HEAR_SECONDS = 60
BUSY_VERBS = 150  # between two blows


@pytest.fixture(autouse=True)
def many_descriptors():
    """The gateways have as many as the test."""
    if raise_descriptor_limit() < LISTENERS + 1000:
        pytest.skip("needs more open files: ulimit -Hn")


@pytest.fixture(name="uids")
def uids_that_listen(uid_numbers):
    """New ones."""
    return [str(number) for number in itertools.islice(uid_numbers, WATCHERS)]


def names(member):
    """What it heard: (type, channel) of each event."""
    return [(event["type"], event["call"]["channel"]) for event in member.heard]


def assert_in_order(members):
    """Each event has a greater number than the one before: so none comes twice, either."""
    for member in members:
        numbers = [event["seq"] for event in member.heard]
        assert numbers == sorted(set(numbers)), member.uid


def stored_events(cluster, members):
    """(seq, type, channel) of every event that callsvc has for each of them."""
    questions = [("events_since", {"uid": member.uid, "limit": 1000}) for member in members]
    with BusClient(cluster.endpoints["callsvc"], within=COME_SECONDS) as bus:
        replies = bus.ask_many(questions, left_ms=COME_SECONDS * 1000)
    for reply in replies:
        assert reply.error == 0 and not reply.body.get("more"), reply
        items = reply.bulk_items
        yield [(event["seq"], event["type"], call["channel"])
               for event, call in zip(items[::3], items[1::3])]


def assert_complete(cluster, members):
    """Each has heard all that is stored for its uid, once, in order."""
    stored = list(stored_events(cluster, members))
    eventually(lambda: all(len(member.heard) >= len(events)
                           for member, events in zip(members, stored)), HEAR_SECONDS, every=0.2)
    for member, events in zip(members, stored):
        assert [(event["seq"], event["type"], event["call"]["channel"])
                for event in member.heard] == events, member.uid
    assert sum(map(len, stored)) > 0


def call_and_hang_up(client, src, dst):
    """One of three stories; what both hear of it."""
    channel = client.call(src, dst)["channel"]
    story = random.choice(["cancelled", "rejected", "completed"])
    if story == "completed":
        client.recieve(dst, channel)
    client.end(dst if story == "rejected" else src, channel)
    told = ["created", *(["answered"] if story == "completed" else []), story]
    return [(f"call.{name}", channel) for name in told]


def test_everybody_hears_of_his_own_calls_and_of_no_others(make_cluster):
    cluster = make_cluster().start("callsvc", "tokensvc", "gateway")
    uids = [f"u{number}" for number in range(LISTENERS)]
    told = {uid: [] for uid in uids}
    with Crowd([cluster.client.address]) as crowd:
        members = [crowd.add(uid) for uid in uids]
        crowd.await_open(COME_SECONDS)
        for _ in range(PAIRS):
            src, dst = random.sample(uids, 2)
            story = call_and_hang_up(cluster.client, src, dst)
            told[src] += story
            told[dst] += story
        eventually(lambda: all(names(member) == told[member.uid] for member in members),
                   HEAR_SECONDS, every=0.5)
        assert_in_order(members)
        assert [member.times_open for member in members] == [1] * LISTENERS


class Storm:
    """Listeners, and calls among them; at its end each must have heard all that is stored."""

    def __init__(self, cluster, clients, uids):
        self._cluster = cluster
        self._traffic = Traffic(clients, uids)
        self.crowd = Crowd([client.address for client in clients])
        self._uids = uids
        self.members = []

    def __enter__(self):
        self.crowd.__enter__()
        self._traffic.__enter__()
        self.members = [self.crowd.add(uid) for uid in self._uids]
        self.crowd.await_open(COME_SECONDS)
        return self

    def __exit__(self, kind, *_):
        self._traffic.end()
        try:
            if not kind:
                self.crowd.await_open(COME_SECONDS)
                assert_complete(self._cluster, self.members)
                assert self._traffic.trouble == []
        finally:
            self.crowd.__exit__()

    def strike(self, blow=lambda: None):
        """While calls are made, which then go on."""
        for part in (lambda: None, blow):
            part()
            enough = self._traffic.done + BUSY_VERBS
            eventually(lambda enough=enough: self._traffic.done >= enough, HEAR_SECONDS)

    def kill(self, name):
        """And start it again."""
        self._cluster[name].kill()
        self._cluster.start(name)


def test_a_gateway_that_is_killed_takes_nothing_from_its_listeners(make_cluster, uids):
    cluster = make_cluster()
    name, client = cluster.add_gateway()
    cluster.start("callsvc", "tokensvc", "gateway", name)
    with Storm(cluster, [cluster.client, client], uids) as storm:
        for _ in range(2):
            storm.strike(lambda: storm.kill(name))
    assert max(member.times_open for member in storm.members) > 1


def test_a_callsvc_that_is_killed_takes_nothing_from_the_listeners(make_cluster, uids):
    cluster = make_cluster().start("callsvc", "tokensvc", "gateway")
    with Storm(cluster, [cluster.client], uids) as storm:
        for _ in range(2):
            storm.strike(lambda: storm.kill("callsvc"))
    assert {member.times_open for member in storm.members} == {1}, "nobody had to come back"


def test_listeners_that_are_cut_off_all_the_time_miss_nothing(make_cluster, uids):
    cluster = make_cluster().start("callsvc", "tokensvc", "gateway")
    with Storm(cluster, [cluster.client], uids) as storm:
        for _ in range(5):
            storm.strike(lambda: storm.crowd.cut(random.sample(storm.members, WATCHERS // 2)))


def test_events_that_are_lost_on_their_way_are_filled_in(make_cluster, uids):
    cluster = make_cluster()
    endpoint = f"ipc://{cluster.folder}/lossy"
    cluster["gateway"].environment["DAPI_CALLSVC_EVENTS"] = endpoint
    with EventProxy(cluster.endpoints["callsvc_events"], endpoint,
                    lambda _: random.random() < 0.3) as proxy:
        cluster.start("callsvc", "tokensvc", "gateway")
        with Storm(cluster, [cluster.client], uids) as storm:
            storm.strike()
    assert proxy.dropped


def test_what_was_due_while_callsvc_was_away_is_told_at_its_start(make_cluster, uids, tmp_path):
    clock = StandingClock(tmp_path)
    cluster = make_cluster(variables={"callsvc": clock.variables})
    cluster.start("callsvc", "tokensvc", "gateway")
    told = {}
    with Crowd([cluster.client.address]) as crowd:
        members = [crowd.add(uid) for uid in uids]
        crowd.await_open(COME_SECONDS)
        for src, dst in zip(uids[:200:2], uids[1:200:2]):
            channel = cluster.client.call(src, dst)["channel"]
            told[src] = told[dst] = [("call.created", channel), ("call.missed", channel)]
        cluster["callsvc"].kill()
        clock.advance(61)
        cluster.start("callsvc")
        eventually(lambda: all(names(member) == told.get(member.uid, []) for member in members),
                   HEAR_SECONDS, every=0.5)
        assert_in_order(members)
