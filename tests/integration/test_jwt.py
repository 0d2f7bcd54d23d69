"""DAPI_AUTH=jwt: who may act as whom, by which tokens, and what is said to the others."""
import json
import os
import time

import jwt
import pytest

from lib.client import assert_refused
from lib.cluster import Cluster
from lib.keys import Key, bearer, sign_hs256, write_keys
from lib.live import Listener, upgrade_headers
from lib.waiting import eventually

AUDIENCE, ISSUER = "dapi.example", "https://id.example"
NOTICE_SECONDS = 5
SHORT_SECONDS = 5
ALGORITHMS = ("HS256", "RS256", "ES256")


class Issuer:
    """Signs what the gateway expects, with a key of each algorithm."""

    def __init__(self, path):
        self.path = path
        self.keys = {algorithm: Key(algorithm) for algorithm in ALGORITHMS}
        write_keys(path, *self.keys.values())

    def token(self, sub, algorithm="ES256", **claims):
        """A good one, but for what is given."""
        return self.keys[algorithm].token(sub, **{"aud": AUDIENCE, "iss": ISSUER, **claims})

    def headers(self, *args, **claims):
        """The same as the header that carries it."""
        return bearer(self.token(*args, **claims))


def settings_of(path):
    """The gateway's settings."""
    return {"DAPI_AUTH": "jwt", "DAPI_JWT_KEYS_FILE": str(path), "DAPI_JWT_AUDIENCE": AUDIENCE,
            "DAPI_JWT_ISSUER": ISSUER}


@pytest.fixture(scope="module", name="issuer")
def shared_issuer(tmp_path_factory):
    """Whose keys the gateway of this module knows."""
    return Issuer(tmp_path_factory.mktemp("jwt") / "keys.json")


@pytest.fixture(scope="module", name="cluster")
def cluster_with_jwt(issuer):
    """All services and a Janus, which only the bearers of tokens may ask."""
    with Cluster(janus=True, **settings_of(issuer.path)) as cluster:
        yield cluster.start()


def call(client, headers, src, dst):
    """The answer to call/user."""
    return client.post("/dapi/call/user", json={"src_uid": src, "dst_uid": dst}, headers=headers)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_uid_calls_and_is_called_with_its_token(dapi, issuer, new_uid, algorithm):
    """Whatever signs it, and again with the token that is known already."""
    src, dst = new_uid(), new_uid()
    headers = issuer.headers(src, algorithm)
    entry = call(dapi, headers, src, dst).data
    assert call(dapi, headers, src, dst).data["redial"] is True
    answer = dapi.post("/dapi/call/recieve", json={"uid": dst, "channel": entry["channel"]},
                       headers=issuer.headers(dst, algorithm))
    assert answer.data["channel"] == entry["channel"]


def test_without_a_token_every_verb_says_that_one_is_missing(dapi):
    """Also those that only look; the media exchange has the channel's own token."""
    document = dapi.get("/openapi.json").json
    for path, operations in document["paths"].items():
        for method in set(operations) - {"options"}:
            if path in ("/", "/openapi.json") or "whip" in path:
                continue
            answer = dapi.request(method.upper(), path.replace("{channel}", "ch_0123456789"))
            assert_refused(answer, 401, "auth_missing")
            assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_page_and_the_description_need_no_token(dapi):
    """The page asks for one itself."""
    assert dapi.get("/").status == dapi.get("/openapi.json").status == 200


def test_the_description_says_what_needs_a_token(dapi):
    """By default all; what needs none, or the channel's, says so."""
    document = dapi.get("/openapi.json").json
    assert document["security"] == [{"jwt": []}]
    assert document["components"]["securitySchemes"]["jwt"]["scheme"] == "bearer"
    paths = document["paths"]
    assert "security" not in paths["/dapi/call/user"]["post"]
    assert paths["/openapi.json"]["get"]["security"] == []
    assert paths["/dapi/channel/{channel}/whip"]["post"]["security"] == [{"channel_token": []}]


def test_origins_and_hosts_do_not_matter_any_more(dapi, issuer, new_uid):
    """A web page of another site has no token."""
    src = new_uid()
    headers = {**issuer.headers(src), "Host": "dapi.example", "Origin": "https://app.example"}
    assert call(dapi, headers, src, new_uid()).status == 200


def test_a_page_elsewhere_asks_with_a_token(make_cluster, keys_file):
    """What a browser asks before has none; what it may do is for the page's origin to be set."""
    key = Key("ES256")
    write_keys(keys_file, key)
    client = start(make_cluster, keys_file, DAPI_ORIGINS="https://app.example")
    for origin, allowed in (("https://app.example", "https://app.example"),
                            ("https://evil.example", None)):
        asked = client.request("OPTIONS", "/dapi/call/msg", headers={
            "Origin": origin, "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type"})
        assert (asked.status, asked.headers["Access-Control-Allow-Origin"]) == (204, allowed)
    answer = client.post("/dapi/call/msg", json={"uid": "1"},
                         headers={"Origin": "https://app.example"})
    assert_refused(answer, 401, "auth_missing")
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"


