"""test_frames.py - whatever reaches a bus socket, the service lives on and others are served"""
import msgpack
import pytest
import zmq

from lib.bus import HELLO, PING, REQUEST, VERSION, BusClient, pack_all
from lib.cluster import Cluster
from lib.waiting import eventually

HELLO_FRAME = msgpack.packb([HELLO, VERSION])
REQUEST_FRAME = msgpack.packb([REQUEST, 1, "call_messages", 1000, "", {"uid": "1"}, b""])
JUNK = {
    "nothing": b"", "zeros": bytes(100), "a text": b"GET / HTTP/1.1\r\n\r\n",
    "a claim of 2**32 items": b"\xdd\xff\xff\xff\xff", "of 2**32 pairs": b"\xdf\xff\xff\xff\xff",
    "of 2**32 bytes": b"\xc6\xff\xff\xff\xff", "the reserved byte": b"\xc1" * 50,
    "deep arrays": b"\x91" * 100000, "deep maps": b"\x81\xa1a" * 50000,
    "cut off": REQUEST_FRAME[:-3],
    "every cut": [REQUEST_FRAME[:size] for size in range(len(REQUEST_FRAME))],
    "no envelope": pack_all([1, "a", None, {}, [], [[]], [None], ["x"], [-1], [2**63], [1.5]]),
    "kinds unknown": pack_all([[n] for n in range(-5, 300)]),
    "a request too short": pack_all([[REQUEST], [REQUEST, 1], [REQUEST, 1, "call_messages"]]),
    "wrong types": pack_all([[REQUEST, "id", 7, "ms", 9, [], {}],
                             [REQUEST, -1, "", -1, "", {}, b""],
                             [REQUEST, 1.5, "call_messages", 1000, "", {"uid": "1"}, b""]]),
    "a verb too long": pack_all([[REQUEST, 1, "v" * 10000, 1000, "", {}, b""]]),
    "a verb with a NUL": pack_all([[REQUEST, 1, "call_messages\0x", 1000, "", {"uid": "1"}, b""]]),
    "no time": pack_all([[REQUEST, 1, "call_messages", 0, "", {"uid": "1"}, b""],
                         [REQUEST, 1, "call_messages", -2**63, "", {"uid": "1"}, b""],
                         [REQUEST, 1, "call_messages", 2**63 - 1, "", {"uid": "1"}, b""]]),
    "a long trace": pack_all([[REQUEST, 1, "call_messages", 9, "t" * 5000, {"uid": "1"}, b""]]),
    "keys twice": REQUEST_FRAME.replace(b"\x81\xa3uid\xa11", b"\x82\xa3uid\xa11\xa3uid\xa12"),
    "a broken bulk": pack_all([[REQUEST, 1, "channels_check", 99, "", {"count": 9}, b"\xdd\xff"],
                               [REQUEST, 2, "channels_check", 99, "", {"count": 2**62}, b""]]),
    "pings of odd kinds": pack_all([[PING], [PING, "x"], [PING, -1], [PING, 2**64 - 1]]),
    "a hello of another version": pack_all([[HELLO, 99], [HELLO, -1], [HELLO, "x"], [HELLO]]),
    "a large frame": bytes(3 << 20), "a frame that is too large": bytes(5 << 20),
    "many frames": [b"", b"", b"x"],
}
SERVICES = ("callsvc", "tokensvc", "robotsvc")


@pytest.fixture(scope="module", name="running")
def one_cluster():
    """All services, without a Janus."""
    with Cluster() as cluster:
        yield cluster.start()


def is_answered(stranger):
    """The service talks to it still, or again."""
    try:
        return stranger.ping(1)
    except zmq.Again:
        return None


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_junk_does_nothing(running, name, junk):
    before = running.log_sizes()
    endpoint = running.endpoints[name]
    frames = junk if isinstance(junk, list) else [junk]
    with BusClient(endpoint, within=0.5) as stranger, BusClient(endpoint) as friend:
        friend.hello()
        for frame in frames + [HELLO_FRAME] + frames:
            stranger.socket.send(frame)
        stranger.socket.send_multipart(frames + frames)
        # Its pong says that all before it has arrived; a connection may have been dropped for it.
        eventually(lambda: is_answered(stranger), within=5)
        assert friend.ping(4711)[1] == 4711
    assert running[name].is_alive()
    assert running.errors_logged(before) == []


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_says_who_it_is(running, name):
    with BusClient(running.endpoints[name]) as bus:
        _, version, service, instance, is_ready = bus.hello()[:5]
    assert (version, service, is_ready) == (VERSION, name, True)
    assert len(instance) == 16


def test_after_all_that_calls_are_made(running):
    channel = running.client.call("1", "2")["channel"]
    assert running.client.recieve("2", channel)["uid"] == "2"
