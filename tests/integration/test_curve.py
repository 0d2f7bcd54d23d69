"""The bus with keys: those who are listed work, and nobody else hears or is heard."""
import contextlib
import os
import re
import socket
import subprocess

import msgpack
import pytest
import zmq

from lib.bus import HELLO, VERSION, WELCOME, BusClient
from lib.cluster import Cluster, free_port
from lib.processes import BUILD
from lib.relay import Relay
from lib.waiting import eventually

SERVICES = ("gateway", "callsvc", "tokensvc", "robotsvc")


def make_keys(folder):
    """What an operator does."""
    subprocess.run([BUILD / "callsvc", "--make-curve-keys", folder], check=True)


def files_of(folder, service):
    """The three settings."""
    return {f"DAPI_CURVE_{name.upper()}_FILE": f"{folder}/{service}/curve_{name}"
            for name in ("secret", "clients", "servers")}


def key_of(folder, service, name):
    """The first public key that `service` knows `name` by."""
    for lists in ("curve_servers", "curve_clients"):
        for line in (folder / service / lists).read_text().splitlines():
            if line.split()[0] == name:
                return line.split()[1].encode()
    raise LookupError(name)


class KeyedCluster(Cluster):
    """A cluster on TCP with keys."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.keys = self.folder / "keys"
        make_keys(self.keys)
        for name, process in self.services.items():
            process.environment |= files_of(self.keys, name)

    def secret(self, service):
        """A service's own."""
        return (self.keys / service / "curve_secret").read_text().strip().encode()

    def refused(self, name, reason):
        """How many were."""
        text = self.admin(name, "/metrics")[1]
        return int(re.search(rf'dapi_bus_refused_total{{reason="{reason}"}} (\d+)', text)[1])


class KeyedClient(BusClient):
    """A client with a pair and the server's public key, or with neither."""

    def __init__(self, endpoint, pair=None, server=None, within=5):
        super().__init__("inproc://nowhere", within)
        self.socket.disconnect("inproc://nowhere")
        if pair:
            self.socket.curve_publickey, self.socket.curve_secretkey = pair
            self.socket.curve_serverkey = server
        self.socket.connect(endpoint)


def tcp_settings():
    """Every endpoint of the bus on a TCP port of loopback."""
    ports = {name: f"tcp://127.0.0.1:{free_port()}"
             for name in ("CALLSVC", "CALLSVC_EVENTS", "TOKENSVC", "ROBOTSVC")}
    return {f"DAPI_{name}{suffix}": endpoint for name, endpoint in ports.items()
            for suffix in ("", "_LISTEN")}


@pytest.fixture(name="cluster", scope="module")
def fixture_cluster():
    """All four services, with keys."""
    with KeyedCluster(**tcp_settings()) as cluster:
        yield cluster.start()


@pytest.fixture(name="own_cluster")
def fixture_own_cluster():
    """The same for one test that changes it, not started."""
    with KeyedCluster(**tcp_settings()) as cluster:
        yield cluster


def pair_of(cluster, service):
    """A service's key pair."""
    secret = cluster.secret(service)
    return zmq.curve_public(secret), secret


def gateway_of(cluster, service="callsvc", endpoint=None, within=5):
    """A client that shows the gateway's key."""
    return KeyedClient(endpoint or cluster.settings[f"DAPI_{service.upper()}"],
                       pair_of(cluster, "gateway"), key_of(cluster.keys, "gateway", service),
                       within)


def assert_gets_nothing(client):
    """It says hello for a second, and no answer comes."""
    client.socket.rcvtimeo = 1000
    client.socket.send(msgpack.packb([HELLO, VERSION]))
    with pytest.raises(zmq.Again):
        client.socket.recv()


def test_the_contract_works_with_keys(cluster):
    call = cluster.client.call("curve_a", "curve_b")
    entry = cluster.client.recieve("curve_b", call["channel"])
    assert entry["token"].startswith("006")
    assert cluster.client.end("curve_a", call["channel"])["state"] == "completed"


def test_hello_and_ping_are_answered_to_who_is_listed(cluster):
    for service in ("callsvc", "tokensvc", "robotsvc"):
        with gateway_of(cluster, service) as client:
            assert client.hello()[2] == service
            assert client.ping(7)[3] is True


