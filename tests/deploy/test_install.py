"""test_install.py - what `make install` puts where, and that it runs as its units say"""
import os
import re
import shutil
import subprocess

import pytest

from lib import network
from lib.cluster import START_SECONDS
from lib.client import Client
from lib.processes import REPOSITORY, Process
from lib.waiting import eventually

SERVICES = ("callsvc", "tokensvc", "robotsvc", "gateway")
INSTANCES = {"tokensvc": "7102", "robotsvc": "7103", "gateway": "8080"}
MOST_EXPOSED = 3.0
needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd")


class Installed:
    """The files below a DESTDIR."""

    def __init__(self, folder):
        self.folder = folder
        self.units = folder / "usr/lib/systemd/system"
        self.config = folder / "etc/dapi"

    def install(self, *where):
        """make install, with nothing left to build."""
        where = where or (f"DESTDIR={self.folder}", "PREFIX=/usr")
        subprocess.run(["make", "--no-print-directory", "-s", "install", *where], cwd=REPOSITORY,
                       check=True, capture_output=True)

    def program(self, name):
        """Of sbin."""
        return self.folder / f"usr/sbin/dapi-{name}"

    def setup(self):
        """Make the secrets."""
        subprocess.run([self.program("setup")], check=True,
                       env={**os.environ, "DAPI_SETUP_SECRETS": str(self.config / "secrets")})
        assert (self.config / "secrets/gateway/curve_secret").exists()


@pytest.fixture(name="installed", scope="module")
def installed_once(tmp_path_factory):
    """Installed, with secrets."""
    files = Installed(tmp_path_factory.mktemp("installed"))
    files.install()
    files.setup()
    return files


def test_every_program_is_there_with_a_page_that_says_all_its_settings(installed):
    for name in SERVICES:
        said = subprocess.run([installed.program(name), "--help"], capture_output=True, text=True,
                              check=True).stdout
        page = (installed.folder / f"usr/share/man/man8/dapi-{name}.8").read_text()
        flags = set(re.findall(r"^  (--[\w-]+)", said, re.M))
        assert len(flags) > 8
        assert flags == set(re.findall(r"^\.B[RI]? (--[\w-]+)", page.replace("\\-", "-"), re.M))


@pytest.mark.skipif(not shutil.which("man"), reason="needs man")
def test_pages_are_good_roff(installed):
    for page in (installed.folder / "usr/share/man/man8").iterdir():
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page],
                              capture_output=True, text=True, check=True)
        assert done.stderr == "", page


def test_nothing_is_left_to_be_filled_in(installed):
    for path in installed.folder.rglob("*"):
        if path.is_file() and path.suffix in (".service", ".target", ".env", ".8"):
            assert not re.search(r"\{[A-Z]+\}", path.read_text()), path


def test_what_the_user_has_stays(installed):
    settings = installed.config / "dapi.env"
    certificate = installed.config / "secrets/tokensvc/app_certificate"
    settings.write_text(settings.read_text() + "DAPI_LOG_LEVEL=debug\n")
    before = settings.read_text(), certificate.read_text()
    installed.install()
    installed.setup()
    assert (settings.read_text(), certificate.read_text()) == before


def test_secrets_are_their_owners_alone(installed):
    for path in (installed.config / "secrets").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


@needs_systemd
def test_units_are_as_systemd_wants_them(tmp_path):
    """Where they say that their programs are, among the system's own units."""
    files = Installed(tmp_path)
    files.install(f"PREFIX={tmp_path}/usr", f"SYSCONFDIR={tmp_path}/etc")
    units = list(files.units.iterdir())
    assert len(units) == 6
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units],
                          capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "dapi" in line] == []


@needs_systemd
def test_units_are_little_exposed(installed):
    for unit in installed.units.glob("*.service"):
        said = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", unit],
                              capture_output=True, text=True, check=True).stdout
        exposure = float(re.search(r"exposure level for .*: ([\d.]+)", said)[1])
        assert exposure <= MOST_EXPOSED, unit.name


def unit_environment(installed, name, folder):
    """What its unit sets, with systemd's specifiers as a run in `folder` has them."""
    at = "@" if name in INSTANCES else ""
    lines = (installed.units / f"dapi-{name}{at}.service").read_text().splitlines()
    credentials = folder / f"{name}.credentials"
    credentials.mkdir()
    for secret in (installed.config / "secrets" / name).iterdir():
        shutil.copy(secret, credentials / f"secrets_{secret.name}")
    values = {"%i": INSTANCES.get(name, ""), "%d": str(credentials), "%S": str(folder),
              "%t": str(folder)}
    environment = dict(line.split("=", 2)[1:] for line in lines
                       if line.startswith("Environment="))
    environment.update(line.split("=", 1)
                       for line in (installed.config / "dapi.env").read_text().splitlines()
                       if re.match(r"[A-Z]", line))
    for specifier, value in values.items():
        environment = {key: text.replace(specifier, value) for key, text in environment.items()}
    return {key: text.replace("/usr/", f"{installed.folder}/usr/")
            for key, text in environment.items()}


@pytest.mark.skipif(bool(network.why_not), reason="needs a network of its own, for fixed ports")
def test_services_run_with_what_their_units_give_them(installed, tmp_path):
    (tmp_path / "dapi").mkdir()
    processes = []
    janus = unit_environment(installed, "janus", tmp_path)
    start = installed.folder / "usr/share/dapi/janus/start"
    processes.append(Process("janus", [start, tmp_path / "dapi-janus", 8088], janus, tmp_path))
    for name in SERVICES:
        processes.append(Process(name, [installed.program(name)],
                                 unit_environment(installed, name, tmp_path), tmp_path))
    try:
        for process in processes:
            process.start()
        client = Client("http://127.0.0.1:8080")
        eventually(lambda: has_called_a_robot(client), within=2 * START_SECONDS)
    finally:
        for process in processes:
            process.kill()


def has_called_a_robot(client):
    """Everything is there, Janus too."""
    try:
        return client.post("/dapi/call/robot", json={"src_uid": "1"}).status == 200
    except OSError:
        return False
