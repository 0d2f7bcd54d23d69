"""A short churn.py for every run of the tests; churn.py itself does a thousand steps."""
import secrets

import pytest

from media import churn
from media.lib import load_clients, private_janus

STEPS = {"asan": 80, "thread": 80, "leak": 40}  # noting where memory came from takes its time


@pytest.mark.parametrize("build", STEPS)
def test_churn_leaves_nothing_and_breaks_nothing(network, tmp_path, build):
    """The seed is printed: churn.py takes it."""
    plugin = churn.THREADED if build == "thread" else churn.CHECKED
    reason = private_janus.reason_to_skip() or load_clients.reason_to_skip()
    if reason or not plugin.exists():
        pytest.skip(reason or f"needs {plugin}: make {plugin.relative_to(plugin.parents[2])}")
    print(churn.run_churn(network, tmp_path, STEPS[build], secrets.token_hex(4), build))
