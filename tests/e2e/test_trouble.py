"""What can go wrong while somebody calls: the page says it plainly, and recovers."""
import time

import pytest
from selenium.webdriver.common.by import By

from e2e.conftest import A_HERTZ, B_HERTZ
from e2e.lib.browser import Browser
from e2e.lib.phone import Phone
from lib.cluster import free_port
from lib.waiting import eventually

CUT_SECONDS = 10
RECOVERY_SECONDS = 20


@pytest.fixture(name="mute_phone")
def phone_without_microphone(dapi_over_tls, port, new_uid):
    """In a browser whose user refuses the microphone."""
    with Browser(is_allowed=False) as browser:
        yield Phone(browser, new_uid(), port)


@pytest.fixture(name="robotsvc")
def robotsvc_that_comes_back(dapi_over_tls):
    """For tests that end it."""
    yield dapi_over_tls["robotsvc"]
    if not dapi_over_tls["robotsvc"].is_alive():
        dapi_over_tls.start("robotsvc")


def test_without_a_microphone_one_can_listen(mute_phone, phones):
    """Refused: the page says what to do, and offers to go on."""
    other = phones[0]
    mute_phone.dial(other.uid)
    mute_phone.await_problem("microphoneRefused")
    assert "Allow it" in mute_phone.text("#problem-advice")
    mute_phone.press("#problem-listen")
    other.await_screen("incoming")
    other.press("#accept")
    mute_phone.await_screen("talking")
    mute_phone.await_sound()
    assert mute_phone.text("#sound-state") == "Listening only"
    assert mute_phone.hears(A_HERTZ)


def test_an_insecure_origin_is_told_apart_from_a_refusal(make_cluster, browsers, new_uid):
    """Browsers give pages of http:// no microphone, except on the server's own machine."""
    port = free_port()
    make_cluster(DAPI_HTTP_LISTEN=f"0.0.0.0:{port}", DAPI_ALLOW_OPEN="1").start()
    phone = Phone(browsers[0], new_uid(), port, scheme="http")
    phone.dial(new_uid())
    phone.await_problem("notSecure")
    assert "https://" in phone.text("#problem-advice")
    assert phone.driver.find_element(By.ID, "problem-listen").is_displayed()
    phone.driver.get("about:blank")


def test_without_a_microphone_the_robot_is_heard(mute_phone):
    """Nothing needs to be decided for that."""
    mute_phone.record("robot")
    mute_phone.press("#call-robot")
    mute_phone.await_screen("talking")
    eventually(lambda: max(heard for _, heard in mute_phone.recording() or [(0, 0)]) > 0.01,
               within=10)


def test_a_robot_that_is_away_can_be_tried_again(phones, dapi_over_tls, robotsvc):
    """The service is away, and comes back."""
    phone = phones[0]
    robotsvc.kill()
    phone.press("#call-robot")
    phone.await_problem("service_unavailable")
    phone.await_screen("ready")
    dapi_over_tls.start("robotsvc")
    phone.press("#problem-retry")
    phone.await_screen("talking")
    phone.await_sound()


def test_sound_comes_when_its_service_comes_back(phones, dapi_over_tls, robotsvc):
    """Two people are in a call before they can hear each other."""
    a, b = phones
    robotsvc.kill()
    a.dial(b.uid)
    b.await_screen("incoming")
    b.press("#accept")
    b.await_screen("talking")
    b.await_problem("soundAway")
    dapi_over_tls.start("robotsvc")
    for phone in phones:
        phone.await_sound(within=RECOVERY_SECONDS)
        phone.await_problem(None)
    assert a.hears(B_HERTZ) and b.hears(A_HERTZ)


def test_a_call_survives_a_cut_of_ten_seconds(phones):
    """The page says that it is cut off, and both hear each other afterwards."""
    a, b = phones
    a.talk_to(b)
    a.browser.network.unplug()
    end = time.monotonic() + CUT_SECONDS
    a.await_sound("interrupted", within=CUT_SECONDS)
    a.await_problem("network", within=CUT_SECONDS)
    eventually(lambda: time.monotonic() > end, within=CUT_SECONDS)
    a.browser.network.plug()
    a.await_sound(within=RECOVERY_SECONDS)
    a.await_problem(None)
    assert a.hears(B_HERTZ) and b.hears(A_HERTZ)
    assert a.screen == b.screen == "talking"


def test_leaving_the_page_hangs_up(phones):
    """Its last requests outlive it."""
    a, b = phones
    a.talk_to(b)
    a.driver.get("about:blank")
    b.await_screen("outcome")
