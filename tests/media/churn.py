#!/usr/bin/python3
"""churn - parties and robots that come and go as they please, against the plugin under a sanitizer

    churn.py [--steps 1000] [--seed N] [--build asan|leak|thread|plain]

Each step makes a room with a robot that never stops, lets two clients join it, and ends that in one
of the ways of ENDINGS, often while a join is still under way. Afterwards there must be no report, no
crash, no room and no handle, and Janus must not have grown.
"""
import argparse
import asyncio
import contextlib
import pathlib
import random
import secrets
import signal
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position
from lib import processes
from media.lib import load_clients, namespace, private_janus
from media.lib.bridge import Bridge
from media.lib.janus_api import Refused, Session
from media.lib.many_calls import memory_of
from media.lib.robot import Robot

WORKERS = 8
LOST_SECONDS = 2
ROBOT_PAUSE_SECONDS = 0.005  # 200 packets a second: twice what it may
FRAME = bytes([0xfc]) + bytes(79)
TALK_SECONDS = 0.2
RACE_SECONDS = 0.03  # a join takes about so long
PATIENCE_SECONDS = 3  # with a join whose handle may be gone: nothing tells of that
STEP_SECONDS = 30
TIDY_SECONDS = 30
LEAVE_SECONDS = 60
CORE_TIMER_SECONDS = 2  # end_session takes effect within one
MOST_GROWTH = 1.25  # of Janus' memory, after the first third of the steps …
FLAT_FROM_STEPS = 300  # … if there are so many that its caches are full by then
CHECKED = processes.BUILD / "check" / "libjanus_dapi.so"
THREADED = processes.BUILD / "thread" / "libjanus_dapi.so"
RAN_INTO = (Refused, asyncio.TimeoutError)  # what may meet a request whose handle is ending


class Scene:
    """A room of its own with a robot in it, and a session from which clients join."""

    def __init__(self, world, dice):
        self.world = world
        self.dice = dice
        self.session = Session(world.janus)
        self.room = f"ch_{secrets.token_hex(5)}"
        self.clients = []
        self._robot = Robot()
        self._plays = None

    async def __aenter__(self):
        await self.session.__aenter__()
        for uid in "AB":
            await self.world.bridge.ask("permit", room=self.room, id=uid, token=f"token-{uid}")
        await self._robot.enter(self.world.bridge.session, self.world.bridge.handle, self.room,
                                "robot")
        self._plays = asyncio.create_task(self._play())
        return self

    async def __aexit__(self, *_):
        """The session goes with whatever is still in it; the robot plays on through that."""
        await self.session.__aexit__()
        with contextlib.suppress(Refused):
            await self.world.bridge.ask("destroy", room=self.room)
        self._plays.cancel()
        await asyncio.gather(self._plays, return_exceptions=True)
        self._robot.close()
        for client in self.clients:
            client.kill()

    async def _play(self):
        while True:
            self._robot.send(FRAME)
            await asyncio.sleep(ROBOT_PAUSE_SECONDS)

    async def attach(self, uid):
        """A client that has a handle and nothing else."""
        client = await self.world.clients.open()
        self.clients.append(client)
        client.uid = uid
        client.handle = await self.session.attach()
        return client

    async def join(self, client, token=None, **names):
        """Into the room; it may be refused, or never be answered."""
        with contextlib.suppress(*RAN_INTO):
            _, answer = await asyncio.wait_for(self.session.ask(
                client.handle, "join", client.offer(self.dice.choice((1, 2))), room=self.room,
                id=client.uid, token=token or f"token-{client.uid}", **names), PATIENCE_SECONDS)
            client.connect(answer)

    async def enter(self, uid, **names):
        """A new client joins."""
        client = await self.attach(uid)
        await self.join(client, **names)
        return client

    async def talk(self):
        """For a while."""
        await asyncio.sleep(self.dice.uniform(0, TALK_SECONDS))

    async def beat(self):
        """Somewhere within a join."""
        await asyncio.sleep(self.dice.uniform(0, RACE_SECONDS))


