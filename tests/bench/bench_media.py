#!/usr/bin/python3
"""The cost of a call in Janus: dapi's plugin, which forwards, beside AudioBridge, which mixes.

Both run in the same Janus with the same light clients (tests/load); windows are interleaved and the
medians compared: on a noisy machine only ratios say something. Where there are two cores, Janus has
one of them for itself. Then calls are added until a packet is lost.
"""
import asyncio
import os
import pathlib
import statistics
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position
from media.lib import load_clients, namespace, private_janus
from media.lib.janus_api import Session
from media.lib.many_calls import PACKETS_A_SECOND, AudioBridgeRooms, BridgeRooms, Load
from media.lib.sound import tone_packets

ROUNDS = int(os.environ.get("DAPI_BENCH_ROUNDS", "3"))
WINDOW_SECONDS = int(os.environ.get("DAPI_BENCH_SECONDS", "3"))
SETTLE_SECONDS = 1  # joins cost more than calls
MOST_CALLS = int(os.environ.get("DAPI_BENCH_CALLS", "200"))
STEP_CALLS = 20
CALLS = {"bridge": 30, "audiobridge": 10}  # of each kind in a window, so that either uses a third
TONE_HERTZ = 440
TONE_PACKETS = 500
MOST_TRIES = 3  # windows for each that is wanted
MOST_LATE = 0.01
TARGET = 1 / 3


def problem_of(counts, expected):
    """What was not as it should be for every client, or None."""
    if any(c.up_at == 0 for c in counts):
        return "a client is not connected"
    if any(c.missing or c.backwards or c.bad for c in counts):
        return f"{sum(c.missing for c in counts)} packets lost"
    if min(c.received for c in counts) < 0.9 * expected:
        return "a client heard too little"
    return None


class Bench:
    """Everything in one Janus, in the namespace's loop."""

    def __init__(self, janus, clients, packets):
        self._janus = janus
        self._clients = clients
        self._packets = packets
        self._rooms = {}

    async def run(self):
        """Measure, and print."""
        async with self._clients, Session(self._janus) as one, Session(self._janus) as other:
            for name, kind, session in (("bridge", BridgeRooms, one),
                                        ("audiobridge", AudioBridgeRooms, other)):
                handle = await session.attach(kind.plugin)
                self._rooms[name] = kind(session, handle)
            print(f"{'Janus, % of a core':<28}{'bridge':>10}{'AudioBridge':>13}{'ratio':>8}")
            for title, robots in (("a call of two", False), ("a robot and its listener", True)):
                await self._compare(title, robots)
            print(f"target: at most {TARGET:.2f}")
            await self._find_most()

    def _load(self, name):
        return Load(self._rooms[name], self._clients, self._packets)

    async def _measure(self, name, robots):
        """(the cost of a call, whether all went well: a starved Janus seems cheap)."""
        load = self._load(name)
        await load.add(CALLS[name], robots)
        await asyncio.sleep(SETTLE_SECONDS)
        used, counts = await load.window(self._janus.process.pid, WINDOW_SECONDS)
        await load.stop()
        problem = problem_of(counts, WINDOW_SECONDS * PACKETS_A_SECOND)
        if problem:
            print(f"  a window of {name} is left out: {problem}", file=sys.stderr)
        return used / CALLS[name], not problem

    async def _compare(self, title, robots):
        pairs = []  # of clean windows, side by side
        for number in range(MOST_TRIES * ROUNDS):
            if len(pairs) == ROUNDS:
                break
            measured = {name: await self._measure(name, robots)
                        for name in sorted(CALLS, reverse=number % 2)}
            if all(is_clean for _, is_clean in measured.values()):
                pairs.append([measured[name][0] for name in CALLS])
        if not pairs:
            print(f"{title:<28}  no window without loss: the machine is too busy")
            return
        bridge, audiobridge = (statistics.median(side) for side in zip(*pairs))
        ratio = statistics.median(bridge / audiobridge for bridge, audiobridge in pairs)
        print(f"{title:<28}{bridge:>10.2f}{audiobridge:>13.2f}{ratio:>8.2f}", flush=True)

    async def _find_most(self):
        """Add calls until something is lost, or the limit is reached."""
        load = self._load("bridge")
        most, used, problem = 0, 0.0, None
        while not problem and most < MOST_CALLS:
            await load.add(STEP_CALLS)
            await asyncio.sleep(SETTLE_SECONDS)
            busy, counts = await load.window(self._janus.process.pid, WINDOW_SECONDS)
            problem = problem_of(counts, WINDOW_SECONDS * PACKETS_A_SECOND)
            if not problem:
                most, used = most + STEP_CALLS, busy
        await load.stop()
        print(f"most calls of two without a lost packet: {most} at {used:.0f} % of a core; "
              + (f"then {problem} at {busy:.0f} %" if problem else "the bench tries no more"))
        late = sum(c.late for c in counts) / max(1, sum(c.sent for c in counts))
        if problem and late > MOST_LATE:
            print(f"  but the clients themselves could not keep up: {late:.0%} of what they sent "
                  "was late")


def main():
    """Run it as a program."""
    reason = (namespace.reason_to_skip() or private_janus.reason_to_skip()
              or load_clients.reason_to_skip())
    if reason:
        sys.exit(f"bench_media: {reason}")
    cores = sorted(os.sched_getaffinity(0))
    pin = [["taskset", "-c", str(core)] for core in (cores[0], cores[-1])]
    if len(cores) == 1:
        print("only one core: Janus shares it with its clients")
    os.sched_setaffinity(0, cores[-1:])
    packets = tone_packets(TONE_HERTZ, TONE_PACKETS)
    with namespace.Namespace() as network, tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        frames = load_clients.write_frames(folder / "frames", packets)
        with private_janus.PrivateJanus(network, folder / "janus", wrapper=pin[0]) as janus:
            clients = load_clients.LoadClients(frames, wrapper=pin[1])
            network.run(Bench(janus, clients, packets).run(), None)


if __name__ == "__main__":
    main()
