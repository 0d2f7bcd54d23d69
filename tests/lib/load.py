"""load - many callers at once, who remember what they were told"""
import http.client
import json
import random
import threading

THREADS = 8


class Load:
    """Calls between new uids for as long as it is entered; `answered` holds what succeeded."""

    def __init__(self, client):
        self._client = client
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._call_on) for _ in range(THREADS)]
        self.answered = []  # entries
        self.refused = []  # (status, code)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _call_on(self):
        connection = http.client.HTTPConnection(self._client.address, timeout=8)
        source = random.SystemRandom()
        while not self._stop.is_set():
            fields = {"src_uid": source.randrange(1, 2**32), "dst_uid": source.randrange(1, 2**32)}
            connection.request("POST", "/dapi/call/user", json.dumps(fields),
                               {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said = json.loads(answer.read())
            if answer.status == 200:
                self.answered.append(said["data"])
            else:
                self.refused.append((answer.status, said["error"]["code"]))
        connection.close()
