"""children - the processes of a run: started, watched, started again, stopped

Signals are blocked and waited for, so that nothing here is ever interrupted.
"""
import ctypes
import os
import signal
import subprocess
import sys
import time

from launch import Unusable, say

STOPPING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
PR_SET_PDEATHSIG = 1
LONGEST_PAUSE_SECONDS = 10
LIBC = ctypes.CDLL(None)


class Stopped(Exception):
    """The user or the system wants the run to end."""


def block_signals():
    """From now on signals are seen by await_signal alone."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {*STOPPING, signal.SIGCHLD})


def await_signal(seconds):
    """Return when a child changed or the time is over (None: never); on others raise Stopped."""
    watched = {*STOPPING, signal.SIGCHLD}
    seen = signal.sigwaitinfo(watched) if seconds is None \
        else signal.sigtimedwait(watched, max(seconds, 0))
    if seen and seen.si_signo in STOPPING:
        raise Stopped


def die_with_parent(parent):
    """However the parent ends, this process is killed then; what is left the next run clears."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def become_child(launcher):
    """In the child before exec."""
    die_with_parent(launcher)
    signal.pthread_sigmask(signal.SIG_SETMASK, set())


class Child:
    """One process of the plan, through all its lives."""

    def __init__(self, planned):
        self.planned = planned
        self.name = planned.name
        self.process = None
        self._deaths = 0
        self._started_at = 0
        self._restart_at = None

    def start(self):
        """A session of its own keeps the terminal's Ctrl-C away: stopping has an order."""
        self._restart_at = None
        self._started_at = time.monotonic()
        launcher = os.getpid()
        output = open(self.planned.log, "ab") if self.planned.log else sys.stderr
        try:
            self.process = subprocess.Popen(
                self.planned.command, env=self.planned.environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True,
                preexec_fn=lambda: become_child(launcher))
        except OSError as error:
            raise Unusable(f"cannot start {self.planned.command[0]}: {error.strerror}") from error
        finally:
            if self.planned.log:
                output.close()

    def restart(self):
        """Start it; if that cannot be done (it is being built, perhaps), try again later."""
        try:
            self.start()
        except Unusable as problem:
            self.plan_restart(str(problem))

    def is_alive(self):
        """Started, and not seen to have ended."""
        return self.process is not None and self.process.poll() is None

    def has_died(self):
        """Died, and no restart is planned yet."""
        return self.process is not None and self._restart_at is None and not self.is_alive()

    def how_it_ended(self):
        """For a person."""
        code = self.process.returncode
        how = f"was ended by signal {-code}" if code < 0 else f"ended with status {code}"
        return f"{self.name} {how}" + (f" (see {self.planned.log})" if self.planned.log else "")

    def plan_restart(self, why):
        """Soon the first time, later and later if it keeps dying."""
        lived = time.monotonic() - self._started_at
        self._deaths = self._deaths + 1 if lived < LONGEST_PAUSE_SECONDS else 1
        pause = min(0.1 * 2 ** self._deaths, LONGEST_PAUSE_SECONDS)
        self._restart_at = time.monotonic() + pause
        say(f"{why}; starting it again in {pause:.1f} s")

    def restart_wait(self):
        """Seconds until it is to be started again; for one that runs, a long time."""
        return 3600 if self._restart_at is None else self._restart_at - time.monotonic()

    def is_restart_due(self):
        """The pause after its death is over."""
        return self.restart_wait() <= 0

    def send(self, number):
        """To the process and whatever it started itself."""
        if self.is_alive():
            os.killpg(self.process.pid, number)


def stop_all(children, patience_seconds):
    """First those that ask others, then the others. A second signal, or time, ends it at once."""
    asking = [child for child in children if child.name in ("gateway", "robotsvc")]
    others = [child for child in children if child not in asking]
    try:
        stop_wave(asking, patience_seconds)
        stop_wave(others, patience_seconds)
    except Stopped:
        say("stopping at once")
    for child in children:
        child.send(signal.SIGKILL)
        if child.process:
            child.process.wait()


def stop_wave(wave, patience_seconds):
    """Ask them to leave and wait until they have, or kill them; raises Stopped on a signal."""
    deadline = time.monotonic() + patience_seconds
    for child in wave:
        child.send(signal.SIGTERM)
    while any(child.is_alive() for child in wave) and time.monotonic() < deadline:
        await_signal(deadline - time.monotonic())
    for child in wave:
        if child.is_alive():
            say(f"{child.name} did not leave in {patience_seconds:.0f} s: killing it")
            child.send(signal.SIGKILL)
