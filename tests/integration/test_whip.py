"""test_whip.py - the media exchange over HTTP: whoever bears a party's token gets in, nobody else

robotsvc is a fake that remembers who is in; callsvc and tokensvc are real.
"""
import base64
import hashlib
import hmac
import re
import struct
import time
import zlib

import pytest

from lib import token006
from lib.bus import ERRORS, FakeService
from lib.client import assert_refused
from lib.cluster import APP_ID, CERTIFICATE, Cluster

OFFER = b"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
ANSWER = OFFER.replace(b"o=-", b"o=answer")
OTHER_APP = "970CA35de60c44645bbae8a215061b34"
OTHER_CERTIFICATE = "5CFd2fd1755d40ecb72977518be15d3c"
ALLOWED = "https://app.example"
SECRET = "turn-secret"
SESSION = "0123456789abcdefABCDEF"
BAD_OFFER = 23


class FakeRobotsvc(FakeService):
    """Lets everybody in, and out again who is in."""

    def __init__(self, endpoint):
        super().__init__("robotsvc", endpoint, self._answer_media)
        self.inside = {}  # (channel, uid, session): offer
        self.failure = 0  # what the next offer is answered with

    def _answer_media(self, verb, body, bulk):
        who = (body["channel"], body["uid"], body["session"])
        if verb == "media_join":
            failure, self.failure = self.failure, 0
            if not failure:
                self.inside[who] = bulk
            return failure, {} if failure else {"session": body["session"]}
        if verb == "media_leave":
            return 0, {"was_there": self.inside.pop(who, None) is not None}
        return ERRORS["unknown_verb"], {}

    def _handle(self, envelope):
        answer = super()._handle(envelope)
        if answer and isinstance(answer[3], dict) and "session" in answer[3]:
            answer[4] = ANSWER
        return answer


@pytest.fixture(scope="module", name="parts")
def cluster_with_a_fake_robotsvc():
    """(cluster, fake robotsvc), logging as much as there is."""
    with Cluster() as cluster, FakeRobotsvc(cluster.endpoints["robotsvc"]) as robotsvc:
        (cluster.folder / "turn").write_text(SECRET + "\n")
        settings = {"DAPI_ORIGINS": ALLOWED, "DAPI_LOG_LEVEL": "debug",
                    "DAPI_ICE_SERVERS": "stun:stun.example:3478, turn:turn.example?transport=udp",
                    "DAPI_TURN_SECRET_FILE": str(cluster.folder / "turn"),
                    "DAPI_TURN_SECONDS": "3600"}
        cluster["gateway"].environment.update(settings)
        yield cluster.start("callsvc", "tokensvc", "gateway"), robotsvc


@pytest.fixture(name="dapi")
def client(parts):
    """HTTP to it."""
    return parts[0].client


@pytest.fixture(name="robotsvc")
def fake(parts):
    """The one that lets in."""
    return parts[1]


def bearer(token, **more):
    """Headers."""
    return {"Authorization": f"Bearer {token}", **more}


def enter(dapi, channel, headers, offer=OFFER, content_type="application/sdp"):
    """POST an offer."""
    return dapi.post(f"/dapi/channel/{channel}/whip", raw=offer, type=content_type,
                     headers=headers)


def leave(dapi, location, headers):
    """DELETE a session."""
    return dapi.request("DELETE", location, headers=headers)


def sign(channel, uid, ends_at, app_id=APP_ID, certificate=CERTIFICATE):
    """A 006 token of the test's own."""
    message = struct.pack("<IIHHI", 7, ends_at, 1, token006.JOIN, ends_at)
    signed = app_id.encode() + channel.encode() + uid.encode() + message
    content = (struct.pack("<H", 32) + hmac.digest(certificate.encode(), signed, hashlib.sha256)
               + struct.pack("<II", zlib.crc32(channel.encode()), zlib.crc32(uid.encode()))
               + struct.pack("<H", len(message)) + message)
    return "006" + app_id + base64.b64encode(content).decode()


def session_of(answer):
    """The last segment of Location."""
    return answer.headers["Location"].rpartition("/")[2]