async def destroy_room(scene, _client):
    await scene.world.bridge.ask("destroy", room=scene.room)


async def detach(scene, client):
    await scene.session.detach(client.handle)


async def hang_up(scene, client):
    await scene.session.hang_up(client.handle)


async def say_goodbye(_scene, client):
    client.close()


async def kick(scene, client):
    await scene.world.bridge.ask("kick", room=scene.room, id=client.uid)


async def join_again(scene, client):
    await scene.enter(client.uid, leg="again")


async def take_robot_away(scene, _client):
    await scene.world.bridge.ask("unrobot", room=scene.room, id="robot")


async def end_session(scene, _client):
    await scene.session.destroy()


# Ways to end a connection or a room; more than one may be chosen, at once or after each other.
ENDINGS = (destroy_room, detach, hang_up, say_goodbye, kick, join_again, take_robot_away,
           end_session)


async def run_into(ending, scene, client):
    """It may come too late."""
    with contextlib.suppress(*RAN_INTO):
        await ending(scene, client)


async def end_a_call(scene):
    """Both talk; then it ends, in one way or in several at once."""
    clients = await asyncio.gather(scene.enter("A"), scene.enter("B"))
    await scene.talk()
    endings = scene.dice.sample(ENDINGS, scene.dice.randint(1, 3))
    await asyncio.gather(*(run_into(e, scene, scene.dice.choice(clients)) for e in endings))
    await scene.talk()


async def race_a_join(scene):
    """One talks; the other's join meets an end of something."""
    await scene.enter("A")
    client = await scene.attach("B")

    async def meet():
        await scene.beat()
        await run_into(scene.dice.choice(ENDINGS), scene, client)
    await asyncio.gather(scene.join(client), meet())
    await scene.talk()


async def join_all_at_once(scene):
    """More connections than seats, of the same two."""
    await asyncio.gather(*(scene.enter(uid, leg=str(i)) for i in range(3) for uid in "AB"))
    await scene.talk()


async def abandon_an_offer(scene):
    """The answer is not followed, nor is the refusal."""
    for token in (None, "wrong"):
        client = await scene.attach("A")
        await scene.join(client, token)
        client.kill()
    await scene.talk()


async def die_silently(scene):
    """Nothing tells Janus of it: the plugin must find out."""
    clients = await asyncio.gather(scene.enter("A"), scene.enter("B"))
    await scene.talk()
    seen = scene.world.bridge.seen()
    for client in clients:
        client.kill()
    await asyncio.gather(*(scene.world.bridge.told("lost", uid, seen, room=scene.room)
                           for uid in "AB"))


async def ask_while_it_goes(scene):
    """Messages meet the end of their handle."""
    client = await scene.enter("A")

    async def ask(request):
        with contextlib.suppress(*RAN_INTO):
            await scene.session.ask(client.handle, request)
    asked = [ask(scene.dice.choice(("list", "watch", "nonsense"))) for _ in range(40)]
    await asyncio.gather(*asked[:20], run_into(scene.dice.choice(ENDINGS), scene, client),
                         *asked[20:])


STEPS = (end_a_call, end_a_call, end_a_call, race_a_join, race_a_join, race_a_join,
         join_all_at_once, abandon_an_offer, die_silently, ask_while_it_goes)


