"""settings - what each process is told: what the user's environment says, made up where it does not

The settings themselves are explained by each service's --help.
"""
import dataclasses
import errno
import os
import re
import secrets
import socket
import tempfile

from launch import Unusable
from launch import tokens
from launch.self_signed import kept_pair, own_addresses

SERVICES = ("callsvc", "tokensvc", "robotsvc", "gateway")  # in the order of starting
BUS = ("CALLSVC", "CALLSVC_EVENTS", "TOKENSVC", "ROBOTSVC")
MOST_SOCKET_FOLDER = 107 - len("/callsvc_events.socket")  # of sockaddr_un's 107 bytes


@dataclasses.dataclass
class Process:
    """A process to start. `ready` is where to ask for it: an admin listener, or a URL."""
    name: str
    command: list
    environment: dict
    ready: str
    log: str = None  # a file for what it prints; None: the terminal


class Plan:
    """Everything that is decided before the first process is started."""

    def __init__(self, repository, folder, environment):
        self.repository = repository
        self.folder = folder
        self.environment = dict(environment)
        self._check_programs()
        self.is_self_signed = self._choose_tls()
        self.other_urls = []  # where other machines reach it
        self.url = self._choose_http()
        self._choose_files()
        self.has_own_keys = self._choose_keys()
        self.socket_folder = choose_socket_folder(folder)
        self._choose_bus()
        self.processes = [*self._plan_janus(), *map(self._plan_service, SERVICES)]
        self.patience_seconds = 2 + self._milliseconds("DAPI_DRAIN_MS", 5000) / 1000 \
            + self._milliseconds("DAPI_LINGER_MS", 0) / 1000

    def _program(self, name):
        return f"{self.repository}/build/{name}"

    def _check_programs(self):
        for program in map(self._program, SERVICES):
            if not os.access(program, os.X_OK):
                raise Unusable(f"{program} is missing: run make first")

    def _default(self, name, value):
        """The setting's value, which is `value` unless the user gave one."""
        if not self.environment.get(name):
            self.environment[name] = value
        return self.environment[name]

    def _milliseconds(self, name, fallback):
        """A number that the services judge; here it only says how long to wait for them."""
        text = self.environment.get(name, "")
        return int(text) if text.isdecimal() else fallback

    def _choose_tls(self):
        """True if the run's own certificate is to be used."""
        wanted = self.environment.get("DAPI_TLS", "")
        if wanted not in ("", "self"):
            raise Unusable(f"DAPI_TLS is '{wanted}': there is only self, for a certificate of the "
                           "run's own")
        if not wanted:
            return False
        if self.environment.get("DAPI_TLS_CERTIFICATE_FILE"):
            raise Unusable("DAPI_TLS=self makes a certificate, and DAPI_TLS_CERTIFICATE_FILE "
                           "names one: unset one of them")
        self.environment["DAPI_TLS_CERTIFICATE_FILE"], self.environment["DAPI_TLS_KEY_FILE"] = \
            kept_pair(self.folder)
        return True

    def _choose_http(self):
        """The URL of DAPI_HTTP_LISTEN, once it is sure that the port is free."""
        host, port = split_address("DAPI_HTTP_LISTEN",
                                   self._default("DAPI_HTTP_LISTEN", "127.0.0.1:8080"))
        port = claim_port("DAPI_HTTP_LISTEN", host, port)
        shown = f"[{host}]" if ":" in host else host
        self.environment["DAPI_HTTP_LISTEN"] = f"{shown}:{port}"
        reachable = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(shown, shown)
        scheme = "https" if self.environment.get("DAPI_TLS_CERTIFICATE_FILE") else "http"
        self.other_urls = [f"{scheme}://{address}:{port}" for address in own_addresses()
                           if shown == "0.0.0.0" and ":" not in address]
        return f"{scheme}://{reachable}:{port}"

    def _choose_bus(self):
        """Services listen on sockets of the run; who asks them asks there."""
        for name in BUS:
            listen = self._default(f"DAPI_{name}_LISTEN",
                                   f"ipc://{self.socket_folder}/{name.lower()}.socket")
            self._default(f"DAPI_{name}", listen)

    def _choose_files(self):
        """Store and recordings; an app id and a certificate that stay the same from run to run."""
        self._default("DAPI_STORE", f"sqlite:{self.folder}/calls.db")
        self._default("DAPI_AUDIO_DIR", f"{self.repository}/robotsvc/audio")
        if not self.environment.get("DAPI_APP_ID"):
            self.environment["DAPI_APP_ID"] = kept_secret(f"{self.folder}/app_id")
        if not self.environment.get("DAPI_APP_CERTIFICATE_FILE"):
            path = f"{self.folder}/app_certificate"
            kept_secret(path)
            self.environment["DAPI_APP_CERTIFICATE_FILE"] = path

    def _choose_keys(self):
        """True if tokens are wanted that the run's own key signs."""
        if self.environment.get("DAPI_AUTH") != "jwt" or self.environment.get("DAPI_JWT_KEYS_FILE"):
            return False
        self.environment["DAPI_JWT_KEYS_FILE"] = tokens.kept_keys(self.folder)
        return True

    def header_of(self, uid):
        """What curl needs to act as the uid, with a space behind it."""
        if self.environment.get("DAPI_AUTH") != "jwt":
            return ""
        audience = self.environment.get("DAPI_JWT_AUDIENCE", "dapi").split(",")[0].strip()
        token = tokens.make_token(self.environment["DAPI_JWT_KEYS_FILE"], uid, audience) \
            if self.has_own_keys else "TOKEN"
        return f"-H 'Authorization: Bearer {token}' "

    def _plan_janus(self):
        """A Janus of this run's own, unless the user has one or wants none."""
        if self.environment.get("DAPI_MEDIA") == "none" or self.environment.get("DAPI_JANUS"):
            return
        folder = f"{self.folder}/janus"
        port = claim_port("DAPI_JANUS", "127.0.0.1", 0)
        self.environment["DAPI_JANUS"] = f"http://127.0.0.1:{port}/janus"
        self.environment["DAPI_JANUS_SECRET_FILE"] = f"{folder}/secret"
        yield Process("janus", [f"{self.repository}/deploy/local/janus/start", folder, str(port)],
                      self.environment, f"http://127.0.0.1:{port}/janus/info",
                      f"{self.folder}/janus.log")

    def _plan_service(self, name):
        # They cannot share one address, and each must be known here: readiness is asked there.
        given = self.environment.get("DAPI_ADMIN_LISTEN") or f"unix:{self.socket_folder}/admin"
        admin = f"{given}.{name}" if given.startswith("unix:") \
            else next_address(given, SERVICES.index(name))
        environment = {**self.environment, "DAPI_ADMIN_LISTEN": admin}
        return Process(name, [self._program(name)], environment, admin)


