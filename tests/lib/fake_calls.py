"""fake_calls - a callsvc that only has events, and publishes or withholds them as a test wants"""
import collections
import threading
import time

import msgpack
import zmq

from lib.bus import FakeService

SHARDS = 1 << 22
BEAT_SECONDS = 0.1


def shard_of(uid):
    """common/events.h: FNV-1a, 32 bits, folded to 22."""
    hash_ = 2166136261
    for byte in uid.encode():
        hash_ = (hash_ ^ byte) * 16777619 & 0xffffffff
    return (hash_ ^ hash_ >> 22) & (SHARDS - 1)


def call_of(uid, number):
    """A call object as the bus carries it: times are milliseconds."""
    return {"call_id": f"00000000-0000-4000-8000-{number:012}", "channel": f"ch_{number:09}a",
            "src_uid": "caller", "dst_uid": uid, "kind": "user", "status": 0,
            "_status_label": "初始化", "state": "created", "robot": "none",
            "created_at": 1767323045678, "ring_expires_at": 1767323105678}


class FakeCalls:
    """Use it in a with statement. Events are numbered over all uids, as SQLite's are."""

    def __init__(self, endpoint, events_endpoint):
        self._lock = threading.Lock()
        self._events = []  # (seq, uid, [event, call, call_inside])
        self._purged = 0
        self._seq = 0
        self.most_in_answer = 1000
        self.is_failing = False
        self._bus = FakeService("callsvc", endpoint, self._answer)
        self._events_endpoint = events_endpoint
        self._publisher = _Publisher(events_endpoint)

    def __enter__(self):
        self._bus.__enter__()
        self._publisher.__enter__()
        return self

    def __exit__(self, *_):
        self._publisher.__exit__()
        self._bus.__exit__()

    @property
    def asked(self):
        """(verb, body) of every question."""
        return [(verb, body) for verb, body, _ in self._bus.asked]

    def happen(self, uid, is_published=True, type_="call.created"):
        """A new event; its number."""
        with self._lock:
            self._seq += 1
            items = [{"seq": self._seq, "type": type_, "at": 1767323045678, "to": uid},
                     call_of(uid, self._seq), {"id": self._seq, "seq": self._seq}]
            self._events.append((self._seq, uid, items))
            self._publisher.publish(shard_of(uid), items, is_published)
            return self._seq

    def say_again(self, uid):
        """Publish the uid's latest event once more."""
        with self._lock:
            items = next(items for _, to, items in reversed(self._events) if to == uid)
            self._publisher.publish(shard_of(uid), items, True)

    def purge(self):
        """Nothing of what happened is stored any more."""
        with self._lock:
            self._events.clear()
            self._purged = self._seq

    def restart_events(self):
        """Another publisher in the same place, which counts from the beginning."""
        self._publisher.__exit__()
        self._publisher = _Publisher(self._events_endpoint)
        self._publisher.__enter__()

    def _answer(self, verb, body, _):
        if verb != "events_since":
            return 18, {}
        if self.is_failing:
            return 14, {}
        with self._lock:
            since = body.get("since", 0)
            limit = min(body.get("limit", 200), self.most_in_answer)
            found = [(seq, items) for seq, uid, items in self._events
                     if uid == body["uid"] and seq > since]
            page = found[:limit]
            more = len(found) > limit
            answer = {"count": len(page), "seq": page[-1][0] if more else self._seq, "more": more,
                      "truncated": since < self._purged}
            return 0, answer, b"".join(msgpack.packb(item) for _, items in page for item in items)


class _Publisher:
    """Counts per shard what is published and what is withheld, and tells it in beats."""

    def __init__(self, endpoint):
        self._epoch = f"{time.time_ns() % 10**16:016}"
        self._counters = collections.Counter()
        self._moved = set()
        self._beats = 0
        self._lock = threading.Lock()
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.XPUB)
        self._socket.setsockopt(zmq.XPUB_VERBOSE, 1)
        self._socket.linger = 0
        self._socket.bind(endpoint)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat)

    def __enter__(self):
        self._thread.start()

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        self._context.destroy()

    def publish(self, shard, items, is_published):
        """One message of one event, or only the count of it."""
        with self._lock:
            self._counters[shard] += 1
            self._moved.add(shard)
            if is_published:
                message = [self._epoch, shard, self._counters[shard], *items]
                self._socket.send_multipart([f"s{shard:06x}".encode(), msgpack.packb(message)])

    def _beat(self):
        while not self._stop.wait(BEAT_SECONDS):
            with self._lock:
                self._learn()
                self._beats += 1
                counts = [number for shard in self._moved
                          for number in (shard, self._counters[shard])]
                self._moved.clear()
                message = msgpack.packb([self._epoch, self._beats, counts])
                self._socket.send_multipart([b"beating", message])

    def _learn(self):
        """Who begins to hear a shard is told its counter."""
        while self._socket.poll(0):
            said = self._socket.recv()
            if said[:2] == b"\x01s":
                self._moved.add(int(said[2:], 16))
