"""private_janus - a Janus of a test's own, with dapi's plugin in it"""
import glob
import os
import pathlib
import secrets
import shutil
import socket
import subprocess

from lib import processes
from lib.waiting import eventually

START_SECONDS = 20  # under a sanitizer on a busy machine
BRIDGE = processes.BUILD / "libjanus_dapi.so"
HTTP_PORT = 8088  # in a namespace of the test's own

JANUS = """
general: {{
    configs_folder = "{folder}/conf"
    plugins_folder = "{folder}/plugins"
    transports_folder = "{folder}/transports"
    events_folder = "{folder}/none"
    loggers_folder = "{folder}/none"
    debug_level = 2
    debug_colors = false
    api_secret = "{secret}"
    session_timeout = {session_seconds}
    hide_dependencies = true
}}
media: {{ ipv6 = false }}
nat: {{ ignore_mdns = true }}
"""
HTTP = """
general: {{ json = "compact", base_path = "/janus", http = true, ip = "127.0.0.1", port = {port} }}
admin: {{ admin_http = true, admin_ip = "127.0.0.1", admin_port = {admin_port} }}
"""
BRIDGE_SETTINGS = """
general: {{ robot_address = "127.0.0.1", lost_seconds = {lost_seconds} }}
"""
AUDIOBRIDGE_SETTINGS = """
general: { string_ids = true, events = false }
"""


def reason_to_skip():
    """Why there is no Janus to run here, or None."""
    if not shutil.which("janus") or not debian_folder():
        return "needs Debian's janus"
    return None


def debian_folder():
    """Where Debian keeps Janus' plugins and transports, or None."""
    found = glob.glob("/usr/lib/*/janus/transports/libjanus_http.so")
    return pathlib.Path(found[0]).parents[1] if found else None


def library(name):
    """Where gcc has a library, for LD_PRELOAD."""
    out = subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True,
                         check=True).stdout.strip()
    return os.path.realpath(out)


class PrivateJanus:
    """In the namespace, from `with` to its end; `folder` is made and stays."""

    def __init__(self, namespace, folder, bridge=BRIDGE, lost_seconds=15, session_seconds=60,
                 environment=None, wrapper=()):
        self._namespace = namespace
        self.folder = pathlib.Path(folder)
        self.secret = secrets.token_hex(16)
        self.url = f"http://127.0.0.1:{HTTP_PORT}/janus"
        self.admin_url = f"http://127.0.0.1:{HTTP_PORT + 1}/admin"
        self._write(bridge, lost_seconds, session_seconds)
        self.process = processes.Process(
            "janus", [*wrapper, *namespace.wrap("janus", "-F", self.folder / "conf")],
            environment or {}, self.folder)

    def _write(self, bridge, lost_seconds, session_seconds):
        for name in ("conf", "plugins", "transports", "none"):
            (self.folder / name).mkdir(parents=True)
        debian = debian_folder()
        for source in (bridge, debian / "plugins" / "libjanus_audiobridge.so"):
            (self.folder / "plugins" / source.name).symlink_to(source)
        (self.folder / "transports" / "libjanus_http.so").symlink_to(
            debian / "transports" / "libjanus_http.so")
        for name, text in (
                ("janus.jcfg", JANUS.format(folder=self.folder, secret=self.secret,
                                            session_seconds=session_seconds)),
                ("janus.transport.http.jcfg", HTTP.format(port=HTTP_PORT,
                                                          admin_port=HTTP_PORT + 1)),
                ("janus.plugin.dapi.jcfg", BRIDGE_SETTINGS.format(lost_seconds=lost_seconds)),
                ("janus.plugin.audiobridge.jcfg", AUDIOBRIDGE_SETTINGS)):
            (self.folder / "conf" / name).write_text(text)

    def __enter__(self):
        self.process.start()
        eventually(self._answers, START_SECONDS)
        return self

    def __exit__(self, *_):
        if self.process.is_alive():
            self.process.kill()

    def _answers(self):
        assert self.process.is_alive(), self.process.log()
        return self._namespace.run(is_listening("127.0.0.1", HTTP_PORT), START_SECONDS)


async def is_listening(host, port):
    """Somebody takes connections there."""
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0
