"""test_bad_input.py - what is wrong is refused by name; nothing changes, no error is logged"""
import json

import pytest

from lib.client import FORM, assert_refused, multipart_body

pytestmark = pytest.mark.usefixtures("no_errors_logged")
VERBS = {
    "/dapi/call/user": {"src_uid": "1"},
    "/dapi/call/robot": {"src_uid": "1"},
    "/dapi/call/msg": {"uid": "1"},
    "/dapi/call/recieve": {"uid": "1", "channel": "ch_000000000a"},
    "/dapi/call/receive": {"uid": "1", "channel": "ch_000000000a"},
    "/dapi/call/end": {"uid": "1", "channel": "ch_000000000a"},
    "/dapi/channel/join": {"uid": "1", "channel": "ch_000000000a"},
    "/dapi/invite/robot": {"channel": "ch_000000000a"},
}
REQUIRED = [(path, field) for path, fields in VERBS.items() for field in fields]
UID_FIELDS = [*(r for r in REQUIRED if r[1] != "channel"), ("/dapi/call/user", "dst_uid"),
              ("/dapi/invite/robot", "uid")]
BAD_UIDS = ["", "0", 0, -1, 1.5, 1e3, True, [], {}, ["1"], "a/b", "a\\b", 'a"b', "a'b", "a*b",
            "é", "微", "a\u0000b", "\u0000", "a\nb", "\t", "x" * 65, "x" * 5000, 2**64]
BAD_BODIES = {
    "not JSON": b"src_uid=1", "cut off": b'{"src_uid": "1"', "half a text": b'{"src_uid": "1',
    "an array": b'[{"src_uid": "1"}]', "a text": b'"src_uid"', "a number": b"7", "null": b"null",
    "more after it": b'{"src_uid": "1"} {}', "a comma too many": b'{"src_uid": "1",}',
    "single quotes": b"{'src_uid': '1'}", "a byte of nothing": b"\x00", "a space": b" ",
    "invalid UTF-8": b'{"src_uid": "\xff\xfe"}', "overlong UTF-8": b'{"src_uid": "\xc0\xaf"}',
    "a surrogate": b'{"src_uid": "\xed\xa0\x80"}', "half an escape": rb'{"src_uid": "\ud800"}',
    "not a number": b'{"src_uid": NaN}', "too big a number": b'{"src_uid": 1' + b"0" * 400 + b"}",
    "deep arrays": b'{"a":' + b"[" * 20000 + b"]" * 20000 + b"}",
    "deep objects": b'{"a":' * 9000 + b"1" + b"}" * 9000,
}


@pytest.fixture(name="refused")
def refusing_and_changing_nothing(cluster):
    """refused(status, code, field, path, **how): the answer's envelope, and no call was made."""
    def highest_id():
        probe = cluster.client.call("probe", f"probe-{refused.count}")
        refused.count += 1
        cluster.client.end("probe", probe["channel"])
        return cluster.client.messages(f"probe-{refused.count - 1}")[0]["id"]

    def refused(status, code, field, path, **how):
        before = highest_id()
        assert_refused(cluster.client.post(path, **how), status, code, field)
        assert highest_id() == before + 1
    refused.count = 0
    return refused


@pytest.mark.parametrize("path, field", REQUIRED)
def test_a_missing_field(refused, path, field):
    fields = {name: value for name, value in VERBS[path].items() if name != field}
    for how in ({"json": fields}, {"form": fields}, {"query": fields}):
        refused(400, "bad_field", field, path, **how)


@pytest.mark.parametrize("path, field", REQUIRED)
def test_a_required_field_that_is_null(refused, path, field):
    refused(400, "bad_field", field, path, json=VERBS[path] | {field: None})


@pytest.mark.parametrize("uid", BAD_UIDS, ids=lambda uid: repr(uid)[:20])
def test_a_bad_uid_as_json(dapi, uid):
    for path, field in UID_FIELDS:
        answer = dapi.post(path, json=VERBS[path] | {field: uid})
        assert_refused(answer, 400, "bad_field", field)


@pytest.mark.parametrize("uid", ["0", "a/b", "é", "a\0b", "x" * 65], ids=repr)
def test_a_bad_uid_as_text(dapi, uid):
    for path, field in UID_FIELDS:
        fields = VERBS[path] | {field: uid}
        for how in ({"form": fields}, {"multipart": fields}, {"query": fields}):
            assert_refused(dapi.post(path, **how), 400, "bad_field", field)


@pytest.mark.parametrize("channel", ["", "a/b", "é", "x" * 65, "a\u0000b", 7, [], True])
def test_a_bad_channel(dapi, channel):
    for path, field in REQUIRED:
        if field == "channel":
            answer = dapi.post(path, json=VERBS[path] | {"channel": channel})
            assert_refused(answer, 400, "bad_field", "channel")


@pytest.mark.parametrize("seconds", [4, 181, 0, -5, "4", "ten", "", 5.5, True, [], 2**63, 10**30])
def test_ring_seconds_has_limits(refused, seconds):
    refused(400, "bad_field", "ring_seconds", "/dapi/call/user",
            json={"src_uid": "1", "ring_seconds": seconds})


@pytest.mark.parametrize("seconds", ["5 ", "+5", "0x10", "5.0", "181", "9" * 40])
def test_ring_seconds_as_text_is_a_decimal(refused, seconds):
    refused(400, "bad_field", "ring_seconds", "/dapi/call/user",
            form={"src_uid": "1", "ring_seconds": seconds})


