"""test_run.py - what `make run` runs, as its user sees it"""
import contextlib
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import tempfile
import time

import pytest

from lib.client import Client
from lib.cluster import free_port
from lib.processes import REPOSITORY, Process, service
from lib.waiting import eventually

RUN = REPOSITORY / "deploy/local/run"
READY_SECONDS = 20


class Launcher:
    """deploy/local/run in a folder of its own."""

    def __init__(self, folder, **settings):
        self.folder = pathlib.Path(folder)
        settings = {"DAPI_RUN_DIR": str(self.folder / "run"), "DAPI_HTTP_LISTEN": "127.0.0.1:0",
                    **settings}
        self.process = Process("run", [RUN], settings, folder)

    def start(self):
        """Return when it has said that it is ready."""
        seen = self.process.log_size()
        self.process.start()
        eventually(lambda: self._is_ready(seen), within=READY_SECONDS)
        return self

    def _is_ready(self, seen):
        assert self.process.is_alive(), self.process.log()
        lines = self.process.log(seen).splitlines()
        # The log has stdout and stderr: only the launcher begins a line with this word.
        self.url = next((line.split()[1] for line in lines if line.startswith("ready ")), None)
        self.curl_lines = [line for line in lines if line.startswith("curl ")]
        return self.url and len(self.curl_lines) == 2

    @property
    def client(self):
        """HTTP to the URL that it printed."""
        return Client(self.url)

    @property
    def children(self):
        """Pids by name, found by what the system knows: whose parent the launcher is."""
        pids = {}
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, ValueError):
                stat = entry.joinpath("stat").read_text()
                name, _, rest = stat.partition(" (")[2].rpartition(")")
                if int(rest.split()[1]) == self.process.pid:
                    pids[name] = int(entry.name)
        return pids


