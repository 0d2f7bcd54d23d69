"""traffic - calls among given uids, one after another, through whatever dies meanwhile"""
import http.client
import random
import threading

PASSING = {502, 503, 504}


class Traffic:
    """For as long as it is entered; `done` counts verbs that succeeded."""

    def __init__(self, clients, uids):
        self._clients = clients
        self._uids = uids
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.done = 0
        self.trouble = []  # answers that nothing excuses

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        """No more calls."""
        self._stop.set()
        self._thread.join()

    def _run(self):
        while not self._stop.is_set():
            src, dst = random.sample(self._uids, 2)
            entry = self._ask("call/user", src_uid=src, dst_uid=dst)
            if not entry:
                continue
            for uid, verb in random.choice([[(src, "end")], [(dst, "end")],
                                            [(dst, "recieve"), (src, "end")]]):
                self._ask(f"call/{verb}", uid=uid, channel=entry["channel"])

    def _ask(self, verb, **fields):
        try:
            answer = random.choice(self._clients).post("/dapi/" + verb, json=fields)
        except (OSError, http.client.HTTPException):
            return None
        if answer.status == 200:
            self.done += 1
            return answer.data
        if answer.status not in PASSING and answer.error["code"] != "call_ended":
            self.trouble.append(answer)
        return None
