"""processes - real programs under test: started, watched, ended, each with a log of its own"""
import ctypes
import os
import pathlib
import signal
import subprocess

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BUILD = REPOSITORY / "build"
LEAVE_SECONDS = 8  # SIGTERM to the end: the services' own deadline is 5 s
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)

running = []  # every process that has not been ended, for the log tails of a failed test


class Process:
    """One program; it dies with the tests, however they end."""

    def __init__(self, name, command, environment, folder):
        self.name = name
        self.command = [str(word) for word in command]
        self.environment = {"PATH": os.environ["PATH"], **environment}
        self.log_path = pathlib.Path(folder) / f"{name}.log"
        self._popen = None

    @property
    def pid(self):
        """Of the process as it was last started."""
        return self._popen.pid

    def start(self):
        """Add to the log, which restarts do not clear."""
        assert not self.is_alive()
        with open(self.log_path, "ab") as log:
            self._popen = subprocess.Popen(
                self.command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True,
                preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
        running.append(self)
        return self

    def is_alive(self):
        """It was started and has not ended."""
        return self._popen is not None and self._popen.poll() is None

    def send(self, number):
        """A signal."""
        self._popen.send_signal(number)

    def wait(self, within=LEAVE_SECONDS):
        """The exit status, negative for a signal."""
        status = self._popen.wait(within)
        if self in running:
            running.remove(self)
        return status

    def terminate(self):
        """SIGTERM; it must leave, and leave well."""
        self.send(signal.SIGTERM)
        assert self.wait() == 0, f"{self.name} left badly"

    def kill(self):
        """kill -9, also when it is not running."""
        if self._popen is not None:
            self._popen.kill()
            self.wait()

    def log(self, since=0):
        """What it has printed, from an offset on."""
        if not self.log_path.exists():
            return ""
        return self.log_path.read_bytes()[since:].decode(errors="replace")

    def log_size(self):
        """An offset for log."""
        return self.log_path.stat().st_size if self.log_path.exists() else 0


def service(name, settings, folder, wrapper=()):
    """One of the four, with DAPI_ settings; `wrapper` is a command that runs it."""
    return Process(name, [*wrapper, BUILD / name], settings, folder)
