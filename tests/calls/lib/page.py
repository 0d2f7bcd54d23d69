"""page - Chromium on a page of the tests' own, which enters a channel and hears what comes"""
import functools
import http.server
import math
import os
import signal
import shutil
import struct
import tempfile
import threading
import urllib.parse
import wave

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from calls.lib.party import path_of
from lib import opus
from lib.processes import REPOSITORY
from lib.waiting import eventually

CHROMIUM = "/usr/bin/chromium"
CHROMEDRIVER = "/usr/bin/chromedriver"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--use-fake-ui-for-media-stream",
         "--use-fake-device-for-media-stream", "--autoplay-policy=no-user-gesture-required")
FOLDER = REPOSITORY / "tests/calls"
NEAR_HERTZ = 15
WAVE_SECONDS = 5
LOUDNESS = 12000
ENTER_SECONDS = 30  # a Chromium on a busy machine
HEAR_SECONDS = 15
ENDED = ("closed", "disconnected", "failed")


def reason_to_skip():
    """Why no browser can be run here, or None."""
    missing = [name for name in (CHROMIUM, CHROMEDRIVER) if not shutil.which(name)]
    return f"needs {' and '.join(missing)}" if missing else None


class PageServer:
    """Serves the page on loopback, which a browser trusts with a microphone."""

    def __init__(self):
        handler = functools.partial(QuietHandler, directory=FOLDER)
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self.origin = f"http://localhost:{self._server.server_port}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Says nothing."""

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


def write_tone(path, hertz):
    """A wave file that a microphone repeats: whole turns, so that there is no click."""
    count = opus.RATE * WAVE_SECONDS
    samples = (round(LOUDNESS * math.sin(2 * math.pi * hertz * i / opus.RATE))
               for i in range(count))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(opus.RATE)
        file.writeframes(struct.pack(f"<{count}h", *samples))
    return path


class Page:
    """From `with` to its end: a Chromium of its own that shows the page and can enter a channel."""

    def __init__(self, origin, microphone):
        self._origin = origin
        self._profile = tempfile.mkdtemp(prefix="dapi-browser-", dir="/tmp")
        self._options = webdriver.ChromeOptions()
        for flag in (*FLAGS, f"--user-data-dir={self._profile}",
                     f"--use-file-for-fake-audio-capture={microphone}"):
            self._options.add_argument(flag)
        self._driver = None

    def __enter__(self):
        try:
            self._driver = webdriver.Chrome(options=self._options, service=Service(CHROMEDRIVER))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self._driver:
            self._driver.quit()
        shutil.rmtree(self._profile, ignore_errors=True)

    def enter(self, dapi, entry):
        """Return when its media is up."""
        names = {"whip": dapi.url + path_of(entry["channel"]), "token": entry["token"]}
        self._driver.get(f"{self._origin}/page.html?{urllib.parse.urlencode(names)}")
        self._driver.find_element("id", "enter").click()
        eventually(lambda: self.said() == "connected", ENTER_SECONDS, every=0.1)
        return self

    def said(self):
        """What the page shows: how its connection is."""
        said = self._driver.find_element("id", "said").text
        assert not said.startswith("refused"), said
        return said

    def hear(self, hertz):
        """Return when this is the loudest of what it hears."""
        eventually(lambda: abs(self.pitch() - hertz) < NEAR_HERTZ, HEAR_SECONDS, every=0.1)

    def pitch(self):
        """Of the loudest of what it hears now, 0 for silence."""
        return self._driver.execute_script("return window.pitch()")

    def await_goodbye(self):
        """Return when Janus has ended the connection."""
        eventually(lambda: self.said() in ENDED, HEAR_SECONDS, every=0.1)

    def kill(self):
        """kill -9 of the browser."""
        os.kill(self._driver.capabilities["goog:processID"], signal.SIGKILL)