def choose_socket_folder(folder):
    """The run's folder, or a short one if its name is too long, or odd, for a socket's address."""
    if len(os.fsencode(folder)) <= MOST_SOCKET_FOLDER and re.fullmatch(r"[\w./-]+", folder, re.A):
        return folder
    return tempfile.mkdtemp(prefix="dapi-", dir="/tmp")


def split_address(setting, text):
    """host:port or [host]:port as (host, port)."""
    match = re.fullmatch(r"\[([^]]+)\]:(\d+)|([^:\s]+):(\d+)", text)
    if not match or int(match[2] or match[4]) > 65535:
        raise Unusable(f"{setting} is '{text}': write it as host:port, such as 127.0.0.1:8080")
    return match[1] or match[3], int(match[2] or match[4])


def claim_port(setting, host, port):
    """The port, which nobody listens on; for 0 one that the system chose."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            # Connections of an earlier run that wait out their time do not hold the port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
            return probe.getsockname()[1]
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            why = f"cannot listen on {host}:{port}: {error.strerror}"
            raise Unusable(f"{setting}: {why}") from error
        raise Unusable(f"port {port} of {host} is in use: stop what listens there, or set "
                       f"{setting} to another (127.0.0.1:0: any free one)") from error


def next_address(text, steps):
    """The address `steps` ports further on; of port 0, one with a free port."""
    host, port = split_address("DAPI_ADMIN_LISTEN", text)
    port = port + steps if port else claim_port("DAPI_ADMIN_LISTEN", host, 0)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def kept_secret(path):
    """32 hexadecimal digits, made once and read afterwards; the owner alone may read them."""
    try:
        if not os.path.exists(path):
            # A kill in between leaves no half of a secret.
            with open(f"{path}.new", "w", encoding="ascii",
                      opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                file.write(secrets.token_hex(16) + "\n")
            os.rename(f"{path}.new", path)
        with open(path, encoding="ascii") as file:
            return file.read().strip()
    except OSError as error:
        raise Unusable(f"DAPI_RUN_DIR: cannot keep {path}: {error.strerror}") from error
