"""test_apns_answers.py - each answer of Apple's, and what is made of it"""
import secrets
import time

import pytest

from lib.waiting import eventually
from push.conftest import metric
from push.lib.apns import refusal
from push.lib.h2_server import CLOSE, GOAWAY, LEAVE, Answer

# Apple's table ("Handling notification responses from APNs"), by what is to be done.
REFUSED = [(400, "DeviceTokenNotForTopic"), (400, "BadTopic"), (400, "MissingTopic"),
           (400, "TopicDisallowed"), (400, "BadPriority"), (400, "BadExpirationDate"),
           (400, "BadMessageId"), (400, "BadCollapseId"), (400, "InvalidPushType"),
           (400, "DuplicateHeaders"), (400, "PayloadEmpty"), (400, "MissingDeviceToken"),
           (404, "BadPath"), (405, "MethodNotAllowed"), (413, "PayloadTooLarge"),
           (400, "SomethingNew")]
STOPPED = [(403, "InvalidProviderToken"), (403, "MissingProviderToken"), (403, "Forbidden"),
           (403, "BadCertificate"), (403, "BadCertificateEnvironment"),
           (403, "UnrelatedKeyIdInToken"), (403, "BadEnvironmentKeyInToken"),
           (403, "SomethingNew")]
DEAD = [(410, "Unregistered"), (410, "ExpiredToken"), (410, "SomethingNew")]
LATER = [(429, "TooManyProviderTokenUpdates"), (429, "TooManyRequests"), (429, "SomethingNew")]
LATER_RECONNECT = [(500, "InternalServerError"), (503, "ServiceUnavailable"), (503, "Shutdown"),
                   (502, "SomethingNew")]
DROPPED = "dapi_outbox_dropped_total"


@pytest.fixture(name="world")
def cluster_and_apple(start_with, apple_settings, apple, phone_of, new_uid):
    """A cluster that pushes to `apple`, whose answers to a phone are given one by one."""
    class World:
        """What a test of answers needs."""

        def __init__(self):
            self.cluster = start_with(apple_settings)
            self.dapi = self.cluster.client
            self.apple = apple
            self.answers = {}
            apple.behave = lambda push: (self.answers.get(push.token) or [None]).pop(0)

        def phone(self, *answers, **fields):
            """A phone whose pushes get these answers, and then 200."""
            token = secrets.token_hex(32)
            self.answers[token] = [*answers, *[None] * 100]
            return phone_of(self.dapi, new_uid(), token=token, **fields)

        def ring(self, phone, ring_seconds=60):
            """Call the phone's uid."""
            return self.dapi.post("/dapi/call/user", json={
                "src_uid": new_uid(), "dst_uid": phone.uid, "ring_seconds": ring_seconds}).data

        def await_idle(self):
            """Nothing waits any more."""
            eventually(lambda: metric(self.cluster, "dapi_outbox_waiting", 'queue="apns"') == 0,
                       within=20)

        def dropped(self, reason):
            """How many rings were, for this reason."""
            return metric(self.cluster, DROPPED, f'kind="ring",reason="{reason}"')

        def pushes_of(self, phone):
            """Those that arrived."""
            return [push for push in apple.pushes if push.token == phone.token]
    return World()


def test_what_is_our_fault_is_given_up_and_said(world):
    phones = {row: world.phone(refusal(*row)) for row in REFUSED}
    for phone in phones.values():
        world.ring(phone)
    world.await_idle()
    assert world.dropped("refused") == len(REFUSED)
    log = world.cluster["callsvc"].log()
    for (status, reason), phone in phones.items():
        assert f"last: {status} {reason}" in log
        assert len(world.pushes_of(phone)) == 1
        assert phone.is_registered


@pytest.mark.parametrize("row", DEAD)
def test_a_dead_token_leaves(world, row):
    """But for one that was registered after Apple knew that it was dead."""
    before = world.phone(refusal(*row, timestamp=int(time.time() * 1000) + 60000))
    since = world.phone(refusal(*row, timestamp=int(time.time() * 1000) - 60000))
    undated = world.phone(refusal(*row))
    for phone in (before, since, undated):
        world.ring(phone)
    world.await_idle()
    assert world.dropped("device_dead") == 3
    assert not before.is_registered
    assert since.is_registered
    assert not undated.is_registered


def test_a_phone_that_registers_again_meanwhile_stays(world):
    """The answer is about the registration that was pushed to."""
    phone = world.phone(Answer(410, b'{"reason":"Unregistered"}', delay=1))
    world.ring(phone)
    world.apple.next()
    phone.register()
    world.await_idle()
    assert phone.is_registered


@pytest.mark.parametrize("row", LATER)
def test_too_much_is_tried_again_later_with_the_same_token(world, row):
    phone = world.phone(refusal(*row), refusal(*row))
    world.ring(phone)
    world.await_idle()
    pushes = world.pushes_of(phone)
    assert len(pushes) == 3
    assert len({push.id for push in pushes}) == 1
    assert len({push.bearer for push in pushes}) == 1
    assert phone.is_registered