def bad_tokens(issuer):
    """what is wrong: (token, status, code)."""
    now = int(time.time())
    rsa, stranger = issuer.keys["RS256"], Key("RS256")
    good = issuer.token("1", "RS256")
    claims = {"sub": "1", "aud": AUDIENCE, "iss": ISSUER, "exp": now + 300}
    twin = Key("ES256", kid=issuer.keys["ES256"].kid)
    refused = {
        "not yet valid": issuer.token("1", nbf=now + 120),
        "for another audience": issuer.token("1", aud="other"),
        "for no audience": issuer.token("1", aud=None),
        "by another issuer": issuer.token("1", iss="https://evil.example"),
        "by no issuer": issuer.token("1", iss=None),
        "without an end": issuer.token("1", exp=None),
        "without a subject": issuer.token(None),
        "of the uid that means anyone": issuer.token("0"),
        "of an unknown key": stranger.token("1", aud=AUDIENCE, iss=ISSUER),
        "of another key with a known id": twin.token("1", aud=AUDIENCE, iss=ISSUER),
        "without a key's id": rsa.token("1", aud=AUDIENCE, iss=ISSUER, headers={"kid": None}),
        "unsigned": sign_hs256(b"", {"alg": "none", "kid": rsa.kid}, claims).rpartition(".")[0]
        + ".",
        "signed with the public key": sign_hs256(rsa.public_pem, {"alg": "HS256", "kid": rsa.kid},
                                                 claims),
        "truncated": good[:-1],
        "without its signature": good.rpartition(".")[0],
        "changed": good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB"),
        "garbage": "garbage",
        "dots": "..",
        "huge": issuer.token("1", more="x" * 4000),
        "no token at all": "%%",
    }
    return {**{what: (token, "auth_refused") for what, token in refused.items()},
            "expired": (issuer.token("1", exp=now - 60), "auth_expired")}


def test_bad_tokens_are_refused(dapi, issuer, no_errors_logged):
    """And nothing is done."""
    for what, (token, code) in bad_tokens(issuer).items():
        answer = call(dapi, bearer(token), "1", "2")
        assert (answer.status, answer.error["code"]) == (401, code), (what, answer)
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
        assert token not in answer.body.decode()
    assert call(dapi, {"Authorization": "Basic YTpi"}, "1", "2").error["code"] == "auth_missing"


def test_the_clocks_may_differ_a_little(dapi, issuer):
    """By less than DAPI_JWT_LEEWAY_SECONDS, either way."""
    now = int(time.time())
    for claims in ({"exp": now - 5}, {"nbf": now + 5}):
        assert call(dapi, issuer.headers("1", **claims), "1", "2").status == 200


def test_nobody_acts_as_another(dapi, issuer, new_uid):
    """Neither to call, nor to look, nor to listen."""
    mine, other = issuer.headers(new_uid()), new_uid()
    fields = {"channel": "ch_0123456789", "limit": 1}
    paths = ["call/msg", "call/recieve", "call/ringing", "call/reject", "call/end", "call/history",
             "channel/join", "invite/robot"]
    for path in paths:
        answer = dapi.post(f"/dapi/{path}", json={"uid": other, **fields}, headers=mine)
        assert_refused(answer, 403, "uid_foreign", "uid")
    assert_refused(call(dapi, mine, other, new_uid()), 403, "uid_foreign", "src_uid")
    assert_refused(dapi.get("/dapi/call/ch_0123456789", query={"uid": other}, headers=mine),
                   403, "uid_foreign", "uid")
    assert_refused(dapi.get("/dapi/call/events", query={"uid": other},
                            headers={**mine, **upgrade_headers()}), 403, "uid_foreign", "uid")


def test_a_service_acts_for_everybody(dapi, issuer, new_uid):
    """Its token's scope says so; it need not have a uid of its own."""
    for scope in ("openid dapi:any", ["dapi:any"]):
        headers = issuer.headers("backend@example.org/1", scope=scope)
        assert call(dapi, headers, new_uid(), new_uid()).status == 200
    headers = issuer.headers(new_uid(), scope="dapi:anything dapi:")
    assert call(dapi, headers, new_uid(), new_uid()).error["code"] == "uid_foreign"


