"""test_limits.py - what a client may do to a WebSocket, and what becomes of it then"""
import signal
import socket
import threading

from lib.live import CLOSE, PING, TEXT, Closed, frame
from lib.waiting import eventually

NOTICE_SECONDS = 10
RSV1 = 0xc0


def test_who_answers_pings_stays(make_stage, new_uid):
    stage = make_stage(DAPI_EVENT_PING_SECONDS="1")
    with stage.listen(new_uid()) as listener:
        for _ in range(4):
            opcode, payload = listener.next_frame()
            assert opcode == PING
            listener.send(10, payload)
        listener.assert_silent()


def test_who_does_not_is_dropped(make_stage, new_uid):
    stage = make_stage(DAPI_EVENT_PING_SECONDS="1")
    with stage.listen(new_uid()) as listener:
        frames = [listener.next_frame() for _ in range(2)]
    assert frames[0][0] == PING
    assert frames[1] == (CLOSE, b"\x03\xf0you do not answer pings")
    eventually(lambda: stage.metric("dapi_event_sockets") == 0, within=NOTICE_SECONDS)


def test_what_a_client_says_is_ignored(stage, new_uid):
    uid = new_uid()
    with stage.listen(uid) as listener:
        for _ in range(10):
            listener.send(TEXT, b"a" * 4096)
            listener.send(2, b"\xff")
        listener.assert_silent()
        seq = stage.calls.happen(uid)
        assert listener.next()["seq"] == seq


def test_who_says_too_much_is_dropped(stage, new_uid):
    with stage.listen(new_uid()) as listener:
        for _ in range(17):
            listener.send(TEXT, b"a" * 4096)
        closed = listener.closed()
    assert (closed.code, closed.reason) == (1008, "you say too much")


def test_who_says_something_long_is_dropped(stage, new_uid):
    with stage.listen(new_uid()) as listener:
        listener.send(TEXT, b"a" * 4097)
        assert listener.closed().code == 1009


def test_who_breaks_the_protocol_is_dropped(stage, new_uid):
    for bytes_, code in ((frame(TEXT, b"a", first=RSV1), 1002), (b"\x81\x01a", 1002),
                         (frame(TEXT, b"\xff"), 1007), (frame(3), 1002)):
        with stage.listen(new_uid()) as listener:
            listener.sock.sendall(bytes_)
            assert listener.closed().code == code


def test_a_goodbye_is_answered_and_the_connection_closed(stage, new_uid):
    with stage.listen(new_uid()) as listener:
        listener.send(CLOSE, b"\x03\xe8")
        assert listener.next_frame() == (CLOSE, b"\x03\xe8")
        assert listener.sock.recv(1) == b""


def test_who_is_gone_without_a_word_is_noticed(make_stage, new_uid):
    stage = make_stage()
    with stage.listen(new_uid()):
        eventually(lambda: stage.metric("dapi_event_sockets") == 1, within=NOTICE_SECONDS)
    eventually(lambda: stage.metric("dapi_event_sockets") == 0, within=NOTICE_SECONDS)


def test_who_does_not_read_is_dropped_and_nobody_else_notices(make_stage, new_uid):
    stage = make_stage()
    uid = new_uid()
    with stage.listen(uid, receive_bytes=4096) as slow, stage.listen(uid) as quick:
        count = 0
        while stage.metric("dapi_event_sockets_slow_total") == 0:
            for _ in range(50):
                seq = stage.calls.happen(uid)
                assert quick.next()["seq"] == seq
                count += 1
            assert count < 5000, "a client that does not read is not dropped"
        told = []
        try:
            while True:
                told.append(slow.next()["seq"])
        except Closed as closed:
            assert (closed.code, closed.reason) == (1008, "you do not read")
        assert told == list(range(1, len(told) + 1)) and len(told) < count
        quick.assert_silent()


def test_a_reader_that_is_slow_with_what_it_missed_is_waited_for(stage, new_uid):
    """A page at a time: it may be far behind, and is not dropped for that."""
    uid = new_uid()
    happened = [stage.calls.happen(uid) for _ in range(1000)]
    with stage.listen(uid, since=0, receive_bytes=4096) as listener:
        assert [event["seq"] for event in listener.take(1000)] == happened
        listener.assert_silent()


def test_a_flood_of_pings_is_answered_as_fast_as_it_is_read(make_stage, new_uid):
    """Who does not read the pongs is not read himself: nothing grows."""
    stage = make_stage()
    with stage.listen(new_uid(), receive_bytes=4096) as listener:
        listener.sock.settimeout(1)
        flood = frame(PING) * 10000
        try:
            listener.sock.sendall(flood)
        except (socket.timeout, ConnectionError):
            pass
        assert stage.client.get("/openapi.json").status == 200


def test_all_are_told_when_the_gateway_leaves(make_stage, new_uid):
    stage = make_stage()
    listeners = [stage.listen(new_uid()) for _ in range(50)]
    gateway = stage.cluster["gateway"]
    gateway.send(signal.SIGTERM)
    closed = [listener.closed() for listener in listeners]
    assert {(each.code, each.reason) for each in closed} == {(1001, "this server leaves")}
    for listener in listeners:
        listener.sock.close()
    assert gateway.wait() == 0


def test_who_does_not_say_goodbye_does_not_keep_the_gateway(make_stage, new_uid):
    stage = make_stage()
    with stage.listen(new_uid()):
        gateway = stage.cluster["gateway"]
        gateway.send(signal.SIGTERM)
        assert gateway.wait() == 0


def test_a_listener_goes_on_elsewhere(make_stage, new_uid):
    """The gateway is killed; what happens meanwhile is told by the next one."""
    stage = make_stage()
    uid = new_uid()
    with stage.listen(uid) as listener:
        known = stage.calls.happen(uid)
        assert listener.next()["seq"] == known
        stage.cluster["gateway"].kill()
        assert listener.closed().code is None
    missed = [stage.calls.happen(uid) for _ in range(5)]
    stage.cluster.start("gateway")
    with stage.listen(uid, since=known) as listener:
        assert [event["seq"] for event in listener.take(5)] == missed
        listener.assert_silent()


def test_many_come_and_go(stage, new_uid):
    """Threads that open and close while events happen: each hears its own."""
    problems = []

    def come_and_go():
        try:
            for _ in range(20):
                uid = new_uid()
                with stage.listen(uid) as listener:
                    seq = stage.calls.happen(uid)
                    assert listener.next()["seq"] == seq
        except Exception as problem:  # pylint: disable=broad-except
            problems.append(problem)
    threads = [threading.Thread(target=come_and_go) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
