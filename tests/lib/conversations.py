"""conversations - callers who go through every verb, again and again, and remember what failed"""
import http.client
import itertools
import json
import threading

THREADS = 6
ROBOT_EVERY = 5


class Failed(Exception):
    """An answer that is not a success."""


class Conversations:
    """Entered, it makes calls; `failures` says what was not answered as it should be."""

    def __init__(self, client, prefix):
        self._client = client
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._talk_on, args=(f"{prefix}-{number}",))
                         for number in range(THREADS)]
        self.requests = 0  # about: threads count together without a lock
        self.calls = {}  # the last state of each, by its channel and callee
        self.failures = []

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _talk_on(self, name):
        connection = self._client.connect()
        for number in itertools.count():
            if self._stop.is_set():
                break
            try:
                self._talk(connection, f"{name}-{number}", with_robot=number % ROBOT_EVERY == 0)
            except (OSError, http.client.HTTPException, Failed) as problem:
                self.failures.append(f"{type(problem).__name__}: {problem}")
                connection.close()
        connection.close()

    def _post(self, connection, path, **fields):
        connection.request("POST", path, json.dumps(fields), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
        self.requests += 1
        if answer.status != 200:
            raise Failed(f"{path} {answer.status} {body[:300]!r}")
        return json.loads(body)["data"]

    def _talk(self, connection, name, with_robot):
        src, dst = f"{name}-a", f"{name}-b"
        channel = self._post(connection, "/dapi/call/user", src_uid=src, dst_uid=dst)["channel"]
        self.calls[channel, dst] = "created"
        rows = self._post(connection, "/dapi/call/msg", uid=dst)
        if [row["channel"] for row in rows] != [channel]:
            raise Failed(f"call/msg of {dst} has not just {channel}: {rows}")
        self._post(connection, "/dapi/call/recieve", uid=dst, channel=channel)
        self.calls[channel, dst] = "answered"
        if with_robot:
            self._post(connection, "/dapi/invite/robot", channel=channel)
        self._post(connection, "/dapi/channel/join", uid=src, channel=channel)
        call = self._post(connection, "/dapi/call/end", uid=dst, channel=channel)
        self.calls[channel, dst] = call["state"]