def test_a_party_enters_and_leaves(dapi, call, robotsvc):
    answer = enter(dapi, call["channel"], bearer(call["token"]))
    assert answer.status == 201 and answer.body == ANSWER, answer
    assert answer.headers["Content-Type"] == "application/sdp"
    location = answer.headers["Location"]
    assert re.fullmatch(rf"/dapi/channel/{call['channel']}/whip/[0-9A-Za-z]{{22}}", location)
    assert robotsvc.inside[call["channel"], call["src"], session_of(answer)] == OFFER
    answer = leave(dapi, location, bearer(call["token"]))
    assert answer.status == 200 and answer.body == b"", answer
    assert_refused(leave(dapi, location, bearer(call["token"])), 404, "session_not_found")


def test_the_callee_enters_as_itself(dapi, call, robotsvc):
    entry = dapi.recieve(call["dst"], call["channel"])
    answer = enter(dapi, call["channel"], bearer(entry["token"]))
    assert answer.status == 201, answer
    assert (call["channel"], call["dst"], session_of(answer)) in robotsvc.inside


def test_a_callee_who_was_not_named_enters_once_it_has_answered(dapi, new_uid):
    src, dst = new_uid(), new_uid()
    channel = dapi.call(src)["channel"]
    early = sign(channel, dst, int(time.time()) + 60)
    assert_refused(enter(dapi, channel, bearer(early)), 403, "token_foreign")
    assert enter(dapi, channel, bearer(dapi.recieve(dst, channel)["token"])).status == 201


@pytest.mark.parametrize("how", [
    {"content_type": "Application/SDP; charset=utf-8"}, {"accept": "application/sdp"},
    {"accept": "*/*"}, {"accept": "text/html, application/*;q=0.5"}, {"scheme": "bearer"}])
def test_headers_may_be_written_otherwise(dapi, call, how):
    headers = {"Authorization": f"{how.get('scheme', 'Bearer')} {call['token']}"}
    if "accept" in how:
        headers["Accept"] = how["accept"]
    answer = enter(dapi, call["channel"], headers,
                   content_type=how.get("content_type", "application/sdp"))
    assert answer.status == 201, answer


def altered(token):
    """One character of the signature is another."""
    return token[:45] + ("A" if token[45] != "A" else "B") + token[46:]


@pytest.fixture(name="tokens")
def bad_tokens(dapi, call, new_uid):
    """name: (Authorization, status, code), each wrong in one thing."""
    channel, src, soon = call["channel"], call["src"], int(time.time()) + 60
    other = dapi.call(new_uid(), call["dst"])
    return {
        "none": (None, 401, "token_missing"),
        "no token": ("Bearer", 401, "token_missing"),
        "another scheme": ("Basic dXNlcjpwYXNz", 401, "token_missing"),
        "bare": (call["token"], 401, "token_missing"),
        "nonsense": ("Bearer nonsense", 401, "token_refused"),
        "two": (f"Bearer {call['token']} {call['token']}", 401, "token_refused"),
        "too long": ("Bearer 006" + "A" * 600, 401, "token_refused"),
        "altered": (f"Bearer {altered(call['token'])}", 401, "token_refused"),
        "cut off": (f"Bearer {call['token'][:-4]}", 401, "token_refused"),
        "other app": (f"Bearer {sign(channel, src, soon, app_id=OTHER_APP)}", 401,
                      "token_refused"),
        "other certificate": (f"Bearer {sign(channel, src, soon, certificate=OTHER_CERTIFICATE)}",
                              401, "token_refused"),
        "expired": (f"Bearer {sign(channel, src, soon - 120)}", 401, "token_expired"),
        "other channel": (f"Bearer {other['token']}", 403, "token_foreign"),
        "other uid": (f"Bearer {sign(channel, new_uid(), soon)}", 403, "token_foreign"),
    }


BAD_TOKENS = ["none", "no token", "another scheme", "bare", "nonsense", "two", "too long",
              "altered", "cut off", "other app", "other certificate", "expired", "other channel",
              "other uid"]


@pytest.mark.parametrize("name", BAD_TOKENS)
@pytest.mark.parametrize("does", ["enter", "leave"])
def test_a_token_that_is_not_good(dapi, call, robotsvc, tokens, name, does):
    authorization, status, code = tokens[name]
    headers = {"Authorization": authorization} if authorization else {}
    before = dict(robotsvc.inside)
    if does == "enter":
        answer = enter(dapi, call["channel"], headers)
    else:
        answer = leave(dapi, f"/dapi/channel/{call['channel']}/whip/{SESSION}", headers)
    assert_refused(answer, status, code)
    challenge = {"token_missing": "Bearer", "token_foreign": None}
    assert answer.headers["WWW-Authenticate"] == challenge.get(code, 'Bearer error="invalid_token"')
    assert robotsvc.inside == before