def strangers(cluster):
    """(what is counted, pair, server key) of those who must get nothing."""
    server = key_of(cluster.keys, "gateway", "callsvc")
    listed = pair_of(cluster, "gateway")
    return {"plain": ("handshake", None, None),
            "an unlisted key": ("key", zmq.curve_keypair(), server),
            "a key that another service lists": ("key", pair_of(cluster, "tokensvc"), server),
            "another server's key": ("handshake", listed,
                                     key_of(cluster.keys, "gateway", "tokensvc"))}


@pytest.mark.parametrize("who", ["plain", "an unlisted key", "a key that another service lists",
                                 "another server's key"])
def test_strangers_get_nothing_and_are_counted(cluster, who):
    reason, pair, server = strangers(cluster)[who]
    before = cluster.refused("callsvc", reason)
    with KeyedClient(cluster.settings["DAPI_CALLSVC"], pair, server) as client:
        assert_gets_nothing(client)
        eventually(lambda: cluster.refused("callsvc", reason) > before, within=10)
    with gateway_of(cluster) as client:
        assert client.hello()[0] == WELCOME


def test_a_plain_server_is_not_asked(own_cluster):
    """A gateway with keys never speaks to a callsvc without."""
    for name in ("DAPI_CURVE_SECRET_FILE", "DAPI_CURVE_CLIENTS_FILE", "DAPI_CURVE_SERVERS_FILE"):
        del own_cluster["callsvc"].environment[name]
    own_cluster.start("callsvc", "tokensvc")
    own_cluster["gateway"].start()
    eventually(lambda: "ready to serve" in own_cluster["gateway"].log(), within=20)
    answer = own_cluster.client.post("/dapi/call/msg", json={"uid": "curve_b"})
    assert answer.status == 503 and answer.error["code"] == "service_unavailable"
    own_cluster["callsvc"].kill()
    own_cluster["callsvc"].environment |= files_of(own_cluster.keys, "callsvc")
    own_cluster.start("callsvc", "robotsvc")
    own_cluster.await_ready("gateway")  # it has not given up
    own_cluster.client.call("curve_a", "curve_b")