def processes_of(folder):
    """Pids of whatever has the run's folder in its environment."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"DAPI_RUN_DIR={folder}/run".encode() in entry.joinpath("environ").read_bytes():
                found.append(int(entry.name))
    return found


def sockets_below(folder):
    """Unix sockets that a run has left."""
    return [path for path in pathlib.Path(folder).rglob("*") if path.is_socket()]


@pytest.fixture(name="folder")
def short_folder():
    """Its name leaves room for sockets."""
    with tempfile.TemporaryDirectory(prefix="dapi-run-", dir="/tmp") as folder:
        yield folder


@pytest.fixture(name="launch")
def launcher_factory(folder):
    """launch(**settings): a launcher, started unless told otherwise."""
    made = []

    def make(start=True, **settings):
        made.append(Launcher(folder, **settings))
        return made[-1].start() if start else made[-1]
    yield make
    for launcher in made:
        launcher.process.kill()
    eventually(lambda: processes_of(folder) == [], within=5)


def test_the_lines_it_prints_work_as_shown(launch):
    launcher = launch()
    for line in launcher.curl_lines:
        ran = subprocess.run(["sh", "-c", line], capture_output=True, timeout=10, check=True)
        assert json.loads(ran.stdout)["success"] is True


def test_ctrl_c_ends_everything(launch, folder):
    launcher = launch()
    assert set(launcher.children) == {"janus", "callsvc", "tokensvc", "robotsvc", "gateway"}
    launcher.process.send(signal.SIGINT)
    assert launcher.process.wait(within=10) == 0
    assert processes_of(folder) == [] and sockets_below(folder) == []


def test_the_second_start_keeps_the_app_id_and_the_calls(launch):
    launcher = launch()
    first = launcher.client.call("1", "2")
    launcher.process.terminate()
    launcher.start()
    second = launcher.client.join("1", first["channel"]).data
    assert (second["appID"], second["call_id"]) == (first["appID"], first["call_id"])


def test_secrets_are_the_owners_alone(launch, folder):
    launch()
    run = pathlib.Path(folder, "run")
    assert run.stat().st_mode & 0o777 == 0o700
    for name in ("app_id", "app_certificate", "janus/secret"):
        assert (run / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["gateway", "callsvc", "tokensvc", "robotsvc", "janus"])
def test_what_dies_is_started_again(launch, name):
    launcher = launch()
    killed = launcher.children[name]
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: launcher.children.get(name, killed) != killed, within=5)
    assert f"run: {name} was ended by signal 9" in launcher.process.log()
    eventually(lambda: robot_call_works(launcher.client), within=10)


def robot_call_works(client):
    """It needs all of them."""
    with contextlib.suppress(OSError):
        return client.post("/dapi/call/robot", json={"src_uid": "1"}).status == 200
    return False


def test_a_killed_launcher_leaves_nothing_and_the_next_start_works(launch, folder):
    launcher = launch()
    launcher.process.kill()
    eventually(lambda: processes_of(folder) == [], within=5)
    launcher.start()
    assert robot_call_works(launcher.client)


def test_a_killed_make_leaves_nothing(launch, folder):
    makefile = pathlib.Path(folder, "Makefile")
    makefile.write_text(f"run: ; @{RUN}\n")
    launcher = launch(start=False)
    launcher.process.command = ["make", "-f", str(makefile), "run"]
    launcher.start().process.kill()
    eventually(lambda: processes_of(folder) == [], within=5)


def test_a_process_that_a_killed_run_left_is_ended(launch, folder):
    launcher = launch()
    launcher.process.kill()
    eventually(lambda: processes_of(folder) == [], within=5)
    stray = service("callsvc", stray_settings(folder), folder).start()
    notes = pathlib.Path(folder, "run", "processes.json")
    state = json.loads(notes.read_text())
    start_time = pathlib.Path(f"/proc/{stray.pid}/stat").read_text().rpartition(")")[2].split()[19]
    state["processes"] = [{"name": "callsvc", "pid": stray.pid, "started": int(start_time)}]
    notes.write_text(json.dumps(state))
    launcher.start()
    assert stray.wait(within=5) == -signal.SIGKILL


def stray_settings(folder):
    """Of a callsvc that holds the run's store."""
    return {"DAPI_STORE": f"sqlite:{folder}/run/calls.db", "DAPI_ADMIN_LISTEN": "",
            "DAPI_CALLSVC_LISTEN": f"ipc://{folder}/stray",
            "DAPI_CALLSVC_EVENTS_LISTEN": f"ipc://{folder}/stray_events"}


def test_a_pid_that_belongs_to_another_now_is_left_alone(launch, folder):
    bystander = Process("sleep", ["sleep", "60"], {}, folder).start()
    pathlib.Path(folder, "run").mkdir()
    pathlib.Path(folder, "run", "processes.json").write_text(json.dumps(
        {"socket_folder": f"{folder}/run",
         "processes": [{"name": "callsvc", "pid": bystander.pid, "started": 1}]}))
    launch()
    assert bystander.is_alive()
    bystander.kill()


def refusal(launcher):
    """What a launcher says that does not start."""
    launcher.process.start()
    assert launcher.process.wait(within=10) == 1
    return launcher.process.log()


def test_a_second_launcher_in_the_same_folder_is_refused(launch, folder):
    launcher = launch()
    second = Launcher(folder)
    second.process.log_path = pathlib.Path(folder, "second.log")
    assert "DAPI_RUN_DIR" in refusal(second)
    assert robot_call_works(launcher.client)


