"""test_webhooks.py - endpoints are told of calls, signed, in order, and without delaying each other"""
import threading
import time

import pytest

from lib.cluster import free_port
from lib.waiting import eventually
from push.conftest import dump, metric
from push.lib.hooks import Receiver, new_secret

NEW, OLD = new_secret("new"), new_secret("old")


@pytest.fixture(name="hooks")
def webhook_receiver(authority):
    """An endpoint."""
    with Receiver(authority) as receiver:
        yield receiver


@pytest.fixture(name="other_hooks")
def another_webhook_receiver(authority):
    """Another one."""
    with Receiver(authority) as receiver:
        yield receiver


def endpoint(name, url, **more):
    """As in the settings' file."""
    return {"name": name, "url": url, "secrets": [NEW], "allow_private": True, **more}


@pytest.fixture(name="start_telling")
def cluster_with_endpoints(start_with, authority, tmp_path):
    """start_telling(endpoint, …): a cluster with these."""
    def start(*endpoints):
        path = dump(tmp_path / "webhooks.json", {"endpoints": endpoints})
        return start_with({"DAPI_WEBHOOKS_FILE": path, "DAPI_PUSH_CA_FILE": str(authority.file)})
    return start


def waiting(cluster, name):
    """Rows for an endpoint."""
    return metric(cluster, "dapi_outbox_waiting", f'queue="webhook:{name}"')


def test_each_change_of_a_call_is_told_signed_with_both_secrets(start_telling, hooks, new_uid):
    dapi = start_telling(endpoint("crm", hooks.url, secrets=[NEW, OLD])).client
    src, dst = new_uid(), new_uid()
    entry = dapi.call(src, dst)
    dapi.recieve(dst, entry["channel"])
    dapi.end(src, entry["channel"])
    told = [hooks.next() for _ in range(3)]
    assert [hook.type for hook in told] == ["call.created", "call.answered", "call.completed"]
    assert [hook.number for hook in told] == [1, 2, 3]
    assert [hook.call["state"] for hook in told] == ["created", "answered", "completed"]
    for hook in told:
        assert hook.is_signed_by(NEW) and hook.is_signed_by(OLD) and len(hook.signatures) == 2
        assert not hook.is_signed_by(new_secret("another"))
        assert hook.headers["content-type"] == "application/json"
        assert set(hook.body) == {"type", "timestamp", "data"}
        assert set(hook.body["data"]) == {"number", "seq", "call"}
        assert hook.call["call_id"] == entry["call_id"] and hook.call["dst_uid"] == dst
        assert "token" not in hook.call
    assert len({hook.id for hook in told}) == 3


def test_a_webhook_that_fails_is_told_again_before_what_follows(start_telling, hooks, new_uid):
    """The same id and body each time, freshly signed; other calls do not wait for it."""
    refused = []

    def refuse_first(hook):
        if hook.call["src_uid"] == src and len(refused) < 2:
            refused.append(hook)
            return 500
        return None
    hooks.behave = refuse_first
    cluster = start_telling(endpoint("crm", hooks.url))
    src = new_uid()
    entry = cluster.client.call(src, new_uid())
    assert hooks.next().call["src_uid"] == src
    cluster.client.end(src, entry["channel"])
    other = new_uid()
    cluster.client.call(other, new_uid())
    eventually(lambda: waiting(cluster, "crm") == 0, within=20)
    told = [hook for hook in hooks.hooks if hook.call["src_uid"] == src]
    assert [hook.number for hook in told] == [1, 1, 1, 2]
    assert len({hook.id for hook in told[:3]}) == 1 and len({hook.raw for hook in told[:3]}) == 1
    assert all(hook.is_signed_by(NEW) for hook in told)
    assert sum(hook.call["src_uid"] == other for hook in hooks.hooks) == 1
    assert metric(cluster, "dapi_webhook_failures_total") == 2
    log = cluster["callsvc"].log()
    assert 'webhook \\"crm\\" does not take what it is told: status 500' in log
    assert 'webhook \\"crm\\" takes what it is told again' in log


def test_a_call_is_told_in_order_however_slow_it_is(start_telling, hooks, new_uid):
    hooks.behave = lambda hook: time.sleep(0.05 / hook.number)
    cluster = start_telling(endpoint("crm", hooks.url, in_flight=8))
    for _ in range(10):
        src, dst = new_uid(), new_uid()
        entry = cluster.client.call(src, dst)
        cluster.client.recieve(dst, entry["channel"])
        cluster.client.end(dst, entry["channel"])
    eventually(lambda: waiting(cluster, "crm") == 0, within=20)
    numbers = {}
    for hook in hooks.hooks:
        numbers.setdefault(hook.call["call_id"], []).append(hook.number)
    assert len(numbers) == 10 and set(map(tuple, numbers.values())) == {(1, 2, 3)}


