"""test_kill.py - what was answered is on disk: callsvc is killed under load, again and again

DAPI_KILL_RUNS says how often.
"""
import collections
import os
import random
import sqlite3
import uuid

import pytest

from lib.load import Load
from lib.waiting import eventually

RUNS = int(os.environ.get("DAPI_KILL_RUNS", "2"))


def stored_calls(path):
    """How often each call stands in the file: by call_id and channel."""
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = database.execute("SELECT call_id, channel FROM call").fetchall()
    return collections.Counter((str(uuid.UUID(bytes=row[0])), row[1]) for row in rows)


@pytest.mark.parametrize("run", range(RUNS))
def test_every_answered_call_is_there_exactly_once(make_cluster, run):
    cluster = make_cluster().start("callsvc", "tokensvc", "gateway")
    with Load(cluster.client) as load:
        for _ in range(2):
            enough = len(load.answered) + random.randrange(100, 1000)
            eventually(lambda: len(load.answered) >= enough, within=20)
            cluster["callsvc"].kill()
            cluster.start("callsvc")
        enough = len(load.answered) + 100
        eventually(lambda: len(load.answered) >= enough, within=20)
    cluster["callsvc"].terminate()
    stored = stored_calls(cluster.store)
    assert set(stored.values()) == {1}
    lost = [entry for entry in load.answered if (entry["call_id"], entry["channel"]) not in stored]
    assert lost == [], f"run {run}: {len(lost)} of {len(load.answered)} calls lost"
    assert {status for status, _ in load.refused} <= {503, 504}, set(load.refused)


def test_a_kill_of_the_gateway_leaves_its_answered_calls(make_cluster):
    cluster = make_cluster().start("callsvc", "tokensvc", "gateway")
    entries = [cluster.client.call(str(n), str(n + 1000)) for n in range(1, 50)]
    cluster["gateway"].kill()
    cluster.start("gateway")
    for entry in entries:
        again = cluster.client.join(entry["uid"], entry["channel"]).data
        assert again["call_id"] == entry["call_id"]
