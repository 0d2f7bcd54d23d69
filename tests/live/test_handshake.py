"""test_handshake.py - how a WebSocket begins, and what is none (RFC 6455 section 4)"""
import asyncio
import json
import socket

import pytest
import websockets

from lib.client import assert_refused
from lib.live import PING, PONG, frame, upgrade_headers
from lib.waiting import eventually

NOTICE_SECONDS = 10
PATH = "/dapi/call/events"


def ask(stage, uid="1", without=(), **changed):
    """GET with a client's headers, but for some."""
    headers = {**upgrade_headers(), **{name.replace("_", "-"): value
                                       for name, value in changed.items()}}
    headers = {name: value for name, value in headers.items() if name not in without}
    return stage.client.get(f"{PATH}?uid={uid}", headers=headers)


def assert_upgrade_required(answer):
    """426, and what would be taken."""
    assert_refused(answer, 426, "upgrade_required")
    assert answer.headers["Upgrade"] == "websocket"
    assert answer.headers["Sec-WebSocket-Version"] == "13"


@pytest.mark.parametrize("name", ["Upgrade", "Connection", "Sec-WebSocket-Version"])
def test_who_does_not_ask_for_a_websocket_gets_none(stage, name):
    assert_upgrade_required(ask(stage, without=[name]))


@pytest.mark.parametrize("changed", [
    {"Upgrade": "h2c"}, {"Upgrade": "websockets"}, {"Connection": "keep-alive"},
    {"Sec_WebSocket_Version": "8"}, {"Sec_WebSocket_Version": "13, 8"},
    {"Sec_WebSocket_Version": ""}])
def test_what_is_asked_for_must_be_a_websocket_of_version_13(stage, changed):
    assert_upgrade_required(ask(stage, **changed))


@pytest.mark.parametrize("key", ["", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=a",
                                 "dGhlIHNhbXBsZSBub25j!Q==", "a" * 200])
def test_a_key_is_16_bytes(stage, key):
    assert_refused(ask(stage, Sec_WebSocket_Key=key), 400, "bad_field", "Sec-WebSocket-Key")


def test_a_key_must_be_there(stage):
    assert_refused(ask(stage, without=["Sec-WebSocket-Key"]), 400, "bad_field",
                   "Sec-WebSocket-Key")


@pytest.mark.parametrize("query, field", [
    ("", "uid"), ("?uid=0", "uid"), ("?uid=1&uid=1", "uid"), ("?uid=1&since=x", "since"),
    ("?uid=1&since=-2", "since"), ("?uid=1&since=9223372036854775808", "since")])
def test_parameters_are_checked(stage, query, field):
    answer = stage.client.get(PATH + query, headers=upgrade_headers())
    assert_refused(answer, 400, "bad_field", field)


def test_only_get_upgrades(stage):
    answer = stage.client.post(f"{PATH}?uid=1", headers=upgrade_headers())
    assert_refused(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET"


@pytest.mark.parametrize("header", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}])
def test_a_foreign_page_may_not_listen(stage, header):
    assert_refused(ask(stage, **header), 403, "foreign_origin")


def test_the_gateways_own_page_may_listen(stage):
    with stage.listen("1", headers={"Origin": stage.client.url}) as listener:
        listener.assert_silent()


def test_http_1_0_has_no_upgrades(stage):
    lines = [f"GET {PATH}?uid=1 HTTP/1.0", "Host: localhost",
             *(f"{name}: {value}" for name, value in upgrade_headers().items()), "", ""]
    answer = stage.client.send("\r\n".join(lines).encode())
    assert answer.split()[1] == b"426"


def test_words_are_found_in_lists_and_in_any_case(stage):
    with stage.listen("1", headers={"Upgrade": "foo, WebSocket",
                                    "Connection": "keep-alive, UPGRADE"}) as listener:
        listener.assert_silent()


@pytest.mark.parametrize("offered, chosen", [
    (None, None), ("dapi", "dapi"), ("bearer.abc, dapi", "dapi"), ("bearer.abc", None)])
def test_only_our_subprotocol_is_chosen(stage, offered, chosen):
    headers = {"Sec-WebSocket-Protocol": offered} if offered else {}
    with stage.listen("1", headers=headers) as listener:
        assert listener.headers.get("sec-websocket-protocol") == chosen


def test_frames_that_come_with_the_request_are_not_lost(stage):
    with stage.listen("1", early=frame(PING, b"early")) as listener:
        assert listener.next_frame() == (PONG, b"early")


def test_a_connection_that_has_asked_before_can_be_upgraded(stage):
    host, port = stage.client.address.split(":")
    request = [f"Host: {host}", *(f"{n}: {v}" for n, v in upgrade_headers().items()), "", ""]
    with socket.create_connection((host, int(port)), timeout=5) as sock:
        sock.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        got = b""
        while not got.endswith(b"}"):
            got += sock.recv(65536)
        sock.sendall("\r\n".join([f"GET {PATH}?uid=1 HTTP/1.1", *request]).encode())
        assert sock.recv(4096).startswith(b"HTTP/1.1 101 ")


def test_a_limit_on_sockets_is_kept(make_stage):
    stage = make_stage(DAPI_EVENT_SOCKETS="2")
    with stage.listen("1"), stage.listen("2"):
        eventually(lambda: stage.metric("dapi_event_sockets") == 2, within=NOTICE_SECONDS)
        answer = ask(stage)
        assert_refused(answer, 503, "overloaded")
        assert answer.headers["Retry-After"]


def test_an_ordinary_library_listens(stage, new_uid):
    """Its own ping, its own close, its own ideas of headers."""
    uid = new_uid()

    async def listen():
        url = f"ws://{stage.client.address}{PATH}?uid={uid}"
        async with websockets.connect(url, subprotocols=["dapi", "bearer.x"]) as listener:
            assert listener.subprotocol == "dapi"
            await (await listener.ping())
            seq = stage.calls.happen(uid)
            event = json.loads(await asyncio.wait_for(listener.recv(), 10))
            assert event["seq"] == seq
            await listener.send("who are you?")
            await (await listener.ping())
        assert listener.close_code == 1000
    asyncio.run(listen())
