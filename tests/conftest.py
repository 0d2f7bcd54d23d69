"""conftest.py - what tests on real processes share: clusters, unused uids, logs of failures"""
import itertools
import os
import random

import pytest

from lib import network, processes
from lib.cluster import Cluster, Outside


def pytest_configure():
    """Before anything is started: all of it is to be in the same network."""
    network.enter()


@pytest.fixture(scope="session", name="cluster")
def shared_cluster():
    """All services and a Janus, one for all tests that leave them as they were: DAPI_TEST_URL, if
    that is set (for an app with lib.cluster's id and certificate)."""
    if os.environ.get("DAPI_TEST_URL"):
        yield Outside(os.environ["DAPI_TEST_URL"])
        return
    with Cluster(janus=True) as cluster:
        yield cluster.start()


@pytest.fixture(name="dapi")
def shared_client(cluster):
    """HTTP to the shared cluster."""
    return cluster.client


@pytest.fixture(name="make_cluster")
def cluster_factory():
    """make_cluster(janus=False, **settings): a cluster of the test's own, not started yet."""
    if os.environ.get("DAPI_TEST_URL"):
        pytest.skip("needs a cluster of its own: not with DAPI_TEST_URL")
    made = []

    def make(**options):
        made.append(Cluster(**options))
        return made[-1].__enter__()
    yield make
    for cluster in made:
        cluster.__exit__()


@pytest.fixture(scope="session", name="uid_numbers")
def numbers_for_uids():
    """Numbers from a random start: several runs may share a store."""
    return itertools.count(random.randrange(1, 2**31))


@pytest.fixture(name="new_uid")
def uid_factory(uid_numbers):
    """new_uid(): one that no test has used."""
    return lambda: str(next(uid_numbers))


@pytest.fixture(name="call")
def call_of_two(dapi, new_uid):
    """A call that was just made: its entry, and src and dst."""
    src, dst = new_uid(), new_uid()
    return {**dapi.call(src, dst), "src": src, "dst": dst}


@pytest.fixture
def no_errors_logged(cluster):
    """The test's requests must not make a service log an error."""
    before = cluster.log_sizes()
    yield
    assert cluster.errors_logged(before) == []


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport():
    """Show what the services said last when a test fails."""
    report = (yield).get_result()
    if report.failed:
        for process in processes.running:
            tail = "\n".join(process.log().splitlines()[-30:])
            report.sections.append((f"the end of {process.name}'s log", tail))
