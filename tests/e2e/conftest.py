"""conftest.py - what tests with browsers share: the services over TLS, browsers, phones in them"""
import contextlib

import pytest

from e2e.lib import browser as browsers
from e2e.lib.material import tls_settings, write_tone
from e2e.lib.phone import Phone
from lib import network
from lib.cluster import Cluster, free_port

A_HERTZ, B_HERTZ = 700, 1500


@pytest.fixture(scope="session", autouse=True)
def needs():
    """Skip all of it where it cannot run, and say why."""
    reason = network.why_not[0] if network.why_not else browsers.reason_to_skip()
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="session", name="port")
def tls_port():
    """Where the gateway listens, on all addresses."""
    return free_port()


@pytest.fixture(scope="session", name="dapi_over_tls")
def cluster_over_tls(needs, port, tmp_path_factory):
    """The services and a Janus, for clients in networks of their own."""
    with Cluster(janus=True, DAPI_HTTP_LISTEN=f"0.0.0.0:{port}", DAPI_ALLOW_OPEN="1",
                 **tls_settings(tmp_path_factory.mktemp("tls"))) as cluster:
        yield cluster.start()


@pytest.fixture(scope="session", name="browsers")
def two_browsers(needs, tmp_path_factory):
    """Two, each with a network and a tone of its own."""
    folder = tmp_path_factory.mktemp("tones")
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(browsers.Browser(write_tone(folder / f"{hertz}.wav", hertz)))
               for hertz in (A_HERTZ, B_HERTZ)]


@pytest.fixture(name="phones")
def two_phones(dapi_over_tls, browsers, port, new_uid):
    """Two people's; whatever they are in ends with the test."""
    made = [Phone(browser, new_uid(), port) for browser in browsers]
    yield made
    for phone in made:
        phone.driver.get("about:blank")


@pytest.fixture(name="janus")
def janus_handle(dapi_over_tls):
    """What Janus says of its rooms."""
    handle = dapi_over_tls.janus.handle()
    yield handle
    handle.close()
