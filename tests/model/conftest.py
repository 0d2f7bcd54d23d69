"""conftest.py - the services of the model's tests, and examples as many as there is time for"""
import os

import pytest

from lib.cluster import Cluster
from lib.fake_clock import StandingClock
from model.lib.rig import Rig

SLOW = bool(os.environ.get("DAPI_SLOW"))


def start_rig(folder, **settings):
    """A cluster with two gateways and a clock, for the caller to end; and a rig of it."""
    clock = StandingClock(folder)
    cluster = Cluster(variables={name: clock.variables for name in ("callsvc", "tokensvc")},
                      **settings)
    name, client = cluster.add_gateway()
    cluster.start("callsvc", "tokensvc", "gateway", name)
    return cluster, Rig(clock, [cluster.client, client])


@pytest.fixture(scope="session", name="rig")
def shared_rig(tmp_path_factory):
    """With DAPI_BUSY=allow."""
    cluster, rig = start_rig(tmp_path_factory.mktemp("clock"))
    with cluster:
        yield rig


@pytest.fixture(scope="session", name="busy_rig")
def shared_busy_rig(tmp_path_factory):
    """With DAPI_BUSY=reject."""
    cluster, rig = start_rig(tmp_path_factory.mktemp("clock"), DAPI_BUSY="reject")
    with cluster:
        yield rig


@pytest.fixture(scope="session", name="examples")
def number_of_examples():
    """DAPI_MODEL_EXAMPLES says how many of each kind."""
    return int(os.environ.get("DAPI_MODEL_EXAMPLES", "800" if SLOW else "80"))
