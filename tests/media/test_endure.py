"""A few lossy calls for a moment in every run of the tests; with DAPI_SLOW=1 as endure.py does it."""
import os

import pytest

from media import endure
from media.lib import load_clients, private_janus

SHORT = ["--seconds", "10", "--calls", "10"]


@pytest.mark.parametrize("build", ["plain", "leak"])
def test_lossy_calls_last_and_leave_nothing(network, tmp_path, build):
    """Ten minutes of a hundred calls is what a release should see: `make soak`."""
    length = [] if os.environ.get("DAPI_SLOW") else SHORT
    options = endure.read_options(["--build", build, *length])
    plugin = endure.built(build)[0]
    reason = private_janus.reason_to_skip() or load_clients.reason_to_skip()
    if reason or not plugin.exists():
        pytest.skip(reason or f"needs {plugin}: make {plugin.relative_to(plugin.parents[2])}")
    print(endure.run_endurance(network, tmp_path, options))
