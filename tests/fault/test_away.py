"""test_away.py - a service that is away: a clear 503 in time, and all works when it is back"""
import signal
import time

import pytest

from lib.bus import FakeService
from lib.client import assert_refused

DEADLINE_SECONDS = 5
CHANNEL = "ch_000000000a"


@pytest.fixture(name="running")
def whole_cluster(make_cluster):
    """All services, without a Janus."""
    return make_cluster().start()


def assert_away(answer, started, codes=("service_unavailable",)):
    """503 with Retry-After, before the deadline."""
    assert time.monotonic() - started < DEADLINE_SECONDS
    assert answer.status == 503 and answer.error["code"] in codes, answer
    assert int(answer.headers["Retry-After"]) > 0


def requests_that_need(name):
    """(path, fields) that cannot be answered without the service."""
    call_user = ("/dapi/call/user", {"src_uid": "1"})
    call_msg = ("/dapi/call/msg", {"uid": "1"})
    call_end = ("/dapi/call/end", {"uid": "1", "channel": CHANNEL})
    return {"callsvc": [call_user, call_msg, call_end], "tokensvc": [call_user],
            "robotsvc": [("/dapi/call/robot", {"src_uid": "1"})]}[name]


@pytest.mark.parametrize("name", ["callsvc", "tokensvc", "robotsvc"])
@pytest.mark.parametrize("how", ["kill", "terminate"])
def test_what_needs_it_is_refused_until_it_is_back(running, name, how):
    getattr(running[name], how)()
    for path, fields in requests_that_need(name):
        started = time.monotonic()
        assert_away(running.client.post(path, json=fields), started)
    running.start(name)
    for path, fields in requests_that_need(name):
        answer = running.client.post(path, json=fields)
        assert answer.status != 503 or answer.error["code"] == "media_unavailable", answer


def test_what_does_not_need_it_goes_on(running):
    running["tokensvc"].kill()
    running["robotsvc"].kill()
    assert running.client.messages("1") == []
    answer = running.client.post("/dapi/call/end", json={"uid": "1", "channel": CHANNEL})
    assert_refused(answer, 404, "call_not_found")


def test_no_call_is_left_behind_when_it_could_not_be_answered(running):
    running["tokensvc"].kill()
    assert running.client.post("/dapi/call/user",
                               json={"src_uid": "1", "dst_uid": "2"}).status == 503
    running.start("tokensvc")
    entry = running.client.call("1", "2")
    assert [row["channel"] for row in running.client.messages("2")] == [entry["channel"]]


@pytest.mark.parametrize("name", ["callsvc", "tokensvc"])
def test_a_service_that_hangs_is_no_hang(running, name):
    running[name].send(signal.SIGSTOP)
    started = time.monotonic()
    answer = running.client.post("/dapi/call/user", json={"src_uid": "1"})
    assert time.monotonic() - started < DEADLINE_SECONDS + 1
    assert answer.status in (503, 504), answer
    running[name].send(signal.SIGCONT)
    running.await_ready(name)
    assert running.client.post("/dapi/call/user", json={"src_uid": "1"}).status == 200


def test_a_service_that_never_answers_is_a_timeout(make_cluster):
    cluster = make_cluster()
    with FakeService("callsvc", cluster.endpoints["callsvc"], lambda *_: None):
        cluster.start("tokensvc", "gateway")
        started = time.monotonic()
        assert_refused(cluster.client.post("/dapi/call/msg", json={"uid": "1"}), 504, "timeout")
        assert time.monotonic() - started < DEADLINE_SECONDS + 1


def test_an_answer_that_cannot_be_read_is_the_services_fault(make_cluster):
    cluster = make_cluster()
    nonsense = FakeService("callsvc", cluster.endpoints["callsvc"], lambda *_: (0, {"status": "x"}))
    with nonsense:
        cluster.start("tokensvc", "gateway")
        answer = cluster.client.post("/dapi/call/end", json={"uid": "1", "channel": CHANNEL})
        assert_refused(answer, 500, "internal")
        assert "level=error" in cluster["gateway"].log()


def test_the_gateway_says_what_it_waits_for(running):
    running["callsvc"].kill()
    running.client.post("/dapi/call/msg", json={"uid": "1"})
    status, text = running.admin("gateway", "/readyz")
    assert status == 503 and "callsvc" in text
    assert running.admin("gateway", "/livez")[0] == 200
