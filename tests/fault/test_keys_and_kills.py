"""test_keys_and_kills.py - whoever asks again with his key has one call, whatever died meanwhile"""
import concurrent.futures
import http.client
import sqlite3
import threading

from lib.waiting import eventually

CALLERS = 8
CALLS_EACH = 150
KILLS = 10
LONGEST_SECONDS = 60


class Caller:
    """Makes calls to nobody in particular, which no redial unites: each until it is answered."""

    def __init__(self, clients, number, rounds):
        self._clients = clients
        self._number = number
        self._rounds = rounds
        self.again = 0  # how often it had to ask once more
        self.entries = {}

    def run(self):
        """All of them."""
        for call in range(CALLS_EACH):
            uid = f"caller-{self._number}-{call}"
            self.entries[uid] = self._insist(uid, call)
            self._rounds.append(uid)

    def _insist(self, uid, call):
        for attempt in range(call, call + 1000):
            try:
                answer = self._clients[attempt % 2].post(
                    "/dapi/call/user", json={"src_uid": uid}, headers={"Idempotency-Key": uid})
            except (OSError, http.client.HTTPException):
                answer = None
            if answer and answer.status == 200:
                return answer.data
            assert not answer or answer.status in (503, 504), answer
            self.again += 1
            threading.Event().wait(0.02)
        raise AssertionError(f"{uid} had no answer")


def stored_calls(path):
    """Channels by caller."""
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT src_uid, channel FROM call").fetchall()
    calls = {}
    for uid, channel in rows:
        calls.setdefault(uid, []).append(channel)
    return calls


def kill_now_and_then(cluster, names, made):
    """Each after some more calls."""
    for number in range(KILLS):
        enough = len(made) + CALLERS * CALLS_EACH // (KILLS + 1) // 2
        eventually(lambda enough=enough: len(made) >= enough, LONGEST_SECONDS)
        name = names[number % len(names)]
        cluster[name].kill()
        cluster.start(name)


def test_a_key_makes_one_call_whatever_is_killed(make_cluster):
    cluster = make_cluster()
    name, client = cluster.add_gateway()
    cluster.start("callsvc", "tokensvc", "gateway", name)
    made = []
    callers = [Caller([cluster.client, client], number, made) for number in range(CALLERS)]
    with concurrent.futures.ThreadPoolExecutor(CALLERS) as pool:
        running = [pool.submit(caller.run) for caller in callers]
        kill_now_and_then(cluster, ["callsvc", name], made)
        for future in running:
            future.result()
    cluster["callsvc"].terminate()
    entries = {uid: entry for caller in callers for uid, entry in caller.entries.items()}
    assert len(entries) == CALLERS * CALLS_EACH
    assert sum(caller.again for caller in callers) > 0, "nothing was killed while it was asked"
    assert stored_calls(cluster.store) == {uid: [entry["channel"]]
                                           for uid, entry in entries.items()}