def test_a_port_in_use_is_named_with_the_setting_to_change(launch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal(launch(start=False, DAPI_HTTP_LISTEN=f"127.0.0.1:{port}"))
    assert str(port) in said and "DAPI_HTTP_LISTEN" in said and "Traceback" not in said


@pytest.mark.parametrize("settings, named", [
    ({"DAPI_HTTP_LISTEN": "nonsense"}, "DAPI_HTTP_LISTEN"),
    ({"DAPI_HTTP_LISTEN": "192.0.2.1:8080"}, "DAPI_HTTP_LISTEN"),
    ({"DAPI_APP_ID": "short"}, "DAPI_APP_ID"),
    ({"DAPI_RUN_DIR": "/proc/nothing"}, "DAPI_RUN_DIR"),
])
def test_a_bad_setting_is_named(launch, settings, named):
    said = refusal(launch(start=False, **settings))
    assert named in said and "Traceback" not in said


def test_settings_of_the_user_are_honoured(launch, folder):
    port = free_port()
    certificate = pathlib.Path(folder, "my-certificate")
    certificate.write_text("5CFd2fd1755d40ecb72977518be15d3b")
    launcher = launch(DAPI_HTTP_LISTEN=f"127.0.0.1:{port}", DAPI_APP_ID="a" * 32,
                      DAPI_APP_CERTIFICATE_FILE=str(certificate), DAPI_MEDIA="none",
                      DAPI_STORE=f"sqlite:{folder}/mine.db", DAPI_LOG_LEVEL="error",
                      DAPI_ADMIN_LISTEN="127.0.0.1:0")
    assert launcher.url == f"http://127.0.0.1:{port}"
    assert launcher.client.call("1", "2")["appID"] == "a" * 32
    assert pathlib.Path(folder, "mine.db").exists()
    assert "janus" not in launcher.children


def test_it_makes_itself_a_certificate(launch):
    """DAPI_TLS=self: the lines that it prints work as shown, and the second run has the same."""
    first = launch(DAPI_TLS="self")
    assert first.url.startswith("https://")
    for line in first.curl_lines:
        shown = subprocess.run(line, shell=True, capture_output=True, text=True, check=True)
        assert json.loads(shown.stdout)["success"] is True
    certificate = ssl.get_server_certificate(address_of(first.url))
    first.process.terminate()
    assert ssl.get_server_certificate(address_of(launch(DAPI_TLS="self").url)) == certificate


def test_it_makes_itself_keys_for_tokens(launch, folder):
    """DAPI_AUTH=jwt: the lines that it prints work as shown, and so does a token of one's own."""
    launcher = launch(DAPI_AUTH="jwt", DAPI_MEDIA="none")
    keys = pathlib.Path(folder, "run/jwt_keys.json")
    assert keys.stat().st_mode & 0o077 == 0
    shown = subprocess.run(launcher.curl_lines[0], shell=True, capture_output=True, text=True,
                           check=True)
    assert json.loads(shown.stdout)["success"] is True
    assert launcher.client.post("/dapi/call/msg", json={"uid": "77"}).status == 401
    token = subprocess.run([REPOSITORY / "deploy/local/jwt", "77"], capture_output=True, text=True,
                           check=True, env={"DAPI_RUN_DIR": f"{folder}/run"}).stdout.strip()
    assert launcher.client.post("/dapi/call/msg", json={"uid": "77"},
                                headers={"Authorization": f"Bearer {token}"}).data == []
    assert launcher.client.get("/dapi/call/events?uid=78&since=0",
                               headers={"Authorization": f"Bearer {token}"}).status == 403


def address_of(url):
    """(host, port)."""
    host, _, port = url.rpartition("/")[2].rpartition(":")
    return host, int(port)


def test_a_deep_folder_works(launch, folder):
    deep = pathlib.Path(folder, "a folder with spaces", "x" * 100)
    launcher = launch(DAPI_RUN_DIR=str(deep), DAPI_MEDIA="none")
    assert launcher.client.messages("1") == []
    sockets = json.loads((deep / "processes.json").read_text())["socket_folder"]
    launcher.process.terminate()
    assert not pathlib.Path(sockets).exists()


def test_a_second_signal_ends_at_once(launch, folder):
    launcher = launch()
    os.kill(launcher.children["callsvc"], signal.SIGSTOP)
    launcher.process.send(signal.SIGTERM)
    eventually(lambda: "run: stopping" in launcher.process.log(), within=5)
    started = time.monotonic()
    launcher.process.send(signal.SIGTERM)
    assert launcher.process.wait(within=3) == 0
    assert time.monotonic() - started < 3
    assert processes_of(folder) == []
