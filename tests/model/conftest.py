"""conftest.py - the services of the model's tests, and examples as many as there is time for"""
import contextlib
import os

import pytest

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
        with Crowd([client.address for client in clients], again_seconds=(0, 0.01)) as crowd:
            yield Rig(clock, clients, crowd)


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


@pytest.fixture(scope="session", name="examples")
def number_of_examples():
    """DAPI_MODEL_EXAMPLES says how many of each kind."""
    return int(os.environ.get("DAPI_MODEL_EXAMPLES", "800" if SLOW else "50"))