def test_anothers_session_is_not_ended_with_ones_own_token(dapi, call, robotsvc):
    location = enter(dapi, call["channel"], bearer(call["token"])).headers["Location"]
    mine = dapi.recieve(call["dst"], call["channel"])["token"]
    assert_refused(leave(dapi, location, bearer(mine)), 404, "session_not_found")
    assert (call["channel"], call["src"], location.rpartition("/")[2]) in robotsvc.inside


def test_a_closed_channel_lets_nobody_in_but_out(dapi, call):
    location = enter(dapi, call["channel"], bearer(call["token"])).headers["Location"]
    dapi.end(call["src"], call["channel"])
    assert_refused(enter(dapi, call["channel"], bearer(call["token"])), 403, "channel_closed")
    assert leave(dapi, location, bearer(call["token"])).status == 200


def test_an_unknown_channel(dapi, call):
    for answer in (enter(dapi, "ch_000000000a", bearer(call["token"])),
                   leave(dapi, f"/dapi/channel/ch_000000000a/whip/{SESSION}",
                         bearer(call["token"]))):
        assert_refused(answer, 404, "call_not_found")


@pytest.mark.parametrize("channel", ["%ff", "a%00b", "x" * 65, "%2F", "a*b", "%22", "x" * 3000])
def test_a_malformed_channel(dapi, call, channel):
    assert_refused(enter(dapi, channel, bearer(call["token"])), 400, "bad_field", "channel")


@pytest.mark.parametrize("session", ["short", "x" * 33, "%ff" * 16])
def test_a_malformed_session(dapi, call, session):
    path = f"/dapi/channel/{call['channel']}/whip/{session}"
    assert_refused(leave(dapi, path, bearer(call["token"])), 400, "bad_field", "session")


@pytest.mark.parametrize("path", ["/dapi/channel//whip", "/dapi/channel/a/b/whip",
                                  "/dapi/channel/a/whip/", "/dapi/channel/a/whipx",
                                  "/dapi/channel/a/whip/b/c", "/dapi/channel/a"])
