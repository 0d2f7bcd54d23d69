"""test_waiting.py - requests that wait for a service: many at once, and clients that do not wait"""
import contextlib
import re
import signal
import socket
import struct

import pytest

from lib.waiting import eventually

MORE_THAN_ARE_WAITED_FOR_AWAKE = 300
RESET_AT_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER


@pytest.fixture(name="running")
def cluster_without_media(make_cluster):
    """Requests wait as long as the test likes."""
    return make_cluster(DAPI_REQUEST_MS="30000").start("callsvc", "tokensvc", "gateway")


@contextlib.contextmanager
def stopped(service):
    """It is there, and does nothing."""
    service.send(signal.SIGSTOP)
    try:
        yield
    finally:
        service.send(signal.SIGCONT)


def in_hand(running):
    """Requests of all workers."""
    _, text = running.admin("gateway", "/metrics")
    return sum(map(int, re.findall(r"^dapi_http_in_hand\S* (\d+)", text, re.MULTILINE)))


def await_in_hand(running, count):
    """The gateway has so many requests and no more."""
    eventually(lambda: in_hand(running) == count, within=10)


def ask(running, count):
    """Questions that were sent."""
    questions = [running.client.prepare("POST", "/dapi/call/msg", json={"uid": str(n)})
                 for n in range(1, count + 1)]
    for question in questions:
        question.send()
    return questions


def test_all_are_answered_when_more_wait_than_can_be_asked_for_cheaply(running):
    with stopped(running["callsvc"]):
        questions = ask(running, MORE_THAN_ARE_WAITED_FOR_AWAKE)
        await_in_hand(running, len(questions))
    assert [question.answer().status for question in questions] == [200] * len(questions)
    await_in_hand(running, 0)


def test_a_header_that_comes_in_pieces_is_read_beside_those_who_wait(running):
    host, port = running.client.address.rsplit(":", 1)
    head = b"GET /openapi.json HTTP/1.1\r\nHost: " + running.client.address.encode()
    with stopped(running["callsvc"]), socket.create_connection((host, int(port)), timeout=20) as s:
        questions = ask(running, 3)
        await_in_hand(running, len(questions))
        s.sendall(head + b"\r\nX-Long: " + b"x" * 5000)
        s.sendall(b"y" * 1000 + b"\r\nConnection: close\r\n\r\n")
        assert s.recv(12) == b"HTTP/1.1 200"
    assert [question.answer().status for question in questions] == [200] * len(questions)


def test_a_body_in_pieces_is_read_beside_those_who_wait(running):
    with stopped(running["callsvc"]):
        questions = ask(running, 3)
        await_in_hand(running, len(questions))
        answer = running.client.post("/dapi/call/end", raw=b"[" * 60000, type="application/json")
        assert answer.status == 400
    assert [question.answer().status for question in questions] == [200] * len(questions)


def test_clients_that_reset_while_they_wait_are_forgotten(running):
    host, port = running.client.address.rsplit(":", 1)
    request = (f"POST /dapi/call/msg HTTP/1.1\r\nHost: {running.client.address}\r\n"
               "Content-Type: application/json\r\nContent-Length: 11\r\n\r\n"
               '{"uid":"1"}').encode()
    with stopped(running["callsvc"]):
        for _ in range(20):
            with socket.create_connection((host, int(port))) as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
                s.sendall(request)
                eventually(lambda: in_hand(running) == 1, within=10)
            await_in_hand(running, 0)
        patient = ask(running, 1)
    assert patient[0].answer().status == 200
    assert running.client.messages("1") == []
    assert "level=error" not in running["gateway"].log()


def test_a_client_that_has_said_all_it_will_is_answered(running):
    host, port = running.client.address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=20) as s:
        with stopped(running["callsvc"]):
            s.sendall(f"POST /dapi/call/msg?uid=1 HTTP/1.1\r\nHost: {running.client.address}\r\n"
                      "Content-Length: 0\r\n\r\n".encode())
            await_in_hand(running, 1)
            s.shutdown(socket.SHUT_WR)
        assert s.recv(12) == b"HTTP/1.1 200"
