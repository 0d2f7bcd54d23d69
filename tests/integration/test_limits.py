"""How often one uid or one address may call, how many connections it has, and what proxies say."""
import contextlib
import http.client
import socket
import ssl

import pytest

from e2e.lib.material import tls_settings

from lib.client import assert_refused
from lib.keys import Key, bearer, write_keys
from lib.live import Closed, Listener
from lib.waiting import eventually

FIRST, SECOND = "198.51.100.1", "198.51.100.2"
SOON_SECONDS = 5


def start(make_cluster, **settings):
    """HTTP to a cluster whose two workers share what they count."""
    cluster = make_cluster(DAPI_HTTP_THREADS="2", **settings)
    return cluster.start("callsvc", "tokensvc", "gateway").client


def call(client, src, forwarded=None, **headers):
    """The answer to call/user; `forwarded` is what proxies have written."""
    if forwarded:
        headers["X-Forwarded-For"] = forwarded
    return client.post("/dapi/call/user", json={"src_uid": src}, headers=headers)


def assert_limited(answer, least_seconds, most_seconds):
    """Refused until some time later."""
    assert_refused(answer, 429, "rate_limited")
    assert least_seconds <= int(answer.headers["Retry-After"]) <= most_seconds


def test_nothing_is_limited_unless_it_is_set(dapi, new_uid):
    """However often."""
    src = new_uid()
    assert [call(dapi, src).status for _ in range(40)] == [200] * 40


def test_a_uid_calls_so_often_and_others_as_well(make_cluster, new_uid):
    """Whichever worker answers; to hang up and to look is never limited."""
    client = start(make_cluster, DAPI_RATE_PER_UID="3/600")
    src = new_uid()
    entries = [call(client, src).data for _ in range(3)]
    for _ in range(3):
        assert_limited(call(client, src), 100, 200)
    robot = client.post("/dapi/call/robot", json={"src_uid": src})
    assert_limited(robot, 100, 200)
    for entry in entries:
        client.end(src, entry["channel"])
    client.messages(src)
    assert call(client, new_uid()).status == 200


def test_a_uid_may_call_again_after_its_time(make_cluster, new_uid):
    """As Retry-After says."""
    client = start(make_cluster, DAPI_RATE_PER_UID="1/1")
    src = new_uid()
    assert call(client, src).status == 200
    eventually(lambda: call(client, src).status == 200, within=SOON_SECONDS)


def test_an_address_calls_so_often_for_all_its_uids(make_cluster, new_uid):
    """Of which a proxy's own is not counted."""
    client = start(make_cluster, DAPI_RATE_PER_ADDRESS="3/600",
                   DAPI_TRUSTED_PROXIES="127.0.0.1, 10.0.0.0/8")
    for _ in range(3):
        assert call(client, new_uid(), FIRST).status == 200
    assert_limited(call(client, new_uid(), FIRST), 100, 200)
    assert_limited(call(client, new_uid(), f"{FIRST}, 10.1.2.3"), 100, 200)
    assert_limited(call(client, new_uid(), f"{SECOND}, {FIRST}:4711"), 100, 200)
    assert call(client, new_uid(), SECOND).status == 200


def test_who_is_no_proxy_says_nothing_of_addresses(make_cluster, new_uid):
    """He would have as many as he likes."""
    client = start(make_cluster, DAPI_RATE_PER_ADDRESS="2/600", DAPI_TRUSTED_PROXIES="10.0.0.0/8")
    assert [call(client, new_uid(), f"192.0.2.{number}").status for number in range(4)] \
        == [200, 200, 429, 429]


def test_the_last_of_several_headers_counts(make_cluster, new_uid):
    """Some proxies add a header of their own below that which the client has made up."""
    client = start(make_cluster, DAPI_RATE_PER_ADDRESS="1/600", DAPI_TRUSTED_PROXIES="127.0.0.1")

    def status(made_up):
        connection = http.client.HTTPConnection(client.address, timeout=SOON_SECONDS)
        with contextlib.closing(connection):
            connection.putrequest("POST", f"/dapi/call/user?src_uid={new_uid()}")
            connection.putheader("X-Forwarded-For", made_up)
            connection.putheader("X-Forwarded-For", FIRST)
            connection.putheader("Content-Length", "0")
            connection.endheaders()
            return connection.getresponse().status
    assert [status(SECOND), status("192.0.2.3")] == [200, 429]


