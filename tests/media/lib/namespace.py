"""namespace - a network of a test's own: addresses that nobody else has, and nothing left of it

A namespace lives as long as a process in it does. Here that is a sleeping one which dies with the
test, however the test ends: there is no name of it that could be left behind.
"""
import asyncio
import ctypes
import os
import pathlib
import shutil
import signal
import subprocess
import threading

from lib import processes
from lib.waiting import eventually

ADDRESS = "10.99.0.1"
NEEDED_PROGRAMS = ("unshare", "nsenter", "ip")
START_SECONDS = 5
CLONE_NEWNET = 0x40000000


def reason_to_skip():
    """Why no namespace can be made here, or None."""
    missing = [name for name in NEEDED_PROGRAMS if not shutil.which(name)]
    if missing:
        return f"needs {' and '.join(missing)}"
    made = subprocess.run(["unshare", "--net", "true"], capture_output=True, text=True, check=False)
    return f"needs root, for a network namespace: {made.stderr.strip()}" if made.returncode else None


async def cancel_others():
    """End what still runs in this loop."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class Namespace:
    """From `with` to its end: a namespace with a loopback and the address ADDRESS on a veth pair."""

    def __init__(self):
        self._holder = None
        self._loop = None
        self._thread = None

    def __enter__(self):
        own = os.readlink("/proc/self/ns/net")
        self._holder = subprocess.Popen(
            ["unshare", "--net", "sleep", "infinity"],
            preexec_fn=lambda: processes.LIBC.prctl(processes.PR_SET_PDEATHSIG, signal.SIGKILL))
        eventually(lambda: os.readlink(self.path) != own, START_SECONDS)
        for command in ("ip link set lo up", "ip link add v0 type veth peer name v1",
                        f"ip address add {ADDRESS}/24 dev v0", "ip link set v0 up",
                        "ip link set v1 up"):
            subprocess.run(self.wrap(*command.split()), check=True)
        return self

    def __exit__(self, *_):
        if self._loop:
            asyncio.run_coroutine_threadsafe(cancel_others(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
        self._holder.kill()
        self._holder.wait()

    @property
    def path(self):
        """The file that stands for it."""
        return pathlib.Path(f"/proc/{self._holder.pid}/ns/net")

    def wrap(self, *command):
        """The command as it is to be run to run inside."""
        return ["nsenter", f"--net={self.path}", *map(str, command)]

    def enter(self):
        """Sockets that this thread makes from now on are inside."""
        with open(self.path, "rb") as file:
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")

    def run(self, coroutine, within):
        """What the coroutine returns: it runs inside, on a thread for all of them."""
        if not self._loop:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._run_loop)
            self._thread.start()
        future = asyncio.run_coroutine_threadsafe(
            asyncio.wait_for(coroutine, within), self._loop)
        return future.result()

    def _run_loop(self):
        self.enter()
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