def test_who_invites_a_robot_is_a_party(dapi, issuer, new_uid):
    """Without a uid it is the token's own; a service must name one."""
    src, dst = new_uid(), new_uid()
    channel = call(dapi, issuer.headers(src), src, dst).data["channel"]

    def invite(headers, **fields):
        return dapi.post("/dapi/invite/robot", json={"channel": channel, **fields},
                         headers=headers)
    assert_refused(invite(issuer.headers(new_uid())), 403, "not_a_party")
    service = issuer.headers("backend", scope="dapi:any")
    assert_refused(invite(service), 400, "bad_field", "uid")
    assert invite(service, uid=dst).data["channel"] == channel
    assert invite(issuer.headers(src)).data["channel"] == channel


def test_the_media_exchange_goes_on_with_the_channels_token(dapi, issuer, new_uid):
    """It is the entry's: a JWT is none."""
    src = new_uid()
    entry = call(dapi, issuer.headers(src), src, new_uid()).data
    path = f"/dapi/channel/{entry['channel']}/whip"

    def offer(token):
        return dapi.post(path, raw=b"v=0\r\n", type="application/sdp", headers=bearer(token))
    assert offer(entry["token"]).status == 422
    assert offer(issuer.token(src)).error["code"] == "token_refused"


def test_a_websocket_brings_its_token_as_a_subprotocol(dapi, issuer, new_uid):
    """As browsers must; the one that is chosen is dapi's own."""
    uid = new_uid()
    protocols = {"Sec-WebSocket-Protocol": f"dapi, bearer.{issuer.token(uid)}"}
    with Listener(dapi.address, uid, headers=protocols) as listener:
        assert listener.headers["sec-websocket-protocol"] == "dapi"
        call(dapi, issuer.headers(uid), uid, new_uid())
        assert listener.next()["type"] == "call.created"
    with Listener(dapi.address, uid, headers=issuer.headers(uid)) as listener:
        assert "sec-websocket-protocol" not in listener.headers


def test_a_websocket_ends_with_its_token(make_cluster, new_uid, keys_file):
    """Until then it is told everything."""
    key, uid = Key("ES256"), new_uid()
    write_keys(keys_file, key)
    client = start(make_cluster, keys_file, DAPI_JWT_LEEWAY_SECONDS="0")
    short = key.token(uid, aud=AUDIENCE, iss=ISSUER, exp=int(time.time()) + SHORT_SECONDS)
    with Listener(client.address, uid, headers=bearer(short)) as listener:
        call(client, bearer(short), uid, new_uid())
        assert listener.next()["type"] == "call.created"
        assert listener.closed().code == 4401
    assert time.time() >= jwt.decode(short, options={"verify_signature": False})["exp"]
    assert call(client, bearer(short), uid, new_uid()).error["code"] == "auth_expired"


@pytest.mark.parametrize("offered, status, code", [
    ("dapi", 401, "auth_missing"),
    ("dapi, bearer.e.e.e", 401, "auth_refused"),
    ("dapi, bearer.", 401, "auth_missing"),
])
def test_a_websocket_without_a_good_token_is_refused(dapi, offered, status, code):
    """Before anything is upgraded."""
    headers = {**upgrade_headers(), "Sec-WebSocket-Protocol": offered}
    assert_refused(dapi.get("/dapi/call/events?uid=1", headers=headers), status, code)


def test_a_token_in_the_url_is_none(dapi, issuer, new_uid):
    """Addresses are logged everywhere."""
    uid = new_uid()
    for name in ("access_token", "token", "jwt"):
        answer = dapi.post("/dapi/call/msg", query={"uid": uid, name: issuer.token(uid)})
        assert_refused(answer, 401, "auth_missing")


def test_tokens_and_keys_are_never_logged(cluster, issuer):
    """Good ones, bad ones, and what they are verified with."""
    secret = issuer.keys["HS256"].jwk["k"]
    tokens = [token for token, _ in bad_tokens(issuer).values()] + [issuer.token("1")]
    for token in tokens:
        call(cluster.client, bearer(token), "1", "2")
    said = cluster["gateway"].log()
    assert secret not in said
    assert not [token for token in tokens if len(token) > 10 and token in said]


# The file with the keys

@pytest.fixture(name="keys_file")
def file_of_keys(tmp_path):
    """A file of the test's own."""
    return tmp_path / "keys.json"


def start(make_cluster, path, **settings):
    """The services but robotsvc."""
    cluster = make_cluster(**{**settings_of(path), **settings})
    return cluster.start("callsvc", "tokensvc", "gateway").client


def status(client, key):
    """Of a call with a token that this key has signed."""
    return call(client, bearer(key.token("1", aud=AUDIENCE, iss=ISSUER)), "1", "2").status