def test_addresses_of_ipv6_are_counted_by_their_network(make_cluster, new_uid):
    """A home has more of them than anybody could count."""
    client = start(make_cluster, DAPI_RATE_PER_ADDRESS="1/600", DAPI_TRUSTED_PROXIES="127.0.0.1")
    assert [call(client, new_uid(), address).status for address in
            ("2001:db8::1", "2001:db8::2", "[2001:db8:0:1::2]:80")] == [200, 429, 200]


def test_services_call_for_many_from_one_address(make_cluster, new_uid, tmp_path):
    """For each uid as often as it may itself."""
    key = Key("ES256")
    write_keys(tmp_path / "keys.json", key)
    client = start(make_cluster, DAPI_AUTH="jwt", DAPI_JWT_KEYS_FILE=str(tmp_path / "keys.json"),
                   DAPI_RATE_PER_ADDRESS="1/600", DAPI_RATE_PER_UID="2/600")
    service = bearer(key.token("backend", scope="dapi:any"))
    uids = [new_uid(), new_uid()]
    assert [call(client, uid, **service).status for uid in uids * 3] == [200] * 4 + [429] * 2
    uids = [new_uid(), new_uid()]
    assert [call(client, uid, **bearer(key.token(uid))).status for uid in uids] == [200, 429]


def test_the_log_has_the_clients_address(make_cluster, new_uid):
    """At level debug."""
    cluster = make_cluster(DAPI_TRUSTED_PROXIES="127.0.0.1", DAPI_LOG_LEVEL="debug")
    client = cluster.start("callsvc", "tokensvc", "gateway").client
    call(client, new_uid(), FIRST)
    eventually(lambda: f"answered 200 to {FIRST} after" in cluster["gateway"].log(),
               within=SOON_SECONDS)


@pytest.mark.parametrize("setting, value", [
    ("DAPI_RATE_PER_UID", "10"), ("DAPI_RATE_PER_ADDRESS", "5000/1"),
    ("DAPI_TRUSTED_PROXIES", "10.0.0.1/8"), ("DAPI_TRUSTED_PROXIES", "proxy"),
    ("DAPI_CONNECTIONS_PER_ADDRESS", "-1"),
])
def test_settings_that_make_no_sense_are_named(make_cluster, setting, value):
    """And the gateway does not start."""
    gateway = make_cluster(**{setting: value})["gateway"].start()
    assert gateway.wait() > 0
    assert setting in gateway.log()


def test_a_uid_has_so_many_live_calls(make_cluster, new_uid):
    """Also with robots; redialling is no other call, and to end one makes room."""
    cluster = make_cluster(janus=True, DAPI_LIVE_CALLS_PER_UID="2").start()
    client, src, dst = cluster.client, new_uid(), new_uid()
    first = client.call(src, dst)
    client.call(src, new_uid())
    for verb in ("user", "robot"):
        answer = client.post(f"/dapi/call/{verb}", json={"src_uid": src})
        assert_refused(answer, 429, "too_many_calls")
        assert answer.headers["Retry-After"] == "1"
    assert client.call(src, dst)["redial"] is True
    client.end(src, first["channel"])
    assert client.post("/dapi/call/robot", json={"src_uid": src}).status == 200


# Connections

class Connection:
    """One that stays, from an address of this machine."""

    def __init__(self, client, source="127.0.0.1"):
        self.connection = http.client.HTTPConnection(client.address, timeout=SOON_SECONDS,
                                                     source_address=(source, 0))

    def status(self):
        """Of a request; None: the connection was not taken."""
        try:
            self.connection.request("GET", "/openapi.json")
            response = self.connection.getresponse()
            response.read()
            return response.status
        except (OSError, http.client.HTTPException):
            return None

    def close(self):
        """Its place is another's."""
        self.connection.close()


