"""test_store.py - a full disk, a locked file, a second callsvc: said clearly, and no harm done"""
import os
import sqlite3

import pytest

from lib.bus import ERRORS, BusClient
from lib.client import assert_refused
from lib.processes import service
from lib.waiting import eventually

DISK_BYTES = 1 << 20


def assert_store_unavailable(answer):
    """503, and when to come again."""
    assert_refused(answer, 503, "store_unavailable")
    assert int(answer.headers["Retry-After"]) > 0


def call(client, src, dst):
    """call/user, whatever it says."""
    return client.post("/dapi/call/user", json={"src_uid": src, "dst_uid": dst})


# The disk is a small one in a mount namespace of callsvc's own: it vanishes with the process.

@pytest.fixture(name="small_disk")
def cluster_on_a_small_disk(make_cluster, tmp_path):
    """(cluster, its disk as others see it)."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = (f"mount -t tmpfs -o size={DISK_BYTES} tmpfs {disk} && exec \"$@\"")
    rights = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    in_namespace = ["unshare", *rights, "--mount", "sh", "-c", mount, "sh"]
    cluster = make_cluster(wrappers={"callsvc": in_namespace}, DAPI_STORE=f"sqlite:{disk}/calls.db")
    cluster.start("callsvc", "tokensvc", "gateway")
    return cluster, f"/proc/{cluster['callsvc'].pid}/root{disk}"


def fill(disk):
    """Leave no byte."""
    with open(f"{disk}/ballast", "wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            pass


def test_on_a_full_disk_calls_are_refused_and_none_is_half_written(small_disk):
    cluster, disk = small_disk
    assert call(cluster.client, "1", "2").status == 200
    fill(disk)
    refused = eventually(lambda: refused_calls(cluster.client), within=20)
    for src, dst in refused:
        assert cluster.client.messages(dst) == [], src
    os.unlink(f"{disk}/ballast")
    assert call(cluster.client, "3", "4").status == 200
    assert len(cluster.client.messages("2")) == len(cluster.client.messages("4")) == 1


def refused_calls(client):
    """Five pairs of uids whose calls the full disk refused in a row, or None: the write-ahead log
    may have had room left."""
    refused = []
    for n in range(5):
        src, dst = f"src-{n}", f"dst-{n}-{os.urandom(4).hex()}"
        answer = call(client, src, dst)
        if answer.status == 200:
            return None
        assert_store_unavailable(answer)
        refused.append((src, dst))
    return refused


def test_a_locked_database_is_waited_for_and_then_refused(make_cluster):
    cluster = make_cluster().start("callsvc", "tokensvc", "gateway")
    other = sqlite3.connect(cluster.store, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert_store_unavailable(call(cluster.client, "1", "2"))
    other.execute("ROLLBACK")
    other.close()
    assert call(cluster.client, "3", "4").status == 200
    assert cluster.client.messages("2") == []


def test_a_second_callsvc_on_the_same_file_refuses_to_start(make_cluster):
    cluster = make_cluster().start("callsvc", "tokensvc", "gateway")
    settings = {**cluster.settings, "DAPI_CALLSVC_LISTEN": f"ipc://{cluster.folder}/second",
                "DAPI_CALLSVC_EVENTS_LISTEN": f"ipc://{cluster.folder}/second_events",
                "DAPI_ADMIN_LISTEN": ""}
    second = service("callsvc", settings, cluster.folder / "..")
    second.log_path = cluster.folder / "second.log"
    second.start()
    assert second.wait(within=5) > 0
    assert str(cluster.store) in second.log() and "callsvc" in second.log()
    assert call(cluster.client, "1", "2").status == 200


@pytest.mark.parametrize("store", ["postgresql://localhost/dapi", "mysql:x", "sqlite:", "",
                                   "sqlite:/nonexistent/folder/calls.db"])
def test_a_store_that_cannot_be_used_is_refused_by_name(make_cluster, store):
    cluster = make_cluster(DAPI_STORE=store)
    cluster["callsvc"].start()
    assert cluster["callsvc"].wait(within=5) > 0
    said = cluster["callsvc"].log()
    assert "DAPI_STORE" in said or store.removeprefix("sqlite:") in said


def test_a_database_that_is_newer_than_the_program_is_refused(make_cluster):
    cluster = make_cluster().start("callsvc")
    cluster["callsvc"].terminate()
    with sqlite3.connect(cluster.store) as database:
        database.execute("PRAGMA user_version = 999")
    cluster["callsvc"].start()
    assert cluster["callsvc"].wait(within=5) > 0
    assert "newer" in cluster["callsvc"].log()


def start_request(number, **fields):
    """(verb, body) of a call between two uids of the number's."""
    body = {"channel": f"ch_{number:09}z", "call_id": f"00000000-0000-4000-8000-{number:012}",
            "src_uid": f"src-{number}", "dst_uid": f"dst-{number}", "kind": "user"}
    return "call_start", body | fields


def test_one_bad_request_does_not_fail_its_batch(make_cluster):
    cluster = make_cluster().start("callsvc")
    batch = [start_request(1), start_request(2, src_uid="a/b"), ("no_such_verb", {}),
             start_request(3, kind="nonsense"),
             ("call_end", {"uid": "9", "channel": "ch_unknowna"}),
             start_request(4, call_id="x" * 36), ("call_start", {}), start_request(5)]
    with BusClient(cluster.endpoints["callsvc"]) as bus:
        bus.hello()
        replies = bus.ask_many(batch)
        assert [reply.error for reply in replies] == [
            0, ERRORS["bad_field"], ERRORS["unknown_verb"], ERRORS["bad_field"],
            ERRORS["call_not_found"], ERRORS["bad_field"], ERRORS["bad_field"], 0]
        for number in (1, 5):
            found = bus.ask("call_messages", {"uid": f"dst-{number}"})
            assert (found.error, found.body) == (0, {"count": 1})


def test_the_same_channel_again_is_the_same_call(make_cluster):
    cluster = make_cluster().start("callsvc")
    with BusClient(cluster.endpoints["callsvc"]) as bus:
        bus.hello()
        replies = bus.ask_many([start_request(1), start_request(1), start_request(1)])
        # Only who comes again has a token already, which the next one is not to undercut.
        assert replies[1].body.pop("token_floor") == replies[2].body.pop("token_floor") > 0
        assert replies[0].body == replies[1].body == replies[2].body
        assert bus.ask("call_messages", {"uid": "dst-1"}).body == {"count": 1}
        other = bus.ask(*start_request(1, src_uid="somebody else"))
        assert other.error != 0
