"""test_apns.py - calls wake Apple's devices, as Apple wants it"""
import re
import time

from lib.waiting import eventually
from push.conftest import APP, metric
from push.lib.apns import Apns
from push.lib.h2_server import Answer

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_a_call_wakes_the_callees_phone(start_with, apple_settings, apple, phone_of, new_uid):
    """Headers and payload are Apple's; no token of the media plane is in it."""
    dapi = start_with(apple_settings).client
    src, dst = new_uid(), new_uid()
    phone = phone_of(dapi, dst)
    entry = dapi.call(src, dst)
    push = apple.next()
    assert push.token == phone.token
    assert push.headers["apns-push-type"] == "voip"
    assert push.headers["apns-topic"] == APP + ".voip"
    assert push.headers["apns-expiration"] == "0"
    assert push.payload.pop("aps") == {}
    assert TIME.fullmatch(push.payload.pop("sent_at"))
    assert push.payload == {"call_id": entry["call_id"], "channel": entry["channel"],
                            "caller_uid": src, "expires_at": entry["ring_expires_at"]}


def test_every_device_of_the_callee_and_nobody_else(start_with, apple_settings, apple, phone_of,
                                                    new_uid):
    dapi = start_with(apple_settings).client
    src, dst = new_uid(), new_uid()
    phones = [phone_of(dapi, dst) for _ in range(3)]
    phone_of(dapi, src)
    dapi.call(src, dst)
    assert {apple.next().token for _ in phones} == {phone.token for phone in phones}
    dapi.call(dst, src)  # glare: it is answered, not rung
    other = new_uid()
    last = phone_of(dapi, other)
    dapi.call(src, other)
    assert apple.next().token == last.token


def test_a_redial_does_not_push_again(start_with, apple_settings, apple, phone_of, new_uid):
    dapi = start_with(apple_settings).client
    src, dst, other = new_uid(), new_uid(), new_uid()
    phone, last = phone_of(dapi, dst), phone_of(dapi, other)
    dapi.call(src, dst)
    assert dapi.call(src, dst)["redial"]
    dapi.call(src, other)
    assert {apple.next().token, apple.next().token} == {phone.token, last.token}
    assert len(apple.pushes) == 2


def test_expiration_may_be_the_ring_deadline(start_with, apple_settings, apple, phone_of, new_uid):
    dapi = start_with({**apple_settings, "DAPI_APNS_EXPIRATION": "ring"}).client
    dst = new_uid()
    phone_of(dapi, dst)
    dapi.post("/dapi/call/user", json={"src_uid": new_uid(), "dst_uid": dst, "ring_seconds": 90})
    push = apple.next()
    assert 80 < int(push.headers["apns-expiration"]) - time.time() < 91


def test_a_missed_call_is_an_ordinary_alert(start_with, apple_settings, apple, phone_of, new_uid):
    """To the alert token; a phone without one hears nothing of it."""
    dapi = start_with(apple_settings).client
    src, dst = new_uid(), new_uid()
    phone = phone_of(dapi, dst, alert_token="ab" * 32)
    silent = phone_of(dapi, dst)
    entry = dapi.post("/dapi/call/user",
                      json={"src_uid": src, "dst_uid": dst, "ring_seconds": 5}).data
    assert {apple.next().token, apple.next().token} == {phone.token, silent.token}
    alert = apple.next(within=20)
    assert alert.token == "ab" * 32
    assert alert.headers["apns-push-type"] == "alert" and alert.headers["apns-topic"] == APP
    assert alert.payload["aps"]["alert"] == {"title": "Missed call", "body": src}
    assert alert.payload["call_id"] == entry["call_id"]
    assert "token" not in alert.payload


def test_a_cancelled_call_pushes_nothing_more(start_with, apple_settings, apple, phone_of,
                                              new_uid):
    dapi = start_with(apple_settings).client
    src, dst, other = new_uid(), new_uid(), new_uid()
    phone_of(dapi, dst, alert_token="ab" * 32)
    last = phone_of(dapi, other)
    entry = dapi.call(src, dst)
    apple.next()
    dapi.end(src, entry["channel"])
    dapi.call(src, other)
    assert apple.next().token == last.token


def test_a_connection_that_says_that_it_takes_one_stream_at_first(start_with, apple_settings,
                                                                 authority, apple_key, phone_of,
                                                                 new_uid):
    """As Apple's do; the others wait for its first answer, which takes a while."""
    with Apns(authority, apple_key.public_key(), says_one=True) as strict:
        strict.behave = lambda push: Answer(200, delay=0.3)
        cluster = start_with({**apple_settings, "DAPI_APNS_URL": strict.url})
        phones = [phone_of(cluster.client, new_uid()) for _ in range(40)]
        for phone in phones:
            cluster.client.call(new_uid(), phone.uid)
        assert len({strict.next(within=20).token for _ in phones}) == len(phones)
        eventually(lambda: metric(cluster, "dapi_outbox_waiting", 'queue="apns"') == 0, within=20)
        assert strict.problems == [] and len(strict.pushes) == len(phones)


def test_many_pushes_share_few_connections(start_with, apple_settings, apple, phone_of, new_uid):
    """The first of each alone; all with one provider token."""
    cluster = start_with(apple_settings)
    apple.behave = lambda push: Answer(200, b"", [("apns-id", push.id)], delay=0.02)
    phones = [phone_of(cluster.client, new_uid()) for _ in range(60)]
    for phone in phones:
        cluster.client.call(new_uid(), phone.uid)
    pushes = [apple.next() for _ in phones]
    assert {push.token for push in pushes} == {phone.token for phone in phones}
    assert len({push.connection for push in pushes}) <= 4
    assert len({push.bearer for push in pushes}) == 1
    eventually(lambda: metric(cluster, "dapi_outbox_waiting", 'queue="apns"') == 0, within=10)
    sent = 'service="apns",kind="ring"'
    assert metric(cluster, "dapi_push_sent_total", sent) == len(phones)


def test_a_busy_callee_is_told_that_he_missed_a_call(start_with, apple_settings, apple, phone_of,
                                                     new_uid):
    """His phone does not ring: the alert is all that he hears of it."""
    dapi = start_with({**apple_settings, "DAPI_BUSY": "reject"}).client
    first, second, dst = new_uid(), new_uid(), new_uid()
    phone_of(dapi, dst, alert_token="cd" * 32)
    entry = dapi.call(first, dst)
    assert apple.next().headers["apns-push-type"] == "voip"
    dapi.recieve(dst, entry["channel"])
    dapi.call(second, dst)
    alert = apple.next()
    assert alert.headers["apns-push-type"] == "alert" and alert.payload["caller_uid"] == second