def test_a_slow_endpoint_delays_no_other_and_has_its_most_in_flight(start_telling, hooks,
                                                                    other_hooks, new_uid):
    gate = threading.Event()
    hooks.behave = lambda hook: gate.wait(30) and None
    cluster = start_telling(endpoint("slow", hooks.url, in_flight=2),
                            endpoint("fast", other_hooks.url))
    for _ in range(20):
        cluster.client.call(new_uid(), new_uid())
    assert len({other_hooks.next().id for _ in range(20)}) == 20
    assert len(hooks.hooks) == 2 and waiting(cluster, "slow") == 20
    gate.set()
    eventually(lambda: waiting(cluster, "slow") == 0, within=20)
    assert len(hooks.hooks) == 20 and hooks.most_in_flight == 2


def test_endpoints_hear_of_what_they_asked_for(start_telling, hooks, other_hooks, new_uid):
    cluster = start_telling(endpoint("ends", hooks.url, events=["call.cancelled"]),
                            endpoint("all", other_hooks.url, events=["call.*"]))
    src = new_uid()
    entry = cluster.client.call(src, new_uid())
    cluster.client.end(src, entry["channel"])
    ended = hooks.next()
    assert (ended.type, ended.number) == ("call.cancelled", 2), "the call's own number"
    assert [other_hooks.next().type for _ in range(2)] == ["call.created", "call.cancelled"]
    assert len(hooks.hooks) == 1


def test_redirections_are_not_followed(start_telling, hooks, other_hooks, new_uid):
    hooks.behave = lambda hook: 307
    hooks.extra_headers = {"location": other_hooks.url}
    cluster = start_telling(endpoint("crm", hooks.url))
    cluster.client.call(new_uid(), new_uid())
    first, second = hooks.next(), hooks.next()
    assert first.id == second.id
    assert other_hooks.hooks == []


def test_retry_after_is_kept(start_telling, hooks, new_uid):
    answers = [429, None]
    hooks.behave = lambda hook: answers.pop(0)
    hooks.extra_headers = {"retry-after": "3"}
    cluster = start_telling(endpoint("crm", hooks.url))
    cluster.client.call(new_uid(), new_uid())
    first, second = hooks.next(), hooks.next()
    assert second.at - first.at >= 3


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
def test_private_addresses_are_refused_whatever_their_name(start_telling, hooks, new_uid, host):
    url = f"https://{host}:{hooks.port}/"
    cluster = start_telling(endpoint("inside", url, allow_private=False))
    cluster.client.call(new_uid(), new_uid())
    eventually(lambda: metric(cluster, "dapi_webhook_failures_total") >= 1, within=10)
    assert "its address is not public" in cluster["callsvc"].log()
    assert hooks.hooks == [] and waiting(cluster, "inside") == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(start_with, hooks, new_uid, tmp_path):
    path = dump(tmp_path / "webhooks.json", {"endpoints": [endpoint("crm", hooks.url)]})
    cluster = start_with({"DAPI_WEBHOOKS_FILE": path})
    cluster.client.call(new_uid(), new_uid())
    eventually(lambda: metric(cluster, "dapi_webhook_failures_total") >= 1, within=10)
    assert hooks.hooks == []


def test_plain_http_if_it_is_allowed(start_telling, new_uid):
    with Receiver() as plain:
        cluster = start_telling(endpoint("plain", plain.url, allow_http=True))
        cluster.client.call(new_uid(), new_uid())
        assert plain.next().is_signed_by(NEW)


def test_kill_9_loses_no_webhook_and_no_order(start_telling, authority, new_uid):
    """The endpoint is away until callsvc has been killed and started again."""
    port = free_port()
    cluster = start_telling(endpoint("crm", f"https://127.0.0.1:{port}/", in_flight=16))
    for _ in range(30):
        src, dst = new_uid(), new_uid()
        entry = cluster.client.call(src, dst)
        cluster.client.recieve(dst, entry["channel"])
        cluster.client.end(dst, entry["channel"])
    assert waiting(cluster, "crm") == 90
    cluster["callsvc"].kill()
    with Receiver(authority, port=port) as late:
        cluster.start("callsvc")
        eventually(lambda: waiting(cluster, "crm") == 0, within=60)
        numbers = {}
        for hook in late.hooks:
            numbers.setdefault(hook.call["call_id"], []).append(hook.number)
        assert len(numbers) == 30 and set(map(tuple, numbers.values())) == {(1, 2, 3)}
