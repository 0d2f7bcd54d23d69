"""conftest.py - a gateway whose callsvc is the test's own"""
import pytest

from lib.cluster import Cluster
from lib.fake_calls import FakeCalls
from lib.live import Listener


class Stage:
    """A gateway, and the callsvc that it hears."""

    def __init__(self, cluster, calls):
        self.cluster = cluster
        self.calls = calls

    @property
    def client(self):
        """HTTP to the gateway."""
        return self.cluster.client

    def listen(self, uid, since=None, **more):
        """A Listener."""
        return Listener(self.client.address, uid, since, **more)

    def metric(self, name):
        """The value of the gateway's metric."""
        return self.cluster.metric("gateway", name)


@pytest.fixture(name="make_stage")
def stage_factory():
    """make_stage(**settings): a Stage of the test's own, started."""
    made = []

    def make(**settings):
        cluster = Cluster(**settings).__enter__()
        made.append(cluster)
        calls = FakeCalls(cluster.endpoints["callsvc"], cluster.endpoints["callsvc_events"])
        made.append(calls.__enter__())
        cluster.start("tokensvc", "gateway")
        return Stage(cluster, calls)
    yield make
    for each in reversed(made):
        each.__exit__()


@pytest.fixture(scope="session", name="stage")
def shared_stage():
    """One for all tests that leave it as it was."""
    with Cluster() as cluster, FakeCalls(cluster.endpoints["callsvc"],
                                         cluster.endpoints["callsvc_events"]) as calls:
        cluster.start("tokensvc", "gateway")
        yield Stage(cluster, calls)
