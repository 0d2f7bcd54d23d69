"""readiness - is a process ready? Asked at its admin listener, as `--health` does"""
import http.client
import socket
import time
import urllib.parse

from launch import Unusable, say
from launch.children import await_signal

SILENT_SECONDS = 2  # whoever waits longer is told for what
PAUSE_SECONDS = 0.02


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=2)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def why_not_ready(where):
    """None if it is ready, or what it, or the system, says."""
    if where.startswith("unix:"):
        connection, path = UnixConnection(where[len("unix:"):]), "/readyz"
    elif "://" in where:
        url = urllib.parse.urlsplit(where)
        connection, path = http.client.HTTPConnection(url.netloc, timeout=2), url.path
    else:
        connection, path = http.client.HTTPConnection(where, timeout=2), "/readyz"
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        said = answer.read(200).decode(errors="replace").strip()
        return None if answer.status == 200 else said
    except (OSError, http.client.HTTPException):
        return "it does not answer yet"
    finally:
        connection.close()


def await_ready(child, children):
    """Return when it is; raise Unusable if one dies before. It may take as long as it likes."""
    tell_at = time.monotonic() + SILENT_SECONDS
    while (reason := why_not_ready(child.planned.ready)) is not None:
        for dead in filter(lambda other: other.has_died(), children):
            raise Unusable(f"{dead.how_it_ended()} before all were ready")
        if time.monotonic() > tell_at:
            say(f"waiting for {child.name}: {reason}")
            tell_at = time.monotonic() + 5 * SILENT_SECONDS
        await_signal(PAUSE_SECONDS)
