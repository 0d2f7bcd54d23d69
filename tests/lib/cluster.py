"""cluster - the four services, and a Janus if wanted, on sockets of their own in a short folder"""
import http.client
import pathlib
import random
import re
import shutil
import socket
import tempfile

from lib.client import Client
from lib.janus import JanusHandle
from lib.processes import BUILD, REPOSITORY, Process, service
from lib.waiting import eventually

SERVICES = ("callsvc", "tokensvc", "robotsvc", "gateway")
BUS = ("callsvc", "callsvc_events", "tokensvc", "robotsvc")
APP_ID = "970CA35de60c44645bbae8a215061b33"
CERTIFICATE = "5CFd2fd1755d40ecb72977518be15d3b"
START_SECONDS = 10
LEAST_PORT = 10000


def free_port():
    """A TCP port of 127.0.0.1 that nobody has now. It is below those that the system gives to whoever
    asks for any: nobody gets it by chance before it is used."""
    least, _ = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    while True:
        port = random.randrange(LEAST_PORT, max(int(least), LEAST_PORT + 1000))
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=2)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Janus:
    """A private Janus, started as `make run` starts it."""

    def __init__(self, folder, name="janus"):
        self.folder = pathlib.Path(folder)
        self.name = name
        self.port = free_port()
        start = REPOSITORY / "deploy/local/janus/start"
        self.process = Process(name, [start, self.folder / name, self.port], {}, folder)

    def start(self):
        """Return once it answers."""
        self.process.start()
        eventually(self._answers, within=START_SECONDS)
        return self

    def _answers(self):
        assert self.process.is_alive(), self.process.log()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/janus/info")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    @property
    def settings(self):
        """For services that use it."""
        return {"DAPI_JANUS": f"http://127.0.0.1:{self.port}/janus",
                "DAPI_JANUS_SECRET_FILE": str(self.folder / self.name / "secret")}

    def share_secret(self, other):
        """Have, before it is started, the secret of one that has been."""
        own = pathlib.Path(self.settings["DAPI_JANUS_SECRET_FILE"])
        own.parent.mkdir(exist_ok=True)
        shutil.copy(other.settings["DAPI_JANUS_SECRET_FILE"], own)

    def handle(self):
        """A handle of it, which the caller closes."""
        secret = pathlib.Path(self.settings["DAPI_JANUS_SECRET_FILE"]).read_text().strip()
        return JanusHandle(self.settings["DAPI_JANUS"], secret)


class Outside:
    """A cluster that runs elsewhere: only its HTTP is in reach."""

    def __init__(self, url):
        self.client = Client(url)

    def log_sizes(self):
        """Its logs are not."""
        return {}

    def errors_logged(self, _since):
        """Nothing is known of them."""
        return []


class Cluster:
    """Use it in a with statement: everything ends, and is removed, at its end."""

    def __init__(self, janus=False, wrappers=None, variables=None, **settings):
        """janus: whether there is one, or how many; wrappers, variables: by service, a command
        that runs it and its own environment."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dapi-test-", dir="/tmp"))
        self.nodes = [Janus(self.folder, f"janus-{number}" if number else "janus")
                      for number in range(int(janus))]
        self.janus = self.nodes[0] if janus else None
        self.endpoints = {name: f"ipc://{self.folder}/{name}" for name in BUS}
        self.store = self.folder / "calls.db"
        self.settings = {**self._default_settings(), **settings}
        self.variables = variables or {}
        self.services = {name: service(name, self._settings_of(name), self.folder,
                                       (wrappers or {}).get(name, ()))
                         for name in SERVICES}
        self.client = Client(f"http://{self.settings['DAPI_HTTP_LISTEN']}")

    def _default_settings(self):
        certificate = self.folder / "certificate"
        certificate.touch(mode=0o600)
        certificate.write_text(CERTIFICATE + "\n")
        bus = {f"DAPI_{name.upper()}": endpoint for name, endpoint in self.endpoints.items()}
        listen = {f"{name}_LISTEN": endpoint for name, endpoint in bus.items()}
        media = self.janus.settings if self.janus else {"DAPI_MEDIA": "none"}
        if len(self.nodes) > 1:
            media["DAPI_JANUS"] = " ".join(node.settings["DAPI_JANUS"] for node in self.nodes)
        return {**bus, **listen, **media, "DAPI_HTTP_LISTEN": f"127.0.0.1:{free_port()}",
                "DAPI_STORE": f"sqlite:{self.store}", "DAPI_APP_ID": APP_ID,
                "DAPI_APP_CERTIFICATE_FILE": str(certificate),
                "DAPI_AUDIO_DIR": str(REPOSITORY / "robotsvc/audio")}

    def _settings_of(self, name):
        return {**self.settings, "DAPI_ADMIN_LISTEN": f"unix:{self.folder}/{name}.admin",
                **self.variables.get(name, {})}

    def add_gateway(self):
        """A further gateway beside the first, not started yet: its name, and a client of it."""
        name, listen = f"gateway-{len(self.services)}", f"127.0.0.1:{free_port()}"
        settings = {**self._settings_of("gateway"), "DAPI_HTTP_LISTEN": listen,
                    "DAPI_ADMIN_LISTEN": f"unix:{self.folder}/{name}.admin"}
        self.services[name] = Process(name, [BUILD / "gateway"], settings, self.folder)
        return name, Client(f"http://{listen}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
        shutil.rmtree(self.folder)

    @property
    def processes(self):
        """All of them, running or not."""
        return [*self.services.values(), *(node.process for node in self.nodes)]

    def __getitem__(self, name):
        return self.services[name]

    def start(self, *names):
        """Start these services, or all and the Janus; return when they are ready."""
        if not names:
            self._start_nodes()
        for name in names or SERVICES:
            self.services[name].start()
        for name in names or SERVICES:
            self.await_ready(name)
        return self

    def _start_nodes(self):
        for node in self.nodes:
            if node is not self.janus:
                node.share_secret(self.janus)
            node.start()

    def await_ready(self, name):
        """Return when the service says so itself."""
        eventually(lambda: self._is_ready(name), within=START_SECONDS)

    def _is_ready(self, name):
        process = self.services[name]
        assert process.is_alive(), f"{name} ended:\n{process.log()}"
        try:
            return self.admin(name, "/readyz")[0] == 200
        except OSError:
            return False

    def admin(self, name, path):
        """(status, text) of the service's admin listener."""
        connection = UnixConnection(f"{self.folder}/{name}.admin")
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def metric(self, name, metric, labels=""):
        """What the service says now: the sum of the metric's series, or the one with just these
        labels; 0 if there is none."""
        wanted = rf"{metric}\{{{re.escape(labels)}\}} " if labels else rf"{metric}[{{ ]"
        return sum(float(line.rpartition(" ")[2])
                   for line in self.admin(name, "/metrics")[1].splitlines()
                   if re.match(wanted, line))

    def errors_logged(self, since):
        """Lines at level=error that services have written since `since`, a value of log_sizes."""
        return [line for name, process in self.services.items()
                for line in process.log(since[name]).splitlines() if "level=error" in line]

    def log_sizes(self):
        """Where the logs end now."""
        return {name: process.log_size() for name, process in self.services.items()}