class World:
    """Janus with the plugin, a process of clients, and how much has been done to it."""

    def __init__(self, janus, frames):
        self.janus = janus
        self.bridge = Bridge(janus)
        self.clients = load_clients.LoadClients(frames)
        self.done = 0
        self.memory_early = None

    async def run(self, steps, seed):
        """All the steps, several at a time; what is left must go by itself."""
        async with self.clients, self.bridge:
            async with asyncio.TaskGroup() as workers:
                for number in range(WORKERS):
                    workers.create_task(self._work(steps, random.Random(f"{seed}-{number}")))
            await asyncio.wait_for(self._tidy(), TIDY_SECONDS)
        return self.memory_early, memory_of(self.janus.process.pid)

    async def _work(self, steps, dice):
        while self.done < steps:
            self.done += 1
            if self.done == steps // 3:
                self.memory_early = memory_of(self.janus.process.pid)
            step = dice.choice(STEPS)
            assert self.janus.process.is_alive(), "Janus has ended"
            async with Scene(self, dice) as scene:
                await asyncio.wait_for(step(scene), STEP_SECONDS)

    async def _tidy(self):
        while await self.bridge.rooms() or await self.bridge.session.handles() != [
                self.bridge.handle]:
            await asyncio.sleep(0.1)
        # Handles of sessions that are gone: the core forgets those that its timer has not reached.
        await asyncio.sleep(CORE_TIMER_SECONDS)


def built(build):
    """(the plugin, the environment of Janus, what runs it) for a build."""
    address = ":".join(map(private_janus.library, ("libasan.so", "libubsan.so")))
    options = "exitcode=66:quarantine_size_mb=8:detect_leaks="
    threads = "exitcode=66:ignore_noninstrumented_modules=1"
    return {
        "plain": (private_janus.BRIDGE, {}, ()),
        "asan": (CHECKED, {"LD_PRELOAD": address, "ASAN_OPTIONS": f"{options}0"}, ()),
        "leak": (CHECKED, {"LD_PRELOAD": address,
                           "ASAN_OPTIONS": f"{options}1:fast_unwind_on_malloc=0:malloc_context_size=12",
                           # What the core itself leaks when a request is under way as it ends is not
                           # ours: complaints() looks for the plugin's own.
                           "LSAN_OPTIONS": "exitcode=0"}, ()),
        # ThreadSanitizer needs the addresses of memory where it expects them.
        "thread": (THREADED, {"LD_PRELOAD": private_janus.library("libtsan.so"),
                              "TSAN_OPTIONS": threads}, ("setarch", "-R")),
    }[build]


def complaints(log):
    """What a sanitizer said; of leaks, only those of the plugin."""
    return [report for report in log.split("\n\n") if any(
        sign in report for sign in ("ERROR: AddressSanitizer", "runtime error:",
                                    "WARNING: ThreadSanitizer"))
            or "leak of" in report and "robotsvc/bridge" in report]


def run_churn(network, folder, steps, seed, build="asan"):
    """Do it; an AssertionError says what was wrong. Returns a line of figures."""
    folder = pathlib.Path(folder)
    plugin, environment, wrapper = built(build)
    frames = load_clients.write_frames(folder / "frames", [FRAME])
    began = time.monotonic()
    with private_janus.PrivateJanus(network, folder / "janus", plugin, LOST_SECONDS,
                                    environment=environment, wrapper=wrapper) as janus:
        try:
            early, late = network.run(World(janus, frames).run(steps, seed), None)
            janus.process.send(signal.SIGTERM)
            status = janus.process.wait(LEAVE_SECONDS)
        finally:
            assert not complaints(janus.process.log()), "\n".join(complaints(janus.process.log()))
    assert status == 0, f"Janus left with {status}: {janus.process.log()[-3000:]}"
    assert steps < FLAT_FROM_STEPS or late < early * MOST_GROWTH, (
        f"Janus grew from {early:.0f} to {late:.0f} MB")
    return (f"{steps} steps ({build}, seed {seed}) in {time.monotonic() - began:.0f} s: "
            f"Janus had {early:.0f} MB after a third and {late:.0f} MB at the end")


def main():
    """Run it as a program."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seed", default=secrets.token_hex(4))
    parser.add_argument("--build", default="asan", choices=("asan", "leak", "thread", "plain"))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with namespace.Namespace() as network, tempfile.TemporaryDirectory() as folder:
        print(run_churn(network, folder, options.steps, options.seed, options.build))


if __name__ == "__main__":
    main()