class Subscriber:
    """Hears callsvc's beats with a key pair."""

    def __init__(self, cluster, pair):
        self._context = zmq.Context()
        self.socket = self._context.socket(zmq.SUB)
        self.socket.linger = 0
        self.socket.subscribe(b"beating")
        self.socket.curve_publickey, self.socket.curve_secretkey = pair
        self.socket.curve_serverkey = key_of(cluster.keys, "gateway", "callsvc")
        self.socket.connect(cluster.settings["DAPI_CALLSVC_EVENTS"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._context.destroy()

    def hears(self, within):
        """Whether a beat comes in so many seconds."""
        return bool(self.socket.poll(within * 1000)) and bool(self.socket.recv_multipart())


def test_events_are_told_only_to_those_who_are_listed(cluster):
    before = cluster.refused("callsvc", "key")
    with Subscriber(cluster, pair_of(cluster, "robotsvc")) as listed, \
            Subscriber(cluster, zmq.curve_keypair()) as stranger:
        assert listed.hears(within=10)
        eventually(lambda: cluster.refused("callsvc", "key") > before, within=10)
        assert not stranger.hears(within=1)


def swap_list(path, text):
    """As Kubernetes does: a symbolic link to another file."""
    fresh = path.with_name("swapped")
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    content = path.with_name(f"content-{os.urandom(4).hex()}")
    content.write_text(text)
    fresh.symlink_to(content.name)
    os.replace(fresh, path)


def test_a_key_may_come_and_go_while_the_service_runs(own_cluster):
    own_cluster.start("callsvc")
    clients = own_cluster.keys / "callsvc/curve_clients"
    text = clients.read_text()
    pair = zmq.curve_keypair()
    server = key_of(own_cluster.keys, "gateway", "callsvc")
    swap_list(clients, f"{text}fifth {pair[0].decode()}\n")
    with KeyedClient(own_cluster.settings["DAPI_CALLSVC"], pair, server, within=20) as fifth, \
            Subscriber(own_cluster, pair) as hears_too, \
            Subscriber(own_cluster, pair_of(own_cluster, "robotsvc")) as stays, \
            gateway_of(own_cluster) as gateway:
        assert fifth.hello()[0] == WELCOME  # comes in once the list is read
        assert hears_too.hears(within=20) and stays.hears(within=20)
        swap_list(clients, text)
        eventually(lambda: fifth.socket.send(msgpack.packb([HELLO, VERSION])) or
                   own_cluster.refused("callsvc", "removed") > 0, within=20)
        while fifth.socket.poll(0):
            fifth.socket.recv()
        assert_gets_nothing(fifth)
        eventually(lambda: not hears_too.hears(within=2), within=30)
        assert stays.hears(within=20)
        assert gateway.hello()[0] == WELCOME
        swap_list(clients, f"{text}fifth nothing\n")
        eventually(lambda: "the keys read before stay" in own_cluster["callsvc"].log(), within=20)
        assert gateway.hello()[0] == WELCOME


def test_the_wire_holds_no_word_of_it():
    settings = tcp_settings()
    port = int(settings["DAPI_CALLSVC_LISTEN"].rsplit(":", 1)[1])
    with Relay(port) as relay:
        settings["DAPI_CALLSVC"] = f"tcp://127.0.0.1:{relay.port}"
        with KeyedCluster(**settings) as cluster:
            cluster.start()
            cluster.client.call("secret_alice", "secret_bob")
            seen = bytes(relay.passed)
    assert b"CURVE" in seen and len(seen) > 1000
    for word in (b"secret_alice", b"secret_bob", b"call_create", b"call", b"src_uid", b"gateway"):
        assert word not in seen


def test_the_bus_may_listen_anywhere_with_keys(own_cluster):
    port = free_port()
    own_cluster["tokensvc"].environment["DAPI_TOKENSVC_LISTEN"] = f"tcp://0.0.0.0:{port}"
    own_cluster.start("tokensvc")
    with gateway_of(own_cluster, "tokensvc", f"tcp://127.0.0.1:{port}") as client:
        assert client.hello()[2] == "tokensvc"


def test_another_callsvc_takes_over(own_cluster):
    """Killed and started again, it is found again: the keys are files, not state."""
    own_cluster.start()
    own_cluster.client.call("curve_a", "curve_b")
    own_cluster["callsvc"].kill()
    own_cluster["callsvc"].start()
    own_cluster.await_ready("gateway")
    assert len(own_cluster.client.messages("curve_b")) == 1


def bad_settings(folder):
    """Setting, its value, what is said."""
    secret = folder / "bad_secret"
    secret.write_text("not a key\n")
    public = folder / "public_secret"
    public.write_text(zmq.curve_keypair()[1].decode())
    public.chmod(0o644)
    clients = folder / "bad_clients"
    clients.write_text("gateway short\n")
    nobody = folder / "nobody"
    nobody.write_text("# nobody\n")
    return [("SECRET", secret, "it is no key of 40 characters of Z85"),
            ("SECRET", public, "everybody may read it: chmod o-r"),
            ("SECRET", folder / "missing", "there is no such file"),
            ("SECRET", "", "are needed"),
            ("CLIENTS", clients, "line 1: behind the name stands a key"),
            ("CLIENTS", "", "are needed"),
            ("SERVERS", folder / "missing", "there is no such file"),
            ("SERVERS", nobody, "holds no key of callsvc")]


def test_bad_settings_are_refused_with_their_name(own_cluster):
    for number, (name, value, said) in enumerate(bad_settings(own_cluster.folder)):
        service = own_cluster["robotsvc"]
        setting = f"DAPI_CURVE_{name}_FILE"
        service.environment |= files_of(own_cluster.keys, "robotsvc") | {setting: str(value)}
        since = service.log_size()
        service.start()
        assert service.wait(20) == 1, number
        log = service.log(since)
        assert setting in log and said in log, (number, log)


def test_noise_changes_nothing(cluster):
    """Bytes that are no ZMTP, and greetings that stop half way."""
    host, port = cluster.settings["DAPI_CALLSVC"][len("tcp://"):].split(":")
    greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"CURVE".ljust(20, b"\0") + bytes(32)
    for noise in (b"GET / HTTP/1.0\r\n\r\n", greeting, greeting + b"\x04\xc8\x05HELLO" + bytes(194),
                  os.urandom(300)):
        with socket.create_connection((host, int(port))) as connection:
            with contextlib.suppress(OSError):
                connection.sendall(noise)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(4096):
                    pass
    with gateway_of(cluster) as client:
        assert client.hello()[0] == WELCOME
