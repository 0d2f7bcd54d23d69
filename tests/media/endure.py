#!/usr/bin/python3
"""endure - many calls of lossy clients for a long time, against the plugin

    endure.py [--seconds 600] [--calls N] [--loss 0.05] [--build plain|asan|leak]

Each call is two clients that leave out a share of what they send. At the end every client must
still be connected and have heard what its peer sent, nothing may be left in Janus, and Janus must
not have grown; with a sanitizer there must be no report either.
"""
import argparse
import asyncio
import pathlib
import signal
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position
from media.churn import CORE_TIMER_SECONDS, FRAME, LEAVE_SECONDS, built, complaints
from media.lib import load_clients, namespace, private_janus
from media.lib.janus_api import Session
from media.lib.many_calls import PACKETS_A_SECOND, BridgeRooms, Load, memory_of

CALLS = {"plain": 100, "asan": 100, "leak": 10}  # noting where memory came from takes its time
WINDOWS = 10  # of which the first is for caches to fill
LOST_SECONDS = 15
CONNECT_SECONDS = 60
TIDY_SECONDS = 30
MOST_GROWTH = 1.1  # of Janus' memory, after the first window
LEAST_SENT = 0.8  # of what there is to send: else this machine was too busy to say anything
MOST_DROPPED = 0.02  # of what was sent: by a busy machine's sockets, for the bridge drops nothing
STARVED = "leak"  # a Janus whose allocations are noted down drops what it could not send within 1 s


def check(counts, seconds, build):
    """Everybody was there all the time and heard the other; the share of what was dropped."""
    sent = sum(c.sent for c in counts)
    received = sum(c.received for c in counts)
    assert all(c.up_at and not c.is_closed for c in counts), "a client is gone"
    assert not any(c.bad for c in counts), "something could not be decrypted"
    dropped = 1 - received / sent
    if build == STARVED:
        return dropped
    silent = [c for c in counts if not c.received]
    assert not silent, f"{len(silent)} clients heard nothing: {silent}"
    assert sent > LEAST_SENT * len(counts) * seconds * PACKETS_A_SECOND, (
        f"only {sent} packets were sent: the machine is too busy")
    assert dropped < MOST_DROPPED, f"{dropped:.1%} of what was sent did not arrive"
    return dropped


async def endure(janus, clients, options):
    """(memory after the first window and after each later one, shares dropped, CPU in %)."""
    memory, dropped, busy = [], [], []
    async with clients, Session(janus) as session:
        handle = await session.attach(BridgeRooms.plugin)
        load = Load(BridgeRooms(session, handle), clients, [FRAME])
        await load.add(options.calls)
        await asyncio.wait_for(until_up(clients), CONNECT_SECONDS)
        load.lose(options.loss)
        for number in range(WINDOWS):
            seconds = options.seconds / WINDOWS
            used, counts = await load.window(janus.process.pid, seconds)
            dropped.append(check(counts, seconds * (1 - options.loss), options.build))
            memory.append(memory_of(janus.process.pid))
            busy.append(used)
            print(f"{(number + 1) * seconds:.0f} s: {options.calls} calls, Janus {used:.0f} % of a "
                  f"core, {memory[-1]:.1f} MB, dropped {dropped[-1]:.3%}", flush=True)
        await load.stop()
        await asyncio.wait_for(tidy(session, handle), TIDY_SECONDS)
        await asyncio.sleep(CORE_TIMER_SECONDS)
    return memory, dropped, busy


async def until_up(clients):
    """Return once all are connected."""
    while not all(c.up_at for c in (await clients.count()).values()):
        await asyncio.sleep(0.1)


async def tidy(session, handle):
    """Return once nothing is left but this session's own handle."""
    while (await session.ask(handle, "list"))[0]["list"] or await session.handles() != [handle]:
        await asyncio.sleep(0.1)


def run_endurance(network, folder, options):
    """Do it; an AssertionError says what was wrong. Returns a line of figures."""
    folder = pathlib.Path(folder)
    plugin, environment, wrapper = built(options.build)
    clients = load_clients.LoadClients(load_clients.write_frames(folder / "frames", [FRAME]))
    began = time.monotonic()
    with private_janus.PrivateJanus(network, folder / "janus", plugin, LOST_SECONDS,
                                    environment=environment, wrapper=wrapper) as janus:
        try:
            memory, dropped, busy = network.run(endure(janus, clients, options), None)
            janus.process.send(signal.SIGTERM)
            status = janus.process.wait(LEAVE_SECONDS)
        finally:
            assert not complaints(janus.process.log()), "\n".join(complaints(janus.process.log()))
    assert status == 0, f"Janus left with {status}: {janus.process.log()[-3000:]}"
    # A sanitizer keeps what was freed for a while, and says itself what leaked.
    assert options.build != "plain" or memory[-1] < memory[0] * MOST_GROWTH, (
        f"Janus grew: {memory} MB")
    return (f"{options.calls} calls with {options.loss:.0%} loss ({options.build}) for "
            f"{time.monotonic() - began:.0f} s: Janus had {memory[0]:.1f} MB at first and "
            f"{memory[-1]:.1f} MB at the end, {sum(busy) / len(busy):.0f} % of a core, "
            f"{max(dropped):.3%} dropped at most")


def read_options(words=None):
    """Of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--calls", type=int, help=f"default: by the build, {CALLS}")
    parser.add_argument("--loss", type=float, default=0.05)
    parser.add_argument("--build", default="plain", choices=CALLS)
    options = parser.parse_args(words)
    options.calls = options.calls or CALLS[options.build]
    return options


def main():
    """Run it as a program."""
    options = read_options()
    with namespace.Namespace() as network, tempfile.TemporaryDirectory() as folder:
        print(run_endurance(network, folder, options))


if __name__ == "__main__":
    main()
