"""test_drain.py - who leaves fails nobody: it serves until others know, answers what it has, and ends"""
import signal
import socket
import threading
import uuid

import pytest

from lib.bus import BusClient
from lib.waiting import eventually

CALLERS = 8
REQUEST = b"POST /dapi/call/msg HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n" \
          b"Content-Type: application/x-www-form-urlencoded\r\n\r\nuid=1"


def ask(address):
    """The status line over a connection of its own, or None if nobody listens there."""
    host, port = address.rsplit(":", 1)
    try:
        connection = socket.create_connection((host, int(port)), timeout=8)
    except ConnectionRefusedError:
        return None
    with connection:
        connection.sendall(REQUEST)
        return connection.recv(4096).split(b"\r\n")[0]


class Callers:
    """They connect anew for every request until they are refused."""

    def __init__(self, address):
        self.statuses = set()
        self.problems = []
        self.has_begun = threading.Event()
        self._address = address
        self._threads = [threading.Thread(target=self._ask_on) for _ in range(CALLERS)]

    def start(self):
        """Return once one of them has been answered."""
        for thread in self._threads:
            thread.start()
        assert self.has_begun.wait(8)

    def join(self):
        """Once all of them were refused."""
        for thread in self._threads:
            thread.join()

    def _ask_on(self):
        try:
            while status := ask(self._address):
                self.statuses.add(status)
                self.has_begun.set()
        except OSError as problem:
            self.problems.append(problem)


@pytest.mark.parametrize("linger_ms", [0, 300])
@pytest.mark.parametrize("threads", [1, 3])
def test_who_connects_while_a_gateway_leaves_is_answered_or_refused(make_cluster, linger_ms,
                                                                    threads):
    cluster = make_cluster(DAPI_LINGER_MS=str(linger_ms), DAPI_HTTP_THREADS=str(threads)).start()
    callers = Callers(cluster.client.address)
    callers.start()
    cluster["gateway"].send(signal.SIGTERM)
    callers.join()
    assert cluster["gateway"].wait() == 0
    assert (callers.statuses, callers.problems) == ({b"HTTP/1.1 200 OK"}, [])


def test_a_robotsvc_that_lingers_still_brings_robots(make_cluster):
    """Who asks it learns with its next ping that it goes, and must not be refused until then."""
    cluster = make_cluster(janus=True, variables={"robotsvc": {"DAPI_LINGER_MS": "60000"}}).start()
    with BusClient(cluster.endpoints["robotsvc"]) as bus:
        cluster["robotsvc"].send(signal.SIGTERM)
        eventually(lambda: not bus.ping(1)[3], within=8)
        reply = bus.ask("robot_call", {"channel": "ch_000000000a", "call_id": str(uuid.uuid4()),
                                       "src_uid": "1"})
        assert reply.error == 0, reply
        cluster["robotsvc"].send(signal.SIGTERM)  # at once, now