def test_new_keys_are_read_and_old_ones_forgotten(make_cluster, keys_file):
    """Tokens that were verified with those are refused from then on."""
    old, new = Key("RS256"), Key("RS256")
    write_keys(keys_file, old)
    client = start(make_cluster, keys_file)
    token = bearer(old.token("1", aud=AUDIENCE, iss=ISSUER))
    assert call(client, token, "1", "2").status == 200
    write_keys(keys_file, new)
    eventually(lambda: status(client, new) == 200, within=NOTICE_SECONDS)
    assert call(client, token, "1", "2").status == 401


def test_a_symbolic_link_is_followed_when_it_changes(make_cluster, tmp_path):
    """Kubernetes swaps the folder that a volume's files stand in."""
    keys = [Key("ES256"), Key("ES256")]
    for number, key in enumerate(keys):
        (tmp_path / f"data{number}").mkdir()
        write_keys(tmp_path / f"data{number}/keys.json", key)
    (tmp_path / "..data").symlink_to("data0")
    (tmp_path / "keys.json").symlink_to("..data/keys.json")
    client = start(make_cluster, tmp_path / "keys.json")
    assert (status(client, keys[0]), status(client, keys[1])) == (200, 401)
    (tmp_path / "..data_tmp").symlink_to("data1")
    os.replace(tmp_path / "..data_tmp", tmp_path / "..data")
    eventually(lambda: status(client, keys[1]) == 200, within=NOTICE_SECONDS)


def test_a_broken_file_keeps_the_old_keys_and_is_told_once(make_cluster, keys_file):
    """Until there is a good one again."""
    key, later = Key("HS256"), Key("HS256")
    write_keys(keys_file, key)
    cluster = make_cluster(**settings_of(keys_file), DAPI_HTTP_THREADS="2")
    client = cluster.start("callsvc", "tokensvc", "gateway").client
    keys_file.write_text('{"keys":[')

    def warnings():
        assert status(client, key) == 200
        return [line for line in cluster["gateway"].log().splitlines()
                if "level=warning" in line and "keys" in line]
    eventually(warnings, within=NOTICE_SECONDS)
    write_keys(keys_file, later)
    eventually(lambda: status(client, later) == 200, within=NOTICE_SECONDS)
    assert len(warnings_of(cluster)) == 1


def warnings_of(cluster):
    """What the gateway warned of."""
    return [line for line in cluster["gateway"].log().splitlines() if "level=warning" in line]


def spoil(path, text=None, mode=0o600):
    """A file of these, or one with a good secret."""
    path.write_text(text if text is not None else json.dumps({"keys": [Key("HS256").jwk]}))
    path.chmod(mode)


@pytest.mark.parametrize("prepare", [
    lambda path: None,
    lambda path: spoil(path, "no keys"),
    lambda path: spoil(path, '{"keys":[]}'),
    lambda path: spoil(path, '{"keys":[{"kty":"oct","kid":"a","k":"c2hvcnQ"}]}'),
    lambda path: spoil(path, mode=0o644),
    lambda path: path.mkdir(),
])
def test_keys_that_cannot_be_used_keep_the_gateway_from_starting(make_cluster, keys_file, prepare):
    """And its log says which setting to look at."""
    prepare(keys_file)
    gateway = make_cluster(**settings_of(keys_file))["gateway"].start()
    assert gateway.wait() == 1
    assert "DAPI_JWT_KEYS_FILE" in gateway.log()


def test_without_an_audience_the_log_warns(make_cluster, keys_file):
    """Tokens for other services are taken, too; another issuer's are not asked after."""
    key = Key("ES256")
    write_keys(keys_file, key)
    cluster = make_cluster(**{**settings_of(keys_file), "DAPI_JWT_AUDIENCE": "",
                              "DAPI_JWT_ISSUER": ""})
    client = cluster.start("callsvc", "tokensvc", "gateway").client
    for claims in ({}, {"aud": None}, {"aud": ["a", "b"]}):
        assert call(client, bearer(key.token("1", **claims)), "1", "2").status == 200
    assert "DAPI_JWT_AUDIENCE" in warnings_of(cluster)[0]


def test_with_tokens_every_address_may_be_served(make_cluster, keys_file):
    """DAPI_ALLOW_OPEN is about the open mode."""
    write_keys(keys_file, Key("ES256"))
    cluster = make_cluster(**settings_of(keys_file))
    port = cluster.settings["DAPI_HTTP_LISTEN"].rpartition(":")[2]
    cluster["gateway"].environment["DAPI_HTTP_LISTEN"] = f"0.0.0.0:{port}"
    cluster.start("callsvc", "tokensvc", "gateway")
    assert cluster.client.post("/dapi/call/msg", json={"uid": "1"}).status == 401
