"""phone - the demo phone in a Browser, as its user sees, hears and presses it"""
import functools
import pathlib

from selenium.webdriver.common.by import By

from lib.waiting import eventually

SCREEN_SECONDS = 10
EAR = pathlib.Path(__file__).with_name("ear.js").read_text(encoding="utf-8")
TALKING = ".screen[data-screen=talking]"


class Phone:
    """Signed in as uid."""

    def __init__(self, browser, uid, port, scheme="https", jwt=None):
        self.browser = browser
        self.driver = browser.driver
        self.uid = uid
        self.url = f"{scheme}://{browser.network.server}:{port}/"
        self.driver.get(f"{self.url}#jwt={jwt}" if jwt else f"{self.url}#{uid}")
        self.await_screen("ready")
        self.driver.execute_script(EAR)

    # What is seen

    @property
    def screen(self):
        """The name of the one that shows."""
        return self.driver.execute_script("return document.body.dataset.shown")

    def await_screen(self, *names, within=SCREEN_SECONDS):
        """Return when one of these shows."""
        eventually(lambda: self.screen in names, within)
        return self

    @property
    def problem(self):
        """The kind of the problem that shows, or None."""
        return self.driver.execute_script(
            "const p = document.getElementById('problem'); return p.hidden ? null : p.dataset.kind")

    def await_problem(self, kind, within=SCREEN_SECONDS):
        """Return when this one shows; None: when none does."""
        eventually(lambda: self.problem == kind, within)

    def text(self, selector):
        """Of an element."""
        return self.driver.find_element(By.CSS_SELECTOR, selector).text

    def await_sound(self, state="connected", within=SCREEN_SECONDS):
        """Return when the call's sound is in this state."""
        eventually(functools.partial(
            self.driver.execute_script,
            "return document.getElementById('sound-state').dataset.state === arguments[0]", state),
                   within)

    # What is pressed

    def press(self, selector):
        """A button."""
        self.driver.find_element(By.CSS_SELECTOR, selector).click()

    def dial(self, uid):
        """Call it, from the ready screen."""
        field = self.driver.find_element(By.ID, "callee")
        field.clear()
        field.send_keys(uid)
        self.press("#call button")

    def hang_up(self):
        """From a call."""
        self.press(f"{TALKING} [data-hang-up]")

    def talk_to(self, other):
        """Call it and be accepted."""
        self.dial(other.uid)
        other.await_screen("incoming")
        other.press("#accept")
        for phone in (self, other):
            phone.await_screen("talking")
            phone.await_sound()

    # What is heard

    def hears(self, hertz, line="peer", within=10):
        """Wait until the tone is heard on the line for half a second; false if it is not."""
        return self.driver.execute_async_script(
            "ear.hears(arguments[0], arguments[1], arguments[2]).then(arguments[3])",
            line, hertz, within)

    def hears_nothing(self, line="peer", within=10):
        """Wait until the line is silent for a second; false if it is not."""
        return self.driver.execute_async_script(
            "ear.isSilent(arguments[0], arguments[1]).then(arguments[2])", line, within)

    def record(self, line):
        """From now on keep how loud the line is; `recording` has it."""
        self.driver.execute_script("ear.record(arguments[0])", line)

    def recording(self):
        """[(seconds since the line was there, loudness)]."""
        return self.driver.execute_script("return ear.recording")
