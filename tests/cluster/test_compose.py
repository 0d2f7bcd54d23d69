"""test_compose.py - the compose cluster on a real engine, from its first start to its last

The tests are one story and run in this order: what one leaves is what the next begins with.
"""
import os
import signal
import subprocess
import sys

import pytest

from lib import opus
from lib.compose import Compose
from lib.conversations import Conversations
from lib.listener import Listener
from lib.processes import REPOSITORY
from lib.waiting import eventually

SERVICES = ("callsvc", "tokensvc", "robotsvc", "gateway", "janus", "proxy")
CONTRACT = ("test_contract.py", "test_parameters.py", "test_verbs.py")
BACK_SECONDS = 60
LOOKED_UP = 300  # calls that are asked for again


@pytest.fixture(name="compose", scope="module")
def running_cluster():
    """Up, with images that are built."""
    with Compose() as compose:
        compose.up()
        yield compose


@pytest.fixture(name="history", scope="module")
def calls_of_the_story():
    """(channel, callee): the state that a call was last known in."""
    return {}


@pytest.fixture(autouse=True)
def logs_of_failures(compose, request):
    """What containers said last, when a test has failed."""
    before = request.session.testsfailed
    yield
    if request.session.testsfailed > before:
        print(compose.logs())


def test_every_container_is_well_and_confined(compose):
    for service in SERVICES:
        container, = compose.containers(service)
        # Nobody waits for the last one: it may just have been started.
        eventually(lambda: compose.is_healthy(container), within=BACK_SECONDS, every=0.5)
        about = compose.inspect(container)
        host = about["HostConfig"]
        assert about["Config"]["User"] == "10001:10001", service
        assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"], service
        assert host["SecurityOpt"] == ["no-new-privileges:true"], service
        assert host["Memory"] > 0 and host["NanoCpus"] > 0, service
        assert host["RestartPolicy"]["Name"] == "unless-stopped", service
        assert host["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "3"}, service
        labels = about["Config"]["Labels"]
        assert {"org.opencontainers.image.title", "org.opencontainers.image.licenses",
                "org.opencontainers.image.version",
                "org.opencontainers.image.revision"} <= set(labels), service


def test_each_service_sees_its_own_secrets_alone(compose):
    def secrets_of(service):
        container, = compose.containers(service)
        return set(compose.docker("exec", container, "ls", "/run/secrets").split())
    assert "app_certificate" in secrets_of("tokensvc")
    for service in ("gateway", "callsvc", "robotsvc", "janus", "proxy"):
        assert "app_certificate" not in secrets_of(service), service
    assert "tls_key.pem" in secrets_of("proxy") and "tls_key.pem" not in secrets_of("gateway")


def test_only_the_proxy_and_media_can_be_reached_from_outside(compose):
    for service in SERVICES:
        container, = compose.containers(service)
        published = {port for port, where in
                     compose.inspect(container)["NetworkSettings"]["Ports"].items() if where}
        if service == "proxy":
            assert published == {"8443/tcp"}
        elif service == "janus":
            assert len(published) == 20 and all(port.endswith("/udp") for port in published)
        else:
            assert not published, service


def test_the_contract_through_the_published_port(compose):
    tests = [REPOSITORY / "tests/integration" / name for name in CONTRACT]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests], text=True,
        env={**os.environ, "DAPI_TEST_URL": compose.client.url}, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-8000:]


def test_a_robot_is_heard(compose):
    entry = compose.client.post("/dapi/call/robot", json={"src_uid": "listener", "audio": "tone"}).data
    with Listener(compose.client, entry) as listener:
        eventually(lambda: opus.tone_seconds(listener.heard(), 1000) > 0.5, within=BACK_SECONDS)
    compose.client.end("listener", entry["channel"])


def test_scaling_up_and_down_under_load_fails_no_request(compose, history):
    with Conversations(compose.client, "scaled") as load:
        eventually(lambda: load.requests > 200, within=BACK_SECONDS)
        compose.up(tokensvc=3, robotsvc=2, gateway=2)
        assert [len(compose.containers(name)) for name in ("tokensvc", "robotsvc", "gateway")] == \
            [3, 2, 2]
        seen = load.requests
        eventually(lambda: load.requests > seen + 500, within=BACK_SECONDS)
        compose.up(tokensvc=1, robotsvc=1, gateway=1)
        seen = load.requests
        eventually(lambda: load.requests > seen + 200, within=BACK_SECONDS)
    assert load.failures == []
    history.update(load.calls)


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_killed_comes_back(compose, service):
    container, = compose.containers(service)
    before = compose.inspect(container)
    os.kill(before["State"]["Pid"], signal.SIGKILL)  # not by docker, which would take it as stopped
    eventually(lambda: compose.inspect(container)["State"]["StartedAt"]
               != before["State"]["StartedAt"], within=BACK_SECONDS, every=0.2)
    eventually(lambda: has_called_a_robot(compose.client), within=BACK_SECONDS, every=0.2)
    eventually(lambda: compose.is_healthy(container), within=BACK_SECONDS, every=0.5)


def has_called_a_robot(client):
    """Everything is there."""
    try:
        return client.post("/dapi/call/robot", json={"src_uid": "again"}).status == 200
    except OSError:
        return False


def assert_calls_are_there(client, history):
    """Each in the state that it was last known in."""
    assert history
    for (channel, uid), state in list(history.items())[-LOOKED_UP:]:
        call = client.get(f"/dapi/call/{channel}", query={"uid": uid}).data
        assert call["state"] == state, call


def test_a_cluster_that_starts_again_on_its_volumes_knows_every_call(compose, history):
    compose.compose("down", "--timeout", "40")
    assert not compose.containers("callsvc")
    compose.up()
    eventually(lambda: has_called_a_robot(compose.client), within=BACK_SECONDS, every=0.2)
    assert_calls_are_there(compose.client, history)


def test_a_backup_restores_what_was(compose, history):
    client = compose.client
    backup = compose.binary("exec", "-T", "callsvc", "dapi-store", "backup")
    entry = client.call("after-a", "after-b")
    refused = compose.binary("run", "--rm", "-T", "--no-deps", "--entrypoint", "dapi-store",
                             "callsvc", "restore", given=backup, is_refused=True)
    assert b"stop it first" in refused
    compose.compose("stop", "--timeout", "40", "callsvc")
    compose.binary("run", "--rm", "-T", "--no-deps", "--entrypoint", "dapi-store", "callsvc",
                   "restore", given=backup)
    compose.up()
    eventually(lambda: has_called_a_robot(client), within=BACK_SECONDS, every=0.2)
    assert_calls_are_there(client, history)
    gone = client.get(f"/dapi/call/{entry['channel']}", query={"uid": "after-b"})
    assert gone.status == 404, gone


def test_prometheus_finds_every_replica(compose):
    """Of the profile's two; Grafana's image is its project's, for which there is no registry here."""
    compose.compose("--profile", "observability", "up", "--no-build", "-d", "prometheus")
    container, = compose.containers("prometheus")

    def jobs():
        said = compose.docker("exec", container, "promtool", "query", "instant",
                              "http://127.0.0.1:9090", "up == 1")
        return {name for name in SERVICES if f'job="{name}"' in said}
    eventually(lambda: compose.is_healthy(container), within=BACK_SECONDS, every=0.5)
    eventually(lambda: jobs() == {"callsvc", "tokensvc", "robotsvc", "gateway"},
               within=BACK_SECONDS, every=0.5)
