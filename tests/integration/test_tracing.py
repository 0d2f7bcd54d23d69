"""test_tracing.py - a request is followed through the services: its id, and W3C Trace Context"""
import re

import pytest

from lib.bus import ERRORS, FakeService

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"


@pytest.fixture(name="watched")
def gateway_beside_a_fake_callsvc(make_cluster):
    """(client, what a callsvc was asked)."""
    cluster = make_cluster()
    nothing = FakeService("callsvc", cluster.endpoints["callsvc"],
                          lambda *_: (ERRORS["call_not_found"], {}))
    with nothing as callsvc:
        cluster.start("tokensvc", "gateway")
        yield cluster.client, callsvc.asked


def test_the_callers_trace_goes_on_to_the_services(watched):
    client, asked = watched
    client.post("/dapi/call/msg", json={"uid": "1"}, headers={"traceparent": TRACEPARENT})
    (_, _, traceparent), = asked
    assert re.fullmatch(f"00-{TRACE_ID}-[0-9a-f]{{16}}-01", traceparent)


@pytest.mark.parametrize("given", [None, "00-zz-11-00", "00-" + "0" * 32 + "-00f067aa0ba902b7-01"])
def test_without_a_usable_trace_one_begins_here(watched, given):
    client, asked = watched
    headers = {"traceparent": given} if given else {}
    client.post("/dapi/call/msg", json={"uid": "1"}, headers=headers)
    (_, _, traceparent), = asked
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]", traceparent)
    assert "0" * 32 not in traceparent


def test_a_refusal_carries_the_request_id_that_its_header_says(dapi):
    refused = dapi.post("/dapi/call/user", json={})
    assert refused.json["request_id"] == refused.headers["X-Request-Id"]


def test_request_ids_differ(dapi, new_uid):
    answers = [dapi.post("/dapi/call/msg", json={"uid": new_uid()}) for _ in range(20)]
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 20
