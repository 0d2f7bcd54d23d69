"""client_network - a network namespace for one client, joined to that of the test run by a cable

It lives as long as a process in it does: a sleeping one, which dies with the test, however that
ends. The cable goes with it.
"""
import itertools
import os
import signal
import subprocess

from lib import processes
from lib.waiting import eventually

START_SECONDS = 5
numbers = itertools.count(1)


class ClientNetwork:
    """From `with` to its end; `server` is the run's address on this client's cable."""

    def __init__(self):
        number = next(numbers)
        self.server = f"10.97.{number}.1"
        self._address = f"10.97.{number}.2"
        self._cable = f"client{number}"
        self._holder = None

    def __enter__(self):
        own = os.readlink("/proc/self/ns/net")
        self._holder = subprocess.Popen(
            ["unshare", "--net", "sleep", "infinity"],
            preexec_fn=lambda: processes.LIBC.prctl(processes.PR_SET_PDEATHSIG, signal.SIGKILL))
        eventually(lambda: os.readlink(self._path) != own, within=START_SECONDS)
        run(f"ip link add {self._cable} type veth peer name eth0 netns {self._holder.pid}")
        run(f"ip address add {self.server}/24 dev {self._cable}")
        self.plug()
        # An address that appears a second later would break off what the browser has asked for.
        for command in ("ip link set lo up", "ip link set eth0 addrgenmode none",
                        f"ip address add {self._address}/24 dev eth0",
                        "ip link set eth0 up"):
            run(f"nsenter --net={self._path} {command}")
        return self

    def __exit__(self, *_):
        self._holder.kill()
        self._holder.wait()

    @property
    def _path(self):
        return f"/proc/{self._holder.pid}/ns/net"

    def write_wrapper(self, path, program):
        """A script that runs the program inside."""
        path.write_text(f'#!/bin/sh\nexec nsenter --net={self._path} {program} "$@"\n')
        path.chmod(0o755)
        return path

    def unplug(self):
        """Nothing comes through any more."""
        run(f"ip link set {self._cable} down")

    def plug(self):
        """Everything comes through."""
        run(f"ip link set {self._cable} up")


def run(command):
    """As root, which namespaces need."""
    subprocess.run(command.split(), check=True)
