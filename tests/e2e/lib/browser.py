"""browser - a headless Chromium of a test's own, in a network of its own, with a microphone

Its microphone plays a wave file. Selenium drives it through a pipe: the network between is its own.
"""
import pathlib
import shutil
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from e2e.lib.client_network import ClientNetwork

CHROMIUM = "/usr/bin/chromium"
CHROMEDRIVER = "/usr/bin/chromedriver"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--ignore-certificate-errors", "--remote-debugging-pipe",
         "--use-fake-device-for-media-stream")
ASK, ALLOW, BLOCK = 0, 1, 2
SCRIPT_SECONDS = 40


def reason_to_skip():
    """Why no browser can be run here, or None."""
    missing = [name for name in (CHROMIUM, CHROMEDRIVER) if not shutil.which(name)]
    return f"needs {' and '.join(missing)}" if missing else None


class Browser:
    """From `with` to its end; `network` is its ClientNetwork, `driver` Selenium's."""

    def __init__(self, microphone=None, is_allowed=True, language="en-US"):
        """microphone: a wave file; is_allowed: the user lets pages use it."""
        self.network = ClientNetwork()
        self.driver = None
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="dapi-browser-", dir="/tmp"))
        self._options = webdriver.ChromeOptions()
        self._options.page_load_strategy = "eager"
        self._options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self._options.add_experimental_option("prefs", {
            "intl.accept_languages": language,
            "profile.default_content_setting_values.media_stream_mic":
                ALLOW if is_allowed else BLOCK})
        for flag in (*FLAGS, f"--user-data-dir={self._folder}/profile"):
            self._options.add_argument(flag)
        if microphone:
            self._options.add_argument(f"--use-file-for-fake-audio-capture={microphone}")

    def __enter__(self):
        self.network.__enter__()
        self._options.binary_location = str(
            self.network.write_wrapper(self._folder / "chromium", CHROMIUM))
        self.driver = webdriver.Chrome(options=self._options, service=Service(CHROMEDRIVER))
        self.driver.set_script_timeout(SCRIPT_SECONDS)
        return self

    def __exit__(self, *_):
        if self.driver:
            self.driver.quit()
        self.network.__exit__()
        shutil.rmtree(self._folder, ignore_errors=True)
