"""conftest.py - what tests of push share"""
import pytest

from lib.cluster import Cluster


@pytest.fixture(scope="session", name="cluster")
def shared_cluster():
    """No Janus: nothing here enters a room."""
    with Cluster() as cluster:
        yield cluster.start()
