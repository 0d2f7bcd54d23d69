"""test_push_faults.py - push services that hang or are away, and a callsvc that is killed"""
import collections

import pytest

from lib.cluster import free_port
from lib.waiting import eventually
from push.conftest import metric
from push.lib.apns import Apns
from push.lib.h2_server import HANG

UIDS, PHONES_EACH = 50, 20


@pytest.fixture(name="waiting_cluster")
def cluster_with_a_thousand_waiting(start_with, apple_settings, phone_of, new_uid):
    """(cluster, Apple's port, tokens): Apple is away, and 1000 pushes wait for it."""
    port = free_port()
    settings = {**apple_settings, "DAPI_APNS_URL": f"https://127.0.0.1:{port}"}
    cluster = start_with(settings)
    uids = [new_uid() for _ in range(UIDS)]
    tokens = {phone_of(cluster.client, uid).token for uid in uids for _ in range(PHONES_EACH)}
    for uid in uids:
        cluster.client.post("/dapi/call/user", json={
            "src_uid": new_uid(), "dst_uid": uid, "ring_seconds": 180}).data
    eventually(lambda: waiting(cluster) == UIDS * PHONES_EACH, within=20)
    return cluster, port, tokens


def waiting(cluster):
    """Pushes that are not sent."""
    return metric(cluster, "dapi_outbox_waiting", 'queue="apns"')


def restart(cluster):
    """callsvc, after its end."""
    cluster.start("callsvc")


def assert_each_has_its_id(pushes, tokens):
    """All arrived; what came twice came with the same id."""
    ids = collections.defaultdict(set)
    for push in pushes:
        ids[push.token].add(push.id)
    assert set(ids) == tokens
    assert all(len(each) == 1 for each in ids.values())
    assert len(set.union(*ids.values())) == len(tokens)


def test_kill_9_with_a_thousand_waiting_loses_none(waiting_cluster, authority, apple_key):
    cluster, port, tokens = waiting_cluster
    cluster["callsvc"].kill()
    with Apns(authority, apple_key.public_key(), port=port) as apple:
        restart(cluster)
        eventually(lambda: waiting(cluster) == 0, within=60)
        assert_each_has_its_id(apple.pushes, tokens)
        assert apple.problems == []


def test_kill_9_in_the_midst_of_it_repeats_with_the_same_ids(waiting_cluster, authority,
                                                             apple_key):
    """Some are answered and some are not when callsvc is killed."""
    cluster, port, tokens = waiting_cluster
    with Apns(authority, apple_key.public_key(), port=port) as apple:
        answered = []

        def answer_some(push):
            answered.append(push)
            return HANG if len(answered) > 300 else None
        apple.behave = answer_some
        eventually(lambda: len(answered) > 310, within=60)
        cluster["callsvc"].kill()
        apple.behave = lambda push: None
        restart(cluster)
        eventually(lambda: waiting(cluster) == 0, within=60)
        assert_each_has_its_id(apple.pushes, tokens)


def test_apple_that_hangs_changes_no_answer(start_with, apple_settings, apple, phone_of, new_uid):
    """Nor does Apple that is away; the calls are as they are without."""
    apple.behave = lambda push: HANG
    cluster = start_with(apple_settings)
    phones = [phone_of(cluster.client, new_uid()) for _ in range(20)]
    for phone in phones * 3:
        entry = cluster.client.call(new_uid(), phone.uid)
        assert cluster.client.recieve(phone.uid, entry["channel"])["channel"]
        assert cluster.client.end(phone.uid, entry["channel"])["state"] == "completed"
    assert cluster.admin("callsvc", "/readyz")[0] == 200


def test_apple_that_is_away_changes_no_answer(start_with, apple_settings, phone_of, new_uid):
    settings = {**apple_settings, "DAPI_APNS_URL": f"https://127.0.0.1:{free_port()}"}
    cluster = start_with(settings)
    phone = phone_of(cluster.client, new_uid())
    for _ in range(20):
        assert cluster.client.call(new_uid(), phone.uid)["channel"]
    assert cluster.admin("callsvc", "/readyz")[0] == 200


def test_after_the_ring_deadline_a_push_is_dropped(start_with, apple_settings, phone_of, new_uid):
    settings = {**apple_settings, "DAPI_APNS_URL": f"https://127.0.0.1:{free_port()}"}
    cluster = start_with(settings)
    phone = phone_of(cluster.client, new_uid())
    cluster.client.post("/dapi/call/user", json={
        "src_uid": new_uid(), "dst_uid": phone.uid, "ring_seconds": 5}).data
    eventually(lambda: waiting(cluster) == 1, within=5)
    eventually(lambda: waiting(cluster) == 0, within=30)
    late = metric(cluster, "dapi_outbox_dropped_total", 'kind="ring",reason="late"')
    over = metric(cluster, "dapi_outbox_dropped_total", 'kind="ring",reason="call_over"')
    assert late + over == 1


def test_a_call_that_is_over_rings_no_more(start_with, apple_settings, authority, apple_key,
                                           phone_of, new_uid):
    """Apple comes back after the caller has given up: that phone stays silent."""
    port = free_port()
    cluster = start_with({**apple_settings, "DAPI_APNS_URL": f"https://127.0.0.1:{port}"})
    given_up, kept = (phone_of(cluster.client, new_uid()) for _ in range(2))
    src = new_uid()
    entry = cluster.client.call(src, given_up.uid)
    cluster.client.call(new_uid(), kept.uid)
    eventually(lambda: waiting(cluster) == 2, within=5)
    cluster.client.end(src, entry["channel"])
    over = 'kind="ring",reason="call_over"'
    eventually(lambda: metric(cluster, "dapi_outbox_dropped_total", over) == 1, within=30)
    with Apns(authority, apple_key.public_key(), port=port) as apple:
        eventually(lambda: waiting(cluster) == 0, within=60)
        assert [push.token for push in apple.pushes] == [kept.token]


def test_a_phone_that_left_or_moved_is_not_rung(start_with, apple_settings, phone_of, new_uid):
    """Apple is away meanwhile, so that each push is taken again."""
    settings = {**apple_settings, "DAPI_APNS_URL": f"https://127.0.0.1:{free_port()}"}
    cluster = start_with(settings)
    left, moved = (phone_of(cluster.client, new_uid()) for _ in range(2))
    for phone in (left, moved):
        cluster.client.call(new_uid(), phone.uid)
    eventually(lambda: waiting(cluster) == 2, within=5)
    assert left.is_registered  # asks by unregistering it
    moved.register(uid=new_uid())
    eventually(lambda: waiting(cluster) == 0, within=60)
    gone = 'kind="ring",reason="device_gone"'
    assert metric(cluster, "dapi_outbox_dropped_total", gone) == 2


def test_a_term_waits_for_what_apple_has_in_hand(start_with, apple_settings, apple, phone_of,
                                                 new_uid):
    """And repeats nothing after the next start."""
    cluster = start_with(apple_settings)
    phone = phone_of(cluster.client, new_uid())
    cluster.client.call(new_uid(), phone.uid)
    apple.next()
    cluster["callsvc"].terminate()
    restart(cluster)
    assert waiting(cluster) == 0
    last = phone_of(cluster.client, new_uid())
    cluster.client.call(new_uid(), last.uid)
    assert apple.next().token == last.token