@pytest.mark.parametrize("device", ["x" * 129, 7, "a\u0000b", []])
def test_a_bad_device(dapi, device):
    for path in ("/dapi/call/recieve", "/dapi/call/end"):
        answer = dapi.post(path, json=VERBS[path] | {"device_id": device})
        assert_refused(answer, 400, "bad_field", "device_id")


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES)
def test_a_body_that_is_no_json_object(dapi, body):
    for path in VERBS:
        answer = dapi.post(path, type="application/json", raw=body)
        assert answer.status == 400, answer
        assert answer.error["code"] in ("bad_body", "bad_field"), answer


def test_nobody_calls_himself(refused):
    refused(400, "bad_field", "dst_uid", "/dapi/call/user", json={"src_uid": "1", "dst_uid": 1})


def test_the_same_key_twice_in_json(refused):
    refused(400, "bad_field", "src_uid", "/dapi/call/user", type="application/json",
            raw=b'{"src_uid": "1", "src_uid": "2"}')


def test_the_same_field_twice_in_a_form(refused):
    refused(400, "bad_field", "src_uid", "/dapi/call/user", type=FORM, raw=b"src_uid=1&src_uid=1")


def test_the_same_field_twice_in_the_query(refused):
    refused(400, "bad_field", "src_uid", "/dapi/call/user?src_uid=1&src_uid=2")


@pytest.mark.parametrize("how", ["json", "form", "multipart"])
def test_the_same_field_in_query_and_body(refused, how):
    refused(400, "bad_field", "src_uid", "/dapi/call/user?src_uid=1", **{how: {"src_uid": "1"}})


@pytest.mark.parametrize("body", [b"src_uid=\xff", b"src_uid=%ff", b"src_uid=%c0%af",
                                  b"src_uid=%zz/", b"src_uid=a%00b", b"src_uid", b"=1", b"&&&",
                                  b"src_uid\0=1"])
def test_a_form_that_is_broken(dapi, body):
    answer = dapi.post("/dapi/call/user", type=FORM, raw=body)
    assert answer.status == 400 and answer.error["code"] in ("bad_body", "bad_field"), answer


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=",
                                          "multipart/form-data; boundary=other"])
def test_a_multipart_body_whose_boundary_is_not_there(dapi, content_type):
    _, body = multipart_body({"src_uid": "1"})
    answer = dapi.post("/dapi/call/user", type=content_type, raw=body)
    assert answer.status in (400, 415), answer
    assert answer.error["code"] in ("bad_body", "bad_field", "unsupported_type"), answer


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/jsonp",
                                          "application/octet-stream", "json", None])
def test_a_content_type_that_is_not_understood(refused, content_type):
    refused(415, "unsupported_type", None, "/dapi/call/user", type=content_type,
            raw=b'{"src_uid": "1"}')


def test_a_body_over_64_kib(refused):
    for size in (65537, 1 << 20):
        body = json.dumps({"src_uid": "1", "more": ""}).encode()
        body = body[:-2] + b"x" * (size - len(body)) + body[-2:]
        refused(413, "body_too_large", None, "/dapi/call/user", type="application/json", raw=body)


def test_a_body_of_64_kib_is_taken(dapi):
    body = b'{"src_uid": "1", "more": "%s"}'
    body %= b"x" * (65536 - len(body) + 2)
    assert len(body) == 65536
    assert dapi.post("/dapi/call/user", type="application/json", raw=body).status == 200


def test_a_body_that_claims_to_be_huge(dapi):
    answer = dapi.send(b"POST /dapi/call/user HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                       b"Content-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 413 ") and b"body_too_large" in answer


def test_a_chunked_body_that_does_not_end_in_time(dapi):
    answer = dapi.send(b"POST /dapi/call/user HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                       b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                       + b"4000\r\n" + b"x" * 0x4000 + b"\r\n" + b"4000\r\n" + b"x" * 0x4000
                       + b"\r\n" + b"9000\r\n" + b"x" * 0x9000 + b"\r\n0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_a_wrong_method(dapi, method):
    for path in VERBS:
        answer = dapi.request(method, path)
        assert answer.status == 405 and "POST" in answer.headers["Allow"], answer
        if method != "HEAD":
            assert answer.error["code"] == "method_not_allowed"


def test_openapi_is_only_read(dapi):
    answer = dapi.post("/openapi.json")
    assert_refused(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/dapi", "/dapi/", "/dapi/call", "/dapi/calls/user",
                                  "/dapi//call/user", "/DAPI/CALL/USER", "/dapi/call/user/",
                                  "/dapi/call/../call/user", "/etc/passwd", "/%00",
                                  "/" + "x" * 4000])
def test_an_unknown_path(dapi, path):
    for method in ("GET", "POST"):
        assert_refused(dapi.request(method, path), 404, "path_not_found")


@pytest.mark.parametrize("request_text", [
    b"NONSENSE\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n\r\n", b"GET /dapi/call/user\r\n\r\n",
    b"\x16\x03\x01\x02\x00\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"])
def test_what_is_no_http_does_no_harm(dapi, request_text, new_uid):
    dapi.send(request_text + b"Connection: close\r\n\r\n")
    assert dapi.messages(new_uid()) == []


def test_headers_have_a_limit(dapi, new_uid):
    answer = dapi.send(b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX: "
                       + b"x" * 100000 + b"\r\n\r\n")
    refusals = (b"HTTP/1.1 431 ", b"HTTP/1.1 400 ", b"HTTP/1.1 413 ")
    assert answer == b"" or answer.startswith(refusals)
    assert dapi.messages(new_uid()) == []


def test_who_is_no_party_changes_nothing(dapi, call, new_uid):
    stranger = {"uid": new_uid(), "channel": call["channel"]}
    for path in ("/dapi/call/recieve", "/dapi/call/end", "/dapi/channel/join",
                 "/dapi/invite/robot"):
        assert_refused(dapi.post(path, json=stranger), 403, "not_a_party")
    row, = dapi.messages(call["dst"])
    assert row["state"] == "created"
