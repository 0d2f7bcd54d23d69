"""conftest.py - what tests of whole calls share: a cluster, a stage for parties, browsers"""
import shutil

import pytest

from calls.lib.calls import answered_call
from calls.lib.page import Page, PageServer, reason_to_skip, write_tone
from calls.lib.party import Stage
from calls.lib.rooms import CLOSE_SECONDS, LOST_SECONDS, rooms_of
from calls.lib.sweep import SHORT_SECONDS, write_sweep
from lib import network
from lib.cluster import Cluster
from lib.processes import REPOSITORY
from lib.waiting import eventually


@pytest.fixture(scope="session", name="recordings")
def folder_of_recordings(tmp_path_factory):
    """The default one, and a sweep."""
    folder = tmp_path_factory.mktemp("audio")
    shutil.copy(REPOSITORY / "robotsvc/audio/greeting.opus", folder)
    write_sweep(folder / "sweep.opus", SHORT_SECONDS)
    return folder


@pytest.fixture(scope="session", name="stage")
def shared_stage():
    """Where all parties live."""
    with Stage() as stage:
        yield stage


@pytest.fixture(scope="session", name="pages")
def page_server():
    """Where browsers get their page."""
    with PageServer() as server:
        yield server


@pytest.fixture(scope="session", name="cluster")
def shared_cluster(recordings, pages):
    """All services and a Janus, which loses silent parties soon; the page may ask, too."""
    with Cluster(janus=True, DAPI_AUDIO_DIR=str(recordings),
                 DAPI_ORIGINS=pages.origin) as cluster:
        cluster.janus.process.environment["DAPI_JANUS_LOST_SECONDS"] = str(LOST_SECONDS)
        yield cluster.start()


@pytest.fixture(name="janus")
def empty_janus(cluster, stage):
    """The cluster's; the test must leave no room in it."""
    before = rooms_of(cluster.janus).keys()
    yield cluster.janus
    stage.clear()
    eventually(lambda: rooms_of(cluster.janus).keys() <= before, CLOSE_SECONDS, every=0.1)


@pytest.fixture(name="call")
def call_that_was_answered(dapi, new_uid):
    """The caller's entry with src, dst and callee."""
    return answered_call(dapi, new_uid(), new_uid())


@pytest.fixture(scope="session", name="open_browser")
def browser_factory(pages, tmp_path_factory):
    """open_browser(hertz): one whose microphone hears that tone, for `with`."""
    if reason := reason_to_skip() or "; ".join(network.why_not):
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("tones")
    return lambda hertz: Page(pages.origin, write_tone(folder / f"{hertz}.wav", hertz))
