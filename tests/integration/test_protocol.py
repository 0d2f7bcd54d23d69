"""docs/protocol.md: its example runs as it stands there, its table of envelopes is what goes round."""
import re
import subprocess
import sys

import msgpack
import pytest
import zmq

from lib.bus import BusClient, unpack_all
from lib.cluster import Cluster
from lib.processes import BUILD, REPOSITORY

PAGE = (REPOSITORY / "docs/protocol.md").read_text()
SETTINGS = ("secret", "clients", "servers")


def run_example(folder, *words):
    """The page's script, as a reader would run it."""
    script = folder / "ask.py"
    script.write_text(re.search(r"```python\n(.*?)```", PAGE, re.S)[1])
    return subprocess.run([sys.executable, script, *words], capture_output=True, text=True,
                          timeout=30, check=False)


@pytest.fixture(name="cluster", scope="module")
def fixture_cluster():
    """The bus without keys."""
    with Cluster() as cluster:
        yield cluster.start()


def test_the_example_finds_the_parties(cluster):
    channel = cluster.client.call("protocol_a", "protocol_b")["channel"]
    answer = run_example(cluster.folder, cluster.endpoints["callsvc"], channel)
    assert answer.stdout == "protocol_a protocol_b created open\n", answer.stderr
    answer = run_example(cluster.folder, cluster.endpoints["callsvc"], "ch_nosuchcall")
    assert answer.returncode == 1 and answer.stderr.startswith("error 6 "), answer.stderr


def test_the_example_has_keys_where_there_are_some():
    with Cluster() as cluster:
        keys = cluster.folder / "keys"
        subprocess.run([BUILD / "gateway", "--make-curve-keys", keys], check=True)
        for name, process in cluster.services.items():
            process.environment |= {f"DAPI_CURVE_{file.upper()}_FILE": f"{keys}/{name}/curve_{file}"
                                    for file in SETTINGS}
        cluster.start()
        channel = cluster.client.call("protocol_a", "protocol_b")["channel"]
        endpoint = cluster.endpoints["callsvc"]
        answer = run_example(cluster.folder, endpoint, channel, keys / "robotsvc")
        assert answer.stdout == "protocol_a protocol_b created open\n", answer.stderr
        answer = run_example(cluster.folder, endpoint, channel)
        assert answer.returncode != 0 and answer.stdout == ""


def lengths():
    """By kind, how many elements the page gives its envelope."""
    rows = re.findall(r"^\| \w+ \| `\[(\d), ([^\]]*)\]`", PAGE, re.M)
    return {int(kind): 1 + len(names.split(", ")) for kind, names in rows}


def test_envelopes_are_as_the_page_says(cluster):
    assert set(lengths()) == set(range(1, 7))
    with BusClient(cluster.endpoints["callsvc"]) as client:
        assert len(client.hello()) == lengths()[4]
        assert len(client.ping(1)) == lengths()[6]
        request = [1, 7, "call_messages", 4000, "", {"uid": "protocol_c", "later": 1}, b"", "later"]
        unknown = [1, 8, "no_such_verb", 4000, "", {}, b""]
        refused = [1, 9, "call_messages", 4000, "", {"uid": ""}, b""]
        client.socket.send(b"".join(map(msgpack.packb, (
            [99, "another kind"], request, unknown, refused, [3, 1], "no envelope", [5, 1]))))
        answers = []
        while len(answers) < 4:
            answers += unpack_all(client.socket.recv())
        replies = {answer[1]: answer for answer in answers if answer[0] == 2}
        assert all(len(reply) == lengths()[2] for reply in replies.values())
        assert {number: reply[2] for number, reply in replies.items()} == {7: 0, 8: 18, 9: 1}
        assert replies[9][3]["field"] == "uid" and replies[9][3]["problem"]
        assert not client.socket.poll(200)  # what stood behind the text is not read


def test_a_uid_has_the_shard_that_the_page_computes(cluster):
    """The events of one call, heard by the topic that a reader would subscribe to."""
    uid, hash_ = "protocol_d", 2166136261
    for byte in uid.encode():
        hash_ = (hash_ ^ byte) * 16777619 & 0xffffffff
    topic = b"s%06x" % ((hash_ ^ hash_ >> 22) & 0x3fffff)
    context = zmq.Context()
    socket = context.socket(zmq.SUB)
    socket.linger, socket.rcvtimeo = 0, 20000
    socket.subscribe(topic)
    socket.subscribe(b"beating")
    socket.connect(cluster.endpoints["callsvc_events"])
    try:
        frames = [b""]
        while frames[0] != b"beating" or int(topic[1:], 16) not in msgpack.unpackb(frames[1])[2][::2]:
            frames = socket.recv_multipart()
        epoch, number, counts = msgpack.unpackb(frames[1])
        counter = dict(zip(counts[::2], counts[1::2]))[int(topic[1:], 16)]
        cluster.client.call("protocol_e", uid)
        told = {}
        while topic not in told:
            frames = socket.recv_multipart()
            told[frames[0]] = msgpack.unpackb(frames[1])
            if frames[0] == b"beating":
                number += 1
                assert told[b"beating"][:2] == [epoch, number]
        content = told[topic]
        assert content[:3] == [epoch, int(topic[1:], 16), counter + 1]
        assert content[3]["to"] == uid and content[3]["type"] == "call.created"
    finally:
        context.destroy()
