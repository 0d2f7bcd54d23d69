"""conftest.py - what tests on the media plane share: a network of their own, and Janus in it"""
import functools

import pytest

from media.lib import namespace, private_janus

TEST_SECONDS = 90


@pytest.fixture(scope="session", name="network")
def own_network():
    """A namespace for all tests."""
    reason = namespace.reason_to_skip() or private_janus.reason_to_skip()
    if reason:
        pytest.skip(reason)
    with namespace.Namespace() as network:
        yield network


@pytest.fixture(scope="module", name="janus")
def shared_janus(network, tmp_path_factory):
    """A Janus with the bridge, which soon takes a silent party for lost."""
    folder = tmp_path_factory.mktemp("janus")
    with private_janus.PrivateJanus(network, folder, lost_seconds=4) as janus:
        yield janus
        janus.process.terminate()


@pytest.fixture(name="run")
def run_inside(network):
    """run(coroutine): what it returns, run in the network."""
    return functools.partial(network.run, within=TEST_SECONDS)
