"""conftest.py - the services of the model's tests, and as many examples as there is time for"""
import contextlib
import os
import time

import pytest

from lib.bus import BusClient
from lib.cluster import Cluster
from lib.crowd import Crowd
from lib.fake_clock import StandingClock
from model.lib.rig import Rig

SLOW = bool(os.environ.get("DAPI_SLOW"))


@contextlib.contextmanager
def running_rig(folder, **settings):
    """A rig of a cluster with two gateways, whose clock stands."""
    clock = StandingClock(folder)
    faked = {name: clock.variables for name in ("callsvc", "tokensvc")}
    with Cluster(variables=faked, **settings) as cluster:
        name, client = cluster.add_gateway()
        cluster.start("callsvc", "tokensvc", "gateway", name)
        clients = [cluster.client, client]
        with Crowd([client.address for client in clients], again_seconds=(0, 0.01)) as crowd, \
                BusClient(cluster.endpoints["callsvc"]) as bus:
            yield Rig(clock, cluster, clients, crowd, bus)


@pytest.fixture(scope="session", name="rig")
def shared_rig(tmp_path_factory):
    """With DAPI_BUSY=allow."""
    with running_rig(tmp_path_factory.mktemp("clock")) as rig:
        yield rig


@pytest.fixture(scope="session", name="busy_rig")
def shared_busy_rig(tmp_path_factory):
    """With DAPI_BUSY=reject."""
    with running_rig(tmp_path_factory.mktemp("clock"), DAPI_BUSY="reject") as rig:
        yield rig


@pytest.fixture(name="time_left")
def time_for_examples():
    """time_left(): whether there is time for more of them. DAPI_MODEL_SECONDS says how much."""
    seconds = float(os.environ.get("DAPI_MODEL_SECONDS", "150" if SLOW else "15"))
    deadline = time.monotonic() + seconds
    return lambda: time.monotonic() < deadline
