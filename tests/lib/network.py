"""network - a network of the test run's own, so that nobody disturbs it and it disturbs nobody

Janus offers clients every address that is not loopback; here it has one that nobody else has.
"""
import ctypes
import os
import shutil
import subprocess

ADDRESS = "10.98.0.1"
CLONE_NEWNET = 0x40000000
COMMANDS = ("ip link set lo up", "ip link add v0 type veth peer name v1",
            f"ip address add {ADDRESS}/24 dev v0", "ip link set v0 up", "ip link set v1 up")

why_not = ["the run has not entered it"]  # a reason to skip what needs it; empty once inside


def enter():
    """Move this process, and all that it starts from now on, into a new network namespace; with
    DAPI_TEST_NETWORK=host it stays where it is, to reach what runs there."""
    if os.environ.get("DAPI_TEST_NETWORK") == "host":
        why_not.clear()
    elif not shutil.which("ip"):
        why_not[:] = ["needs ip (iproute2), for a network of its own"]
    elif ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        problem = os.strerror(ctypes.get_errno())
        why_not[:] = [f"needs root, for a network of its own: {problem}"]
    else:
        for command in COMMANDS:
            subprocess.run(command.split(), check=True)
        why_not.clear()
