"""compose - the cluster of deploy/compose.yaml on a real engine, under a name of its own"""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from lib.client import Client
from lib.cluster import APP_ID, CERTIFICATE, free_port
from lib.processes import REPOSITORY

MINUTES = 60
RTP_PORTS = "23000-23019"


def compose_program():
    """The plugin of newer Dockers, or the program before it."""
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return ["docker", "compose"] if plugin.returncode == 0 else ["docker-compose"]


class Compose:
    """Use it in a with statement: containers, networks and volumes are gone at its end."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dapi-compose-", dir="/tmp"))
        self.project = self.folder.name.lower().replace("_", "-")
        self.port = free_port()
        self.metrics_port = free_port()
        self._program = compose_program()
        self.client = Client(f"https://127.0.0.1:{self.port}")
        self._copy_files()

    def _copy_files(self):
        """As in the repository, but for an app whose certificate the tests know."""
        deploy = self.folder / "deploy"
        deploy.mkdir()
        for name in ("compose.yaml", ".env", "secrets", "observability"):
            source = REPOSITORY / "deploy" / name
            if source.is_dir():
                shutil.copytree(source, deploy / name)
            elif source.exists():
                shutil.copy(source, deploy / name)
        settings = (deploy / ".env").read_text()
        (deploy / ".env").write_text("".join(
            f"DAPI_APP_ID={APP_ID}\n" if line.startswith("DAPI_APP_ID=") else line
            for line in settings.splitlines(keepends=True)))
        (deploy / "secrets/tokensvc").mkdir()
        (deploy / "secrets/tokensvc/app_certificate").write_text(CERTIFICATE + "\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.compose("--profile", "observability", "down", "--volumes", "--timeout", "20")
        shutil.rmtree(self.folder)

    def _run(self, words, given=None):
        environment = {**os.environ, "DAPI_HTTPS_PORT": str(self.port), "DAPI_RTP_PORTS": RTP_PORTS,
                       "DAPI_PROMETHEUS_PORT": str(self.metrics_port)}
        command = [*self._program, "-p", self.project, "-f",
                   str(self.folder / "deploy/compose.yaml"), *words]
        return subprocess.run(command, env=environment, capture_output=True, input=given,
                              timeout=8 * MINUTES, check=False)

    def compose(self, *words):
        """Run it to its end; what it says."""
        return self.binary(*words).decode()

    def binary(self, *words, given=b"", is_refused=False):
        """The same in bytes, with something to read; if it is to be refused, what it complains."""
        done = self._run(words, given)
        assert (done.returncode != 0) == is_refused, f"{words}:\n{done.stdout}\n{done.stderr}"
        return done.stderr if is_refused else done.stdout

    def up(self, **scale):
        """Start what is not there; return when everything is. The images are built."""
        words = [word for name, count in scale.items() for word in ("--scale", f"{name}={count}")]
        self.compose("up", "--no-build", "-d", "--timeout", "40", *words)

    def containers(self, service):
        """Ids of those that run."""
        return self.compose("ps", "-q", service).split()

    def docker(self, *words):
        """Run docker; what it says."""
        done = subprocess.run(["docker", *words], capture_output=True, text=True,
                              timeout=MINUTES, check=False)
        assert done.returncode == 0, f"{words}:\n{done.stderr}"
        return done.stdout

    def inspect(self, container):
        """What docker knows of it."""
        return json.loads(self.docker("inspect", container))[0]

    def is_healthy(self, container):
        """Its own health check says so, and it runs."""
        state = self.inspect(container)["State"]
        return state["Running"] and state["Health"]["Status"] == "healthy"

    def logs(self):
        """The end of what all containers said."""
        return self.compose("logs", "--no-color", "--tail", "40")
