"""test_fcm.py - calls wake Android's devices, and each answer of Firebase's"""
import secrets

import pytest

from lib.waiting import eventually
from push.conftest import dump, metric
from push.lib.certificates import pem_of
from push.lib.fcm import Fcm, refusal
from push.lib.h2_server import HANG, Answer

REFUSED = [(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"), (404, "NOT_FOUND", None),
           (418, "SOMETHING_NEW", None)]
DEAD = [(404, "NOT_FOUND", "UNREGISTERED", False),
        (403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH", False),
        (400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", True)]
LATER = [(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), (500, "INTERNAL", "INTERNAL"),
         (503, "UNAVAILABLE", "UNAVAILABLE"), (502, "SOMETHING_NEW", None)]
STOPPED = [(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"),
           (403, "PERMISSION_DENIED", None), (403, "SOMETHING_NEW", None)]


@pytest.fixture(name="google")
def firebase(authority, google_key):
    """Firebase and Google's token endpoint."""
    with Fcm(authority, google_key.public_key()) as server:
        yield server
        assert server.problems == []


@pytest.fixture(name="google_settings")
def settings_for_google(authority, google_key, google, tmp_path):
    """Of a callsvc that pushes to `google`."""
    credentials = google.credentials(pem_of(google_key))
    return {"DAPI_FCM_CREDENTIALS_FILE": dump(tmp_path / "account.json", credentials),
            "DAPI_FCM_URL": google.url, "DAPI_PUSH_CA_FILE": str(authority.file)}


@pytest.fixture(name="world")
def cluster_and_google(start_with, google_settings, google, phone_of, new_uid):
    """A cluster that pushes to `google`, whose answers to a phone are given one by one."""
    class World:
        """What a test of answers needs."""

        def __init__(self):
            self.cluster = start_with(google_settings)
            self.dapi = self.cluster.client
            self.answers = {}
            google.behave = lambda message: (self.answers.get(message.token) or [None]).pop(0)

        def phone(self, *answers):
            """A phone whose messages get these answers, and then 200."""
            token = "fcm:" + secrets.token_urlsafe(100)
            self.answers[token] = [*answers, *[None] * 100]
            return phone_of(self.dapi, new_uid(), token=token, platform="fcm")

        def ring(self, phone, ring_seconds=60):
            """Call the phone's uid: the entry, with src_uid as `uid`."""
            return self.dapi.post("/dapi/call/user", json={
                "src_uid": new_uid(), "dst_uid": phone.uid, "ring_seconds": ring_seconds}).data

        def await_idle(self):
            """Nothing waits any more."""
            eventually(lambda: metric(self.cluster, "dapi_outbox_waiting", 'queue="fcm"') == 0,
                       within=20)

        def dropped(self, reason):
            """How many rings were, for this reason."""
            return metric(self.cluster, "dapi_outbox_dropped_total",
                          f'kind="ring",reason="{reason}"')

        def messages_of(self, phone):
            """Those that arrived."""
            return [message for message in google.messages if message.token == phone.token]
    return World()


def test_a_call_wakes_the_callees_phone(world, google):
    """A data message of high priority that lives as long as it rings."""
    phone = world.phone()
    entry = world.ring(phone, ring_seconds=45)
    message = google.next().message
    data = message["data"]
    assert data.pop("sent_at").endswith("Z")
    assert data == {"type": "call", "call_id": entry["call_id"], "channel": entry["channel"],
                    "caller_uid": entry["uid"], "expires_at": entry["ring_expires_at"]}
    assert set(message) == {"token", "data", "android"}
    assert message["android"]["priority"] == "HIGH"
    assert 35 <= int(message["android"]["ttl"].removesuffix("s")) <= 45


def test_a_missed_call_is_told_without_haste(world, google):
    phone = world.phone()
    entry = world.ring(phone, ring_seconds=5)
    assert google.next().message["data"]["type"] == "call"
    missed = google.next(within=20).message
    assert missed["data"]["type"] == "missed_call"
    assert missed["data"]["call_id"] == entry["call_id"]
    assert missed["android"]["priority"] == "NORMAL"


def test_one_access_token_serves_many(world, google):
    phones = [world.phone() for _ in range(30)]
    for phone in phones:
        world.ring(phone)
    assert {google.next().token for _ in phones} == {phone.token for phone in phones}
    assert len(google.grants) == 1
    world.await_idle()
    assert metric(world.cluster, "dapi_push_sent_total", 'service="fcm",kind="ring"') == 30


def test_an_access_token_is_renewed_before_it_ends(world, google):
    """Its last half is not used if it is a short one."""
    google.seconds = 1
    phone = world.phone()
    world.ring(phone)
    google.next()
    world.await_idle()

    def grants_after_another_call():
        world.ring(world.phone())
        google.next()
        return len(google.grants) > 1
    eventually(grants_after_another_call, within=10)


@pytest.mark.parametrize("row", REFUSED)
def test_what_is_our_fault_is_given_up_and_said(world, row):
    phone = world.phone(refusal(*row))
    world.ring(phone)
    world.await_idle()
    assert world.dropped("refused") == 1
    assert len(world.messages_of(phone)) == 1
    assert f"last: {row[0]} {row[2] or row[1]}" in world.cluster["callsvc"].log()
    assert phone.is_registered


@pytest.mark.parametrize("row", DEAD)
def test_a_dead_token_leaves(world, row):
    phone = world.phone(refusal(*row))
    world.ring(phone)
    world.await_idle()
    assert world.dropped("device_dead") == 1
    assert not phone.is_registered


@pytest.mark.parametrize("row", LATER)
def test_trouble_is_tried_again_later(world, row):
    phone = world.phone(refusal(*row), refusal(*row))
    world.ring(phone)
    world.await_idle()
    assert len(world.messages_of(phone)) == 3
    assert phone.is_registered


def test_retry_after_is_kept(world):
    phone = world.phone(refusal(503, "UNAVAILABLE", "UNAVAILABLE", headers=[("retry-after", "2")]))
    world.ring(phone)
    world.await_idle()
    first, second = world.messages_of(phone)
    assert second.at - first.at >= 2


@pytest.mark.parametrize("row", STOPPED)
def test_when_we_are_refused_nothing_more_is_sent(world, google, row):
    world.ring(world.phone(refusal(*row)))
    eventually(lambda: metric(world.cluster, "dapi_push_stopped", 'service="fcm"') == 1, within=5)
    world.ring(world.phone())
    eventually(lambda: metric(world.cluster, "dapi_outbox_waiting", 'queue="fcm"') == 2, within=5)
    assert len(google.messages) == 1
    assert world.cluster["callsvc"].log().count("Firebase refuses our credentials") == 1


def test_an_access_token_that_is_refused_is_fetched_anew_once(world, google):
    phone = world.phone(refusal(401, "UNAUTHENTICATED"))
    world.ring(phone)
    world.await_idle()
    first, second = world.messages_of(phone)
    assert first.access != second.access and len(google.grants) == 2
    never = world.phone(*[refusal(401, "UNAUTHENTICATED")] * 2)
    world.ring(never)
    eventually(lambda: metric(world.cluster, "dapi_push_stopped", 'service="fcm"') == 1, within=5)
    assert len(world.messages_of(never)) == 2


def test_a_token_endpoint_in_trouble_is_asked_again(world, google):
    """Errors, nonsense, silence: the push arrives when it is well again."""
    troubles = [Answer(500), Answer(200, b"nonsense"), Answer(200, b'{"access_token":"a\\r\\nb",'
                                                              b'"expires_in":3600}')]
    google.grant = lambda number: (troubles or [None]).pop(0)
    phone = world.phone()
    world.ring(phone)
    world.await_idle()
    assert len(world.messages_of(phone)) == 1 and len(google.grants) == 4


def test_a_token_endpoint_that_refuses_us_stops_pushes(world, google):
    google.grant = lambda number: Answer(400, b'{"error":"invalid_grant"}')
    world.ring(world.phone())
    eventually(lambda: metric(world.cluster, "dapi_push_stopped", 'service="fcm"') == 1, within=5)
    assert google.messages == []


def test_firebase_that_hangs_delays_no_call(world, google):
    google.behave = lambda message: HANG
    phone = world.phone()
    for _ in range(10):
        assert world.ring(phone)["channel"]
    assert google.next().token == phone.token
