"""Every screen of the demo phone: how it looks, how it is reached, what it asks the network for."""
import base64
import itertools
import json
import pathlib
import urllib.parse

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from e2e.lib.browser import Browser
from e2e.lib.phone import TALKING, Phone
from lib.processes import BUILD
from lib.waiting import eventually

SIZES = {"narrow": (390, 844), "wide": (1280, 800)}
SCHEMES = ("light", "dark")
SCALE = 2
PICTURES = BUILD / "screenshots"
LOOKS = pathlib.Path(__file__).with_name("lib").joinpath("looks.js").read_text(encoding="utf-8")
CONTROLS = {"button", "textbox", "link", "DisclosureTriangle"}
MOST_TABS = 60


def resize(driver, size, scheme):
    """As a screen of that size, in light or dark."""
    width, height = SIZES[size]
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": height, "deviceScaleFactor": SCALE, "mobile": False})
    driver.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"}]})


def take_pictures(driver, name):
    """Of this screen at each size, light and dark; in each its texts must be easy to read."""
    for size, scheme in itertools.product(SIZES, SCHEMES):
        resize(driver, size, scheme)
        data = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"]
        (PICTURES / f"{name}-{size}-{scheme}.png").write_bytes(base64.b64decode(data))
        assert driver.execute_script("return looks.faintTexts()") == [], (name, size, scheme)


def assert_named(driver, screen):
    """Each control says to a screen reader what it is."""
    nodes = driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    controls = [node for node in nodes
                if not node["ignored"] and node.get("role", {}).get("value") in CONTROLS]
    assert controls, screen
    for node in controls:
        assert node.get("name", {}).get("value"), (screen, node)


def assert_reached_by_keyboard(driver, screen):
    """The tabulator comes to each control."""
    missed = {element.id for element in driver.execute_script("return looks.controls()")}
    for _ in range(MOST_TABS):
        if not missed:
            return
        ActionChains(driver).send_keys(Keys.TAB).perform()
        missed.discard(driver.switch_to.active_element.id)
    assert not missed, (screen, [element.get_attribute("outerHTML")[:80] for element in
                                 driver.execute_script("return looks.controls()")
                                 if element.id in missed])


def look_at(phone, name):
    """The screen that shows, in every way."""
    phone.driver.execute_script(LOOKS)
    take_pictures(phone.driver, name)
    assert_named(phone.driver, name)
    assert_reached_by_keyboard(phone.driver, name)


def requested_origins(driver):
    """Of all that the pages of this browser have asked for."""
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    urls = [message["params"]["request"]["url"] for message in messages
            if message["method"] == "Network.requestWillBeSent"]
    parts = [urllib.parse.urlsplit(url) for url in urls]
    return {f"{part.scheme}://{part.netloc}/" for part in parts if part.scheme != "data"}


def complaints(driver):
    """What the browser says against the page: broken policies, errors that nothing catches."""
    return [entry["message"] for entry in driver.get_log("browser")
            if entry["level"] == "SEVERE" and entry["source"] != "network"]


@pytest.fixture(name="anna_and_bruno")
def phones_for_pictures(dapi_over_tls, browsers, port):
    """Two phones whose logs begin here."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for browser in browsers:
        browser.driver.get("about:blank")
        browser.driver.get_log("performance")
        browser.driver.get_log("browser")
    phones = [Phone(browser, uid, port) for browser, uid in zip(browsers, ("Anna", "Bruno"))]
    yield phones
    for phone in phones:
        phone.driver.get("about:blank")


def test_every_screen_is_fit_to_be_seen_and_used(anna_and_bruno):
    """Through a call, a decline and the robot; and nothing was asked of another origin."""
    anna, bruno = anna_and_bruno
    anna.press("#sign-out")
    look_at(anna, "sign-in")
    field = anna.driver.find_element(By.ID, "uid")
    field.clear()
    field.send_keys("Anna", Keys.ENTER)
    anna.await_screen("ready")
    look_at(anna, "ready")
    anna.dial("Bruno")
    anna.await_screen("calling")
    bruno.await_screen("incoming")
    look_at(anna, "calling")
    look_at(bruno, "incoming")
    bruno.press("#accept")
    for phone in anna_and_bruno:
        phone.await_screen("talking")
        phone.await_sound()
    assert anna.hears(1500)
    look_at(anna, "talking")
    anna.press(f"{TALKING} [data-invite-robot]")
    eventually(lambda: anna.driver.find_element(By.ID, "level-robot").is_displayed(), within=5)
    look_at(anna, "talking-with-robot")
    bruno.hang_up()
    anna.await_screen("outcome")
    look_at(anna, "ended")
    bruno.await_screen("outcome").press("#done")
    anna.press("#again")
    bruno.await_screen("incoming").press("#decline")
    anna.await_screen("outcome")
    look_at(anna, "declined")
    anna.press("#done")
    anna.await_screen("ready")
    look_at(anna, "recent-calls")
    anna.press("#language")
    look_at(anna, "chinese")
    for phone in anna_and_bruno:
        assert requested_origins(phone.driver) == {phone.url}
        assert complaints(phone.driver) == []


def test_a_problem_is_fit_to_be_seen_and_used(dapi_over_tls, port):
    """In a browser whose user refuses the microphone."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with Browser(is_allowed=False) as browser:
        phone = Phone(browser, "Carla", port)
        phone.dial("Bruno")
        phone.await_problem("microphoneRefused")
        look_at(phone, "microphone-refused")


def test_a_chinese_browser_gets_chinese(dapi_over_tls, port):
    """By its own setting; the switch is in the other language."""
    with Browser(language="zh-CN") as browser:
        phone = Phone(browser, "Chen", port)
        assert phone.text("#ready-title") == "可以打电话了"
        assert phone.text("#language") == "English"
        assert phone.driver.find_element(By.TAG_NAME, "html").get_attribute("lang") == "zh-Hans"


def test_a_request_can_be_copied_as_curl(phones):
    """With what it sent, quoted for a shell."""
    phone = phones[0]
    resize(phone.driver, "wide", "light")
    phone.driver.execute_script(
        "navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    line = "//ol[@id='log-lines']/li[contains(., '/dapi/call/msg')]"
    eventually(lambda: phone.driver.find_elements(By.XPATH, line), within=5)
    phone.driver.find_element(By.XPATH, f"{line}/button").click()
    assert phone.driver.execute_script("return window.copied") == (
        f"curl '{phone.url}dapi/call/msg' -H 'Content-Type: application/json' "
        f"--data-binary '{json.dumps({'uid': phone.uid}, separators=(',', ':'))}'")