@pytest.fixture(name="connections")
def connections_that_are_closed():
    """connections(client, source, count): some that have been asked, to be closed at the end."""
    made = []

    def make(client, count, **more):
        new = [Connection(client, **more) for _ in range(count)]
        made.extend(new)
        return [connection.status() for connection in new], new
    yield make
    for connection in made:
        connection.close()


def test_an_address_has_so_many_connections(make_cluster, connections):
    """Those of both workers; another may come when one has gone."""
    client = start(make_cluster, DAPI_CONNECTIONS_PER_ADDRESS="3")
    statuses, held = connections(client, 5)
    assert statuses == [200, 200, 200, None, None]
    assert [connection.status() for connection in held[:3]] == [200] * 3
    assert connections(client, 3, source="127.0.0.2")[0] == [200] * 3
    held[0].close()
    eventually(lambda: connections(client, 1)[0] == [200], within=SOON_SECONDS)


def test_a_proxy_has_as_many_as_it_likes(make_cluster, connections):
    """Nothing is known of who stands behind them before they ask."""
    client = start(make_cluster, DAPI_CONNECTIONS_PER_ADDRESS="1",
                   DAPI_TRUSTED_PROXIES="127.0.0.1")
    assert connections(client, 4)[0] == [200] * 4


def listen(client, uid, **headers):
    """A WebSocket that has begun, or what was answered instead."""
    try:
        return Listener(client.address, uid, headers=headers)
    except (AssertionError, OSError, Closed) as problem:
        return problem


def is_open(listener):
    """It has begun; it is closed again."""
    if not isinstance(listener, Listener):
        return False
    listener.sock.shutdown(socket.SHUT_RDWR)
    listener.sock.close()
    return True


def opened(client, uid, **headers):
    """A WebSocket: while a connection leaves HTTP it may be counted twice."""
    def is_there():
        listener = listen(client, uid, **headers)
        return listener if isinstance(listener, Listener) else None
    return eventually(is_there, within=SOON_SECONDS)


def test_websockets_are_counted_too(make_cluster, new_uid):
    """After they have left HTTP: until they are closed."""
    client = start(make_cluster, DAPI_CONNECTIONS_PER_ADDRESS="2")
    uid = new_uid()
    with contextlib.ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(opened(client, uid))
        eventually(lambda: not is_open(listen(client, uid)), within=SOON_SECONDS)
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            client.messages(uid)
    eventually(lambda: is_served(client), within=SOON_SECONDS)


def is_served(client):
    """A connection is taken."""
    with contextlib.closing(Connection(client)) as connection:
        return connection.status() == 200


def test_websockets_over_tls_are_counted_once(make_cluster, new_uid, tmp_path):
    """There the connection stays with the HTTP server."""
    cluster = make_cluster(DAPI_CONNECTIONS_PER_ADDRESS="2", **tls_settings(tmp_path))
    cluster.start("callsvc", "tokensvc", "gateway")
    context, uid = ssl.create_default_context(), new_uid()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    def listens():
        try:
            return Listener(cluster.client.address, uid, wrap=context.wrap_socket)
        except (Closed, OSError):
            return None
    with contextlib.ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(listens())
        assert listens() is None
    with eventually(listens, within=SOON_SECONDS):
        pass


def test_websockets_behind_a_proxy_are_counted_by_their_client(make_cluster, new_uid):
    """Each address has its own."""
    client = start(make_cluster, DAPI_CONNECTIONS_PER_ADDRESS="2",
                   DAPI_TRUSTED_PROXIES="127.0.0.1")
    uid = new_uid()
    with contextlib.ExitStack() as stack:
        for forwarded in (FIRST, SECOND, FIRST, SECOND):
            stack.enter_context(opened(client, uid, **{"X-Forwarded-For": forwarded}))
        eventually(lambda: " 429 " in str(listen(client, uid, **{"X-Forwarded-For": FIRST})),
                   within=SOON_SECONDS)
    with opened(client, uid, **{"X-Forwarded-For": FIRST}):
        pass
