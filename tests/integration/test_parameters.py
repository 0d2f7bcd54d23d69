"""test_parameters.py - every way of passing parameters, to every verb"""
import pytest

from lib.client import FORM, assert_refused, multipart_body

FORMS = {
    "json": lambda fields: {"json": fields},
    "form": lambda fields: {"form": fields},
    "multipart": lambda fields: {"multipart": fields},
    "query": lambda fields: {"query": fields},
}
in_every_form = pytest.mark.parametrize("pass_as", FORMS.values(), ids=FORMS)


@in_every_form
def test_a_call_from_begin_to_end(dapi, new_uid, pass_as):
    src, dst = new_uid(), new_uid()

    def post(path, **fields):
        return dapi.post(path, **pass_as(fields)).data
    channel = post("/dapi/call/user", src_uid=src, dst_uid=dst, ring_seconds=30)["channel"]
    assert post("/dapi/call/msg", uid=dst)[0]["channel"] == channel
    assert post("/dapi/call/recieve", uid=dst, channel=channel)["uid"] == dst
    assert post("/dapi/channel/join", uid=src, channel=channel)["uid"] == src
    assert post("/dapi/call/end", uid=src, channel=channel)["state"] == "completed"


@in_every_form
def test_robot_verbs(dapi, new_uid, pass_as):
    src = new_uid()
    entry = dapi.post("/dapi/call/robot", **pass_as({"src_uid": src, "audio": "greeting"})).data
    invited = dapi.post("/dapi/invite/robot", **pass_as({"channel": entry["channel"]})).data
    assert invited["call_id"] == entry["call_id"]
    dapi.end(src, entry["channel"])


@in_every_form
def test_fields_that_a_verb_does_not_know_are_ignored(dapi, new_uid, pass_as):
    fields = {"src_uid": new_uid(), "version": "7", "uid": "0", "_": "", "channel": "a/b"}
    assert dapi.post("/dapi/call/user", **pass_as(fields)).status == 200


def test_unknown_fields_of_any_json_kind_are_ignored(dapi, new_uid):
    fields = {"src_uid": new_uid(), "a": None, "b": [1, {"c": []}], "d": {"src_uid": 7}, "e": 1e9}
    assert dapi.post("/dapi/call/user", json=fields).status == 200


@in_every_form
def test_a_uid_may_be_a_number(dapi, new_uid, pass_as):
    src, dst = int(new_uid()), int(new_uid())
    entry = dapi.post("/dapi/call/user", **pass_as({"src_uid": src, "dst_uid": dst})).data
    assert entry["uid"] == str(src)
    assert dapi.post("/dapi/call/msg", **pass_as({"uid": dst})).data[0]["src_uid"] == str(src)


def test_query_and_body_complete_each_other(dapi, new_uid):
    src, dst = new_uid(), new_uid()
    for pass_as in (FORMS["json"], FORMS["form"], FORMS["multipart"]):
        answer = dapi.post("/dapi/call/user", query={"src_uid": src}, **pass_as({"dst_uid": dst}))
        assert answer.data["uid"] == src


@pytest.mark.parametrize("content_type", [None, "application/json", FORM, "text/plain",
                                          "application/octet-stream", "nonsense",
                                          "multipart/form-data; boundary=x"])
def test_an_empty_body_is_no_body_whatever_its_type(dapi, new_uid, content_type):
    uid = new_uid()
    answer = dapi.post("/dapi/call/msg", query={"uid": uid}, type=content_type, raw=b"")
    assert answer.data == []
    answer = dapi.post("/dapi/call/msg", type=content_type, raw=b"")
    assert_refused(answer, 400, "bad_field", "uid")


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "APPLICATION/JSON",
                                          "application/json;charset=UTF-8"])
def test_json_may_say_its_charset(dapi, new_uid, content_type):
    body = f'{{"uid": "{new_uid()}"}}'.encode()
    assert dapi.post("/dapi/call/msg", type=content_type, raw=body).data == []


def test_form_values_are_decoded(dapi, new_uid):
    body = f"src_uid=a+b%40{new_uid()}".encode()
    entry = dapi.post("/dapi/call/user", type=FORM, raw=body).data
    assert entry["uid"].startswith("a b@")


def test_query_values_are_decoded(dapi):
    assert dapi.post("/dapi/call/user?src_uid=a+b%40c").data["uid"] == "a b@c"


def test_json_escapes_are_decoded(dapi):
    body = rb'{"src_uid": "\u0061\u0040b"}'
    entry = dapi.post("/dapi/call/user", type="application/json", raw=body).data
    assert entry["uid"] == "a@b"


def test_a_null_of_an_optional_field_is_as_if_it_was_absent(dapi, new_uid):
    fields = {"src_uid": new_uid(), "dst_uid": None, "ring_seconds": None}
    assert dapi.post("/dapi/call/user", json=fields).status == 200


def test_a_multipart_body_in_chunks(dapi, new_uid):
    content_type, body = multipart_body({"uid": new_uid()})
    chunks = b"".join(b"%x\r\n%s\r\n" % (1, body[i:i + 1]) for i in range(len(body)))
    answer = dapi.send(b"POST /dapi/call/msg HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                       b"Transfer-Encoding: chunked\r\nContent-Type: " + content_type.encode()
                       + b"\r\n\r\n" + chunks + b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ") and b'"data":[]' in answer


def test_requests_on_one_connection_are_answered_in_order(dapi, new_uid):
    request = (b"POST /dapi/call/user?src_uid=%s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
               b"Content-Length: 0\r\n%s\r\n")
    uids = [new_uid().encode() for _ in range(5)]
    text = b"".join(request % (uid, b"Connection: close\r\n" if uid is uids[-1] else b"")
                    for uid in uids)
    answers = dapi.send(text).split(b"HTTP/1.1 200 ")[1:]
    assert len(answers) == 5
    assert all(b'"uid":"%s"' % uid in answer for uid, answer in zip(uids, answers))
