"""bus - the services' own protocol in Python, to ask one directly or to stand in for one

docs/protocol.md: a ZeroMQ message is msgpack arrays one after another, each an envelope.
"""
import threading

import msgpack
import zmq

VERSION = 1
REQUEST, REPLY, HELLO, WELCOME, PING, PONG = range(1, 7)
ERRORS = {"bad_field": 1, "not_a_party": 4, "call_not_found": 6, "call_ended": 8,
          "wrong_state": 10,
          "store_unavailable": 14, "unknown_verb": 18}


def unpack_all(frame):
    """The msgpack items of a frame."""
    unpacker = msgpack.Unpacker(raw=False, strict_map_key=False)
    unpacker.feed(frame)
    return list(unpacker)


def pack_all(items):
    """The opposite."""
    return b"".join(msgpack.packb(item) for item in items)


class Reply:
    """error 0 is success."""

    def __init__(self, envelope):
        _, self.id, self.error, self.body, self.bulk = envelope[:5]

    def __repr__(self):
        return f"error {self.error} {self.body}"

    @property
    def bulk_items(self):
        """Messages that travel beside the flat one."""
        return unpack_all(self.bulk or b"")


class BusClient:
    """A DEALER on one service."""

    def __init__(self, endpoint, within=5):
        self._context = zmq.Context()
        self.socket = self._context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.rcvtimeo = self.socket.sndtimeo = int(within * 1000)
        self.socket.connect(endpoint)
        self._next_id = 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._context.destroy()

    def hello(self):
        """[kind, version, service, instance, is_ready] of the service."""
        self.socket.send(msgpack.packb([HELLO, VERSION]))
        return next(self._receive(WELCOME))

    def ping(self, nonce):
        """[kind, nonce, instance, is_ready]."""
        self.socket.send(msgpack.packb([PING, nonce]))
        return next(envelope for envelope in self._receive(PONG) if envelope[1] == nonce)

    def _receive(self, kind):
        while True:
            yield from (e for e in unpack_all(self.socket.recv()) if e[0] == kind)

    def ask_many(self, requests, left_ms=4000):
        """Replies to (verb, body) or (verb, body, bulk), all sent in one ZeroMQ message."""
        envelopes = []
        for verb, body, *bulk in requests:
            envelopes.append([REQUEST, self._next_id, verb, left_ms, "", body, *(bulk or [b""])])
            self._next_id += 1
        self.socket.send(pack_all(envelopes))
        waiting = {envelope[1] for envelope in envelopes}
        replies = {}
        for envelope in self._receive(REPLY):
            assert envelope[1] in waiting, "a reply that nobody asked for, or a second one"
            waiting.remove(envelope[1])
            replies[envelope[1]] = Reply(envelope)
            if not waiting:
                return [replies[number] for number in sorted(replies)]

    def ask(self, verb, body, bulk=b"", left_ms=4000):
        """One reply."""
        return self.ask_many([(verb, body, bulk)], left_ms)[0]


class FakeService:
    """Stands in for a service: answers hello and ping; requests are what `answer` makes of them.

    answer(verb, body, bulk) returns (error, body), (error, body, bulk), or None to stay silent.
    """

    def __init__(self, name, endpoint, answer):
        self._name = name
        self._answer = answer
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.linger = 0
        self._socket.bind(endpoint)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self.asked = []  # (verb, body, traceparent) of each request

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        self._context.destroy()

    def _serve(self):
        while not self._stop.is_set():
            if self._socket.poll(50):
                client, frame = self._socket.recv_multipart()
                answers = filter(None, map(self._handle, unpack_all(frame)))
                if packed := pack_all(answers):
                    self._socket.send_multipart([client, packed])

    def _handle(self, envelope):
        if envelope[0] == HELLO:
            return [WELCOME, VERSION, self._name, "fake000000000000", True]
        if envelope[0] == PING:
            return [PONG, envelope[1], "fake000000000000", True]
        _, number, verb, _, traceparent, body, bulk = envelope[:7]
        self.asked.append((verb, body, traceparent))
        answer = self._answer(verb, body, bulk)
        return answer and [REPLY, number, *answer[:2], answer[2] if len(answer) > 2 else b""]


class EventProxy:
    """Passes callsvc's events on, but for those that `is_dropped(events)` holds for."""

    def __init__(self, upstream, endpoint, is_dropped):
        self._context = zmq.Context()
        self._above = self._context.socket(zmq.XSUB)
        self._below = self._context.socket(zmq.XPUB)
        self._above.linger = self._below.linger = 0
        self._above.connect(upstream)
        self._below.bind(endpoint)
        self._is_dropped = is_dropped
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._pass_on)
        self.dropped = []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        self._context.destroy()

    def _pass_on(self):
        poller = zmq.Poller()
        poller.register(self._above, zmq.POLLIN)
        poller.register(self._below, zmq.POLLIN)
        while not self._stop.is_set():
            ready = dict(poller.poll(50))
            if self._below in ready:
                self._above.send(self._below.recv())
            if self._above in ready:
                self._pass_message(self._above.recv_multipart())

    def _pass_message(self, frames):
        topic, (content,) = frames[0], unpack_all(frames[1])
        events = [] if topic == b"beating" else content[3::3]
        if any(map(self._is_dropped, events)):
            self.dropped += events
        else:
            self._below.send_multipart(frames)
