"""fake_clock - libfaketime: a program's wall clock runs ahead by as much as a file says

Its monotonic clock stays true, as it does when a machine's time is set.
"""
import glob
import os

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
        with open(self._path + ".new", "w", encoding="ascii") as file:
            file.write(f"+{self._seconds}\n")
        os.rename(self._path + ".new", self._path)