def test_paths_beside_it_are_not_there(dapi, path):
    for method in ("POST", "DELETE", "OPTIONS"):
        assert_refused(dapi.request(method, path), 404, "path_not_found")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_other_methods_on_the_endpoint(dapi, call, method):
    answer = dapi.request(method, f"/dapi/channel/{call['channel']}/whip",
                          headers=bearer(call["token"]))
    assert_refused(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST, OPTIONS"


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "POST"])
def test_candidates_do_not_trickle(dapi, call, method):
    location = enter(dapi, call["channel"], bearer(call["token"])).headers["Location"]
    answer = dapi.request(method, location, headers=bearer(call["token"]), raw=b"a=candidate:1",
                          type="application/trickle-ice-sdpfrag")
    assert_refused(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "DELETE, OPTIONS"


@pytest.mark.parametrize("content_type", [None, "application/json", "text/plain",
                                          "application/sdpx", "application/sdp, text/plain"])
def test_an_offer_must_say_that_it_is_sdp(dapi, call, content_type):
    answer = enter(dapi, call["channel"], bearer(call["token"]), content_type=content_type)
    assert_refused(answer, 415, "unsupported_type")


@pytest.mark.parametrize("accept", ["application/json", "text/*", "application/sdp;q=0",
                                    "application/sdp;q=0.0, */*"])
def test_an_answer_must_be_acceptable(dapi, call, accept):
    answer = enter(dapi, call["channel"], bearer(call["token"], Accept=accept))
    assert_refused(answer, 406, "not_acceptable")


def test_an_offer_has_a_limit(dapi, call):
    offer = OFFER + b"a=" + b"x" * (65536 - len(OFFER) - 2)
    assert enter(dapi, call["channel"], bearer(call["token"]), offer).status == 201
    assert_refused(enter(dapi, call["channel"], bearer(call["token"]), offer + b"x"), 413,
                   "body_too_large")


def test_an_offer_that_cannot_be_answered(dapi, call, robotsvc):
    assert_refused(enter(dapi, call["channel"], bearer(call["token"]), b""), 422, "bad_offer")
    robotsvc.failure = BAD_OFFER
    assert_refused(enter(dapi, call["channel"], bearer(call["token"])), 422, "bad_offer")


def test_links_name_the_ice_servers(dapi, call):
    answer = enter(dapi, call["channel"], bearer(call["token"]))
    stun, turn = answer.headers.get_all("Link")
    assert stun == '<stun:stun.example:3478>; rel="ice-server"'
    found = re.fullmatch(r'<turn:turn.example\?transport=udp>; rel="ice-server"; '
                         r'username="((\d+):(\d+))"; credential="([^"]+)"; '
                         r'credential-type="password"', turn)
    assert found and found[3] == call["src"], turn
    assert abs(int(found[2]) - time.time() - 3600) < 30
    expected = base64.b64encode(hmac.digest(SECRET.encode(), found[1].encode(), "sha1")).decode()
    assert found[4] == expected


def paths_of(call):
    """Both of them."""
    path = f"/dapi/channel/{call['channel']}/whip"
    return (path, "POST, OPTIONS"), (f"{path}/{SESSION}", "DELETE, OPTIONS")


def test_options_say_what_a_page_may_do(dapi, call):
    for path, methods in paths_of(call):
        for origin in (ALLOWED, dapi.url):
            answer = dapi.request("OPTIONS", path, headers={
                "Origin": origin, "Access-Control-Request-Method": "POST"})
            assert answer.status == 204 and answer.body == b"", answer
            assert answer.headers["Access-Control-Allow-Origin"] == origin
            assert answer.headers["Access-Control-Allow-Methods"] == methods
            assert answer.headers["Access-Control-Allow-Headers"] == "authorization, content-type"
            assert answer.headers["Accept-Post"] == "application/sdp"


def test_without_an_origin_none_is_allowed(dapi, call):
    answer = dapi.request("OPTIONS", paths_of(call)[0][0])
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] is None


def test_a_foreign_page_may_do_nothing(dapi, call):
    headers = bearer(call["token"], Origin="https://evil.example")
    for answer in (dapi.request("OPTIONS", paths_of(call)[0][0], headers=headers),
                   enter(dapi, call["channel"], headers)):
        assert_refused(answer, 403, "foreign_origin")
        assert answer.headers["Access-Control-Allow-Origin"] is None


def test_an_allowed_page_may_read_answers_and_refusals(dapi, call):
    headers = bearer(call["token"], Origin=ALLOWED)
    for channel, status in ((call["channel"], 201), ("ch_000000000a", 404), ("a*b", 400)):
        answer = enter(dapi, channel, headers)
        assert answer.status == status
        assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED
        assert answer.headers["Access-Control-Expose-Headers"] == "Location, Link"


def test_no_log_line_holds_a_token(dapi, call, parts):
    enter(dapi, call["channel"], bearer(call["token"]))
    enter(dapi, call["channel"], bearer(altered(call["token"])))
    logs = "".join(process.log() for process in parts[0].services.values())
    assert "answered 201" in logs
    assert call["token"][35:60] not in logs and call["channel"] not in logs


def test_metrics_name_the_pattern(dapi, call, parts):
    enter(dapi, call["channel"], bearer(call["token"]))
    metrics = parts[0].admin("gateway", "/metrics")[1]
    assert 'verb="channel/{channel}/whip",method="POST",code="2xx"' in metrics
    assert call["channel"] not in metrics


@pytest.mark.parametrize("settings, said", [
    ({"DAPI_ICE_SERVERS": "http://x"}, "DAPI_ICE_SERVERS"),
    ({"DAPI_ICE_SERVERS": "turn:x"}, "DAPI_TURN_SECRET_FILE"),
    ({"DAPI_ICE_SERVERS": "turn:x", "DAPI_TURN_SECRET_FILE": "/nowhere"}, "DAPI_TURN_SECRET_FILE"),
])
def test_settings_that_are_wrong_are_told(make_cluster, settings, said):
    gateway = make_cluster(**settings)["gateway"]
    gateway.start()
    assert gateway.wait(within=5) > 0
    assert said in gateway.log()
