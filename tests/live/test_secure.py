"""test_secure.py - wss: the same over TLS, where libmicrohttpd stays in between"""
import signal
import ssl
import subprocess

import pytest

from lib.live import PING, PONG, frame
from lib.waiting import eventually

NOTICE_SECONDS = 10
DROP_SECONDS = 40  # a client that takes nothing has ten of them


@pytest.fixture(name="secure")
def stage_over_tls(make_stage, tmp_path):
    """A Stage whose gateway speaks TLS."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=dapi",
                    "-out", certificate, "-keyout", key], check=True, capture_output=True)
    return make_stage(DAPI_TLS_CERTIFICATE_FILE=str(certificate), DAPI_TLS_KEY_FILE=str(key))


def listen(stage, uid, since=None, **more):
    """A Listener that takes every certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return stage.listen(uid, since, wrap=context.wrap_socket, **more)


def test_events_are_told(secure, new_uid):
    uid = new_uid()
    happened = [secure.calls.happen(uid) for _ in range(100)]
    with listen(secure, uid, since=0) as listener:
        happened += [secure.calls.happen(uid) for _ in range(100)]
        assert [event["seq"] for event in listener.take(200)] == happened
        listener.assert_silent()


def test_frames_that_come_with_the_request_are_not_lost(secure, new_uid):
    with listen(secure, new_uid(), early=frame(PING, b"early")) as listener:
        assert listener.next_frame() == (PONG, b"early")


def test_many_come_and_go(secure, new_uid):
    uids = [new_uid() for _ in range(60)]
    listeners = [listen(secure, uid) for uid in uids]
    happened = [secure.calls.happen(uid) for uid in uids]
    assert [each.next()["seq"] for each in listeners] == happened
    for each in listeners[::2]:
        each.sock.close()
    eventually(lambda: secure.metric("dapi_event_sockets") == 30, within=NOTICE_SECONDS)
    happened = [secure.calls.happen(uid) for uid in uids[1::2]]
    assert [each.next()["seq"] for each in listeners[1::2]] == happened
    for each in listeners[1::2]:
        each.sock.close()
    eventually(lambda: secure.metric("dapi_event_sockets") == 0, within=NOTICE_SECONDS)


def test_who_does_not_read_is_dropped(secure, new_uid):
    uid = new_uid()
    with listen(secure, uid, receive_bytes=4096) as slow:
        for _ in range(2000):
            secure.calls.happen(uid)
        eventually(lambda: secure.metric("dapi_event_sockets_slow_total") == 1,
                   within=DROP_SECONDS)
        assert slow.closed().code == 1008
    eventually(lambda: secure.metric("dapi_event_sockets") == 0, within=NOTICE_SECONDS)


def test_a_goodbye_is_answered_and_the_connection_closed(secure, new_uid):
    with listen(secure, new_uid()) as listener:
        listener.send(8, b"\x03\xe8")
        assert listener.next_frame() == (8, b"\x03\xe8")
        assert listener.sock.recv(1) == b""


def test_all_are_told_when_the_gateway_leaves(secure, new_uid):
    listeners = [listen(secure, new_uid()) for _ in range(20)]
    gateway = secure.cluster["gateway"]
    gateway.send(signal.SIGTERM)
    assert {listener.closed().code for listener in listeners} == {1001}
    for listener in listeners:
        listener.sock.close()
    assert gateway.wait() == 0


def test_who_does_not_say_goodbye_does_not_keep_the_gateway(secure, new_uid):
    with listen(secure, new_uid()):
        gateway = secure.cluster["gateway"]
        gateway.send(signal.SIGTERM)
        assert gateway.wait() == 0
