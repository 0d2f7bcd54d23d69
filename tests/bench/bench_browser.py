#!/usr/bin/python3
"""From the press of "Call the robot" to its first sound, in a browser: p50 and p99.

Everything runs on this machine: the browser, the services, Janus.
"""
import os
import pathlib
import sys
import tempfile

import numpy

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from e2e.lib import browser as browsers  # pylint: disable=wrong-import-position
from e2e.lib.material import tls_settings, write_tone  # pylint: disable=wrong-import-position
from e2e.lib.phone import Phone  # pylint: disable=wrong-import-position
from lib import network  # pylint: disable=wrong-import-position
from lib.cluster import Cluster, free_port  # pylint: disable=wrong-import-position

CALLS = int(os.environ.get("DAPI_BENCH_BROWSER_CALLS", "30"))
PRESS_AND_LISTEN = """
const done = arguments[0];
const begun = performance.now();
document.getElementById('call-robot').click();
ear.listen('robot', 512).then(async (analyser) => {
    while (ear.loudness(analyser) < 0.003)
        await ear.pause(2);
    done(performance.now() - begun);
});
"""


def first_sounds(phone):
    """Milliseconds, call for call."""
    for _ in range(CALLS):
        yield phone.driver.execute_async_script(PRESS_AND_LISTEN)
        phone.hang_up()
        phone.await_screen("outcome").press("#done")
        phone.await_screen("ready")


def main():
    """Print one line."""
    network.enter()
    reason = network.why_not[0] if network.why_not else browsers.reason_to_skip()
    if reason:
        print(f"first sound in a browser: not measured: {reason}")
        return
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with Cluster(janus=True, DAPI_HTTP_LISTEN=f"0.0.0.0:{port}", DAPI_ALLOW_OPEN="1",
                     **tls_settings(folder)) as cluster, \
                browsers.Browser(write_tone(folder / "tone.wav", 700)) as browser:
            cluster.start()
            took = list(first_sounds(Phone(browser, "bench", port)))
    p50, p99 = numpy.percentile(took, [50, 99])
    print(f"first sound in a browser, from the press of 'Call the robot': p50 {p50:.0f} ms, "
          f"p99 {p99:.0f} ms ({len(took)} calls; aim: p50 under 1000 ms)")


if __name__ == "__main__":
    main()