@pytest.mark.parametrize("row", LATER_RECONNECT)
def test_trouble_at_apples_is_tried_again_over_another_connection(world, row):
    phone = world.phone(refusal(*row))
    world.ring(phone)
    world.await_idle()
    first, second = world.pushes_of(phone)
    assert first.id == second.id and first.connection != second.connection
    assert metric(world.cluster, "dapi_apns_tokens_made_total") == 1


def test_retry_after_is_kept(world):
    answer = refusal(503, "ServiceUnavailable")
    answer.headers.append(("retry-after", "2"))
    phone = world.phone(answer)
    world.ring(phone)
    world.await_idle()
    first, second = world.pushes_of(phone)
    assert second.at - first.at >= 2


def test_an_idle_connection_that_is_closed_is_opened_again(world):
    phone = world.phone(refusal(400, "IdleTimeout"))
    world.ring(phone)
    world.await_idle()
    first, second = world.pushes_of(phone)
    assert first.id == second.id and first.connection != second.connection


@pytest.mark.parametrize("row", STOPPED)
def test_when_we_are_refused_nothing_more_is_sent(world, row):
    """For a while; it is said once and shown."""
    refused, other = world.phone(refusal(*row)), world.phone()
    world.ring(refused)
    eventually(lambda: metric(world.cluster, "dapi_push_stopped", 'service="apns"') == 1, within=5)
    world.ring(other)
    eventually(lambda: metric(world.cluster, "dapi_outbox_waiting", 'queue="apns"') == 2, within=5)
    assert len(world.apple.pushes) == 1
    assert refused.is_registered
    log = world.cluster["callsvc"].log()
    assert log.count("Apple refuses our credentials") == 1 and f"{row[0]} {row[1]}" in log


def test_after_a_while_we_ask_again_over_another_connection(world):
    phone = world.phone(refusal(403, "Forbidden"))
    world.ring(phone, ring_seconds=90)
    first, second = world.apple.next(), world.apple.next(within=60)
    assert first.id == second.id and first.connection != second.connection
    world.await_idle()
    assert metric(world.cluster, "dapi_push_stopped", 'service="apns"') == 0
    assert "Apple takes our pushes again" in world.cluster["callsvc"].log()


def test_an_expired_provider_token_is_made_anew_once(world):
    """One push, two tokens; a second one that expires at once stops us: our clock is wrong."""
    phone = world.phone(refusal(403, "ExpiredProviderToken"))
    world.ring(phone)
    world.await_idle()
    first, second = world.pushes_of(phone)
    assert first.id == second.id and first.bearer != second.bearer
    assert metric(world.cluster, "dapi_apns_tokens_made_total") == 2
    other = world.phone(refusal(403, "ExpiredProviderToken"))
    world.ring(other)
    eventually(lambda: metric(world.cluster, "dapi_push_stopped", 'service="apns"') == 1, within=5)
    assert len(world.pushes_of(other)) == 1
    assert metric(world.cluster, "dapi_apns_tokens_made_total") == 2


def test_a_bad_token_is_tried_once_in_the_other_environment(start_with, apple_settings, apple,
                                                            sandbox, phone_of, new_uid):
    """Where it is known the device is of that environment from then on; else it leaves."""
    bad = refusal(400, "BadDeviceToken")
    cluster = start_with({**apple_settings, "DAPI_APNS_URL": f"{apple.url} {sandbox.url}"})
    known, unknown = (phone_of(cluster.client, new_uid()) for _ in range(2))
    apple.behave = lambda push: bad
    sandbox.behave = lambda push: bad if push.token == unknown.token else None
    for phone in (known, unknown):
        cluster.client.call(new_uid(), phone.uid)
        assert apple.next().id == sandbox.next().id
    cluster.client.call(new_uid(), known.uid)
    assert sandbox.next().token == known.token
    eventually(lambda: metric(cluster, "dapi_outbox_waiting", 'queue="apns"') == 0, within=10)
    assert len(apple.pushes) == 2
    assert known.is_registered
    assert not unknown.is_registered


def test_environments_are_kept_apart(start_with, apple_settings, apple, sandbox, phone_of,
                                     new_uid):
    cluster = start_with({**apple_settings, "DAPI_APNS_URL": f"{apple.url} {sandbox.url}"})
    phone = phone_of(cluster.client, new_uid(), environment="sandbox")
    cluster.client.call(new_uid(), phone.uid)
    assert sandbox.next().token == phone.token
    assert apple.pushes == []


@pytest.mark.parametrize("trouble", [CLOSE, GOAWAY, LEAVE])
def test_a_connection_that_ends_takes_no_push_with_it(world, trouble):
    """Whatever was in hand goes over another one, with its id, alone at first."""
    warm = world.phone()
    world.ring(warm)
    world.await_idle()
    phones = [world.phone(Answer(200, delay=0.1)) for _ in range(20)]
    phones[10:10] = [world.phone(trouble)]
    for phone in phones:
        world.ring(phone)
    world.await_idle()
    for phone in phones:
        assert len({push.id for push in world.pushes_of(phone)}) == 1, "arrived, with one id"
    assert world.dropped("refused") == world.dropped("late") == 0


def test_apple_restarts_while_nothing_is_sent(world):
    first, second = world.phone(), world.phone()
    world.ring(first)
    world.await_idle()
    world.apple.close_all()
    world.ring(second)
    world.await_idle()
    assert len(world.pushes_of(second)) == 1
