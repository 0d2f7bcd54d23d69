"""fake_clock - libfaketime: a program's wall clock runs ahead by as much as a file says

Its monotonic clock stays true, as it does when a machine's time is set.
"""
import glob
import os
import time

LIBRARIES = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")


class FakeClock:
    """Give `variables` to the program."""

    def __init__(self, folder):
        self._path = f"{folder}/clock"
        self._seconds = 0
        self.advance(0)

    @property
    def variables(self):
        """Of the program's environment."""
        return {"LD_PRELOAD": LIBRARIES[0], "FAKETIME_TIMESTAMP_FILE": self._path,
                "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def advance(self, seconds):
        """From now on it is later."""
        self._seconds += seconds
        self._write(f"+{self._seconds}\n")

    def _write(self, text):
        with open(self._path + ".new", "w", encoding="ascii") as file:
            file.write(text)
        os.rename(self._path + ".new", self._path)


class StandingClock(FakeClock):
    """One that does not go at all: it stands at a second until it is moved to another."""
    START = 1893456000  # the first second of 2030

    @property
    def now_ms(self):
        """What it shows."""
        return (self.START + self._seconds) * 1000

    @property
    def variables(self):
        """Of the program's environment: the file has a time of day, and says nothing of where."""
        return {**super().variables, "TZ": "UTC"}

    def advance(self, seconds):
        """From now on it stands there."""
        self._seconds += seconds
        self._write(time.strftime("%Y-%m-%d %H:%M:%S\n", time.gmtime(self.now_ms / 1000)))
