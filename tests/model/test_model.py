"""test_model.py - random lives of calls, step by step: every answer is what the model says

A failure prints the fewest steps that lead to it, as a program.
"""
import contextlib
import itertools

import hypothesis
from hypothesis import strategies
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule, run_state_machine_as_test

from model.lib.rig import Step, foretold, heard_by, stream
from model.lib.state_model import Model

PARTIES = strategies.integers(0, 3)
ROLES = ["src_uid", "dst_uid", "third", "fourth"]
PLAYED = strategies.sampled_from(["dst_uid", "dst_uid", "dst_uid", "src_uid", "src_uid", "third"])
DEVICES = strategies.sampled_from(["", "phone", "tablet"])
GATEWAYS = strategies.integers(0, 1)
RING_SECONDS = strategies.sampled_from([5, 60, 180])
KEYS = strategies.sampled_from(["", "", "red", "blue"])  # Idempotency-Keys
ROBOTS = strategies.sampled_from(["robot", "robot", "robot", "other"])
ROBOT_LIVES = strategies.sampled_from([
    [], ["waiting"], ["waiting", "playing"], ["playing"], ["done"], ["failed"], ["playing", "done"],
    ["waiting", "playing", "done"], ["waiting", "failed"], ["waiting", "waiting"]])
PAUSES = strategies.sampled_from([1, 1, 4, 5, 15, 45, 59, 60, 119, 120, 180, 2700, 3600, 4 * 3600,
                                  24 * 3600])
ABSENT = "ch_000000000a"
numbers = itertools.count(1000)  # uids are new in every example


class Enough(BaseException):
    """There is no time for another example: nothing that hypothesis takes for a failure."""


class Lives(RuleBasedStateMachine):
    """Four uids; some are numbers."""
    rig = busy = time_left = None  # set by the tests
    channels = Bundle("channels")

    def __init__(self):
        super().__init__()
        self.model = Model(self.rig.clock.now_ms, self.busy)
        self.uids = [f"{'' if i % 2 else 'u'}{next(numbers)}" for i in range(4)]
        self.listeners = [self.rig.crowd.add(uid) for uid in self.uids]

    def step(self, verb, gateway, **asked):
        """Both must say the same; returns it."""
        step = Step(verb, {name: value for name, value in asked.items() if value}, gateway)
        outcome = self.rig.ask(step)
        told = foretold(self.model, step, outcome)
        self.check(outcome == told, f"{step}:\n{outcome}\nbut the model says\n{told}")
        return outcome

    def check(self, is_right, message):
        """A failure has all the time that it needs to become a short one, by many attempts."""
        if not is_right:
            type(self).time_left = lambda: True
            self.rig.hear_seconds = 1
        assert is_right, message

    @rule(target=channels, src=PARTIES, dst=PARTIES, ring_seconds=RING_SECONDS, key=KEYS,
          gateway=GATEWAYS)
    def call(self, src, dst, ring_seconds, key, gateway):
        """Also to oneself, and to a uid that rings, or is rung by, this one already."""
        status, entry = self.step("call/user", gateway, src_uid=self.uids[src], key=key,
                                  dst_uid=self.uids[dst], ring_seconds=ring_seconds)
        return entry["channel"] if status == 200 else ABSENT

    @rule(target=channels, src=PARTIES, gateway=GATEWAYS)
    def call_anybody(self, src, gateway):
        """Whoever knows the channel may answer."""
        return self.step("call/user", gateway, src_uid=self.uids[src])[1]["channel"]

    def uid_of(self, channel, role):
        """The caller, the callee, or any uid."""
        call = self.model.calls.get(channel, {})
        return call.get(role) or self.uids[ROLES.index(role) % 4]

    def act(self, verb, channel, role, device, gateway):
        """As a party, or as a stranger."""
        uid = self.uid_of(channel, role)
        self.step(verb, gateway, uid=uid, channel=channel, device_id=device)

    @rule(channel=channels, role=PLAYED, device=DEVICES, gateway=GATEWAYS)
    def ring(self, **asked):
        """A device says that it does."""
        self.act("call/ringing", **asked)

    @rule(channel=channels, role=PLAYED, device=DEVICES, gateway=GATEWAYS,
          verb=strategies.sampled_from(["call/recieve", "call/receive"]))
    def answer(self, verb, **asked):
        """Spelt either way."""
        self.act(verb, **asked)

    @rule(channel=channels, role=PLAYED, device=DEVICES, gateway=GATEWAYS)
    def decline(self, **asked):
        """A device does."""
        self.act("call/reject", **asked)

    @rule(channel=channels, role=PLAYED, device=DEVICES, gateway=GATEWAYS)
    def hang_up(self, **asked):
        """Either side."""
        self.act("call/end", **asked)

    @rule(channel=channels, role=PLAYED, gateway=GATEWAYS,
          verb=strategies.sampled_from(["channel/join", "call/show"]))
    def ask(self, channel, role, gateway, verb):
        """For a fresh token, or how the call is."""
        self.step(verb, gateway, uid=self.uid_of(channel, role), channel=channel)

    @rule(channel=channels, role=strategies.none() | PLAYED, robot=ROBOTS, life=ROBOT_LIVES)
    def bring_robot(self, channel, role, robot, life):
        """robotsvc, whom a party or nobody in particular asked, wants to; and says how it goes."""
        self.step("robot/claim", 0, channel=channel, robot_id=robot, audio="tone",
                  uid=role and self.uid_of(channel, role))
        self.update(channel, robot, life)

    @rule(channel=channels, robot=ROBOTS, life=ROBOT_LIVES)
    def update(self, channel, robot, life):
        """The robot says how it goes, one thing after another."""
        for state in life:
            self.step("robot/update", 0, channel=channel, robot_id=robot, robot=state)

    @rule(uid=PARTIES, gateway=GATEWAYS)
    def look(self, uid, gateway):
        """At the calls of the last minute."""
        self.step("call/msg", gateway, uid=self.uids[uid])

    @rule(uid=PARTIES, gateway=GATEWAYS, limit=strategies.integers(1, 3), ago=PAUSES)
    def look_back(self, uid, gateway, limit, ago):
        """At the calls of long ago."""
        self.step("call/history", gateway, uid=self.uids[uid], limit=limit,
                  before=self.model.now - ago * 1000)

    @rule(uid=PARTIES)
    def come_back(self, uid):
        """A listener is cut off, and asks for what it has missed."""
        self.rig.crowd.cut([self.listeners[uid]])

    @rule(chance=strategies.integers(0, 15))
    def crash(self, chance):
        """Now and then callsvc is killed."""
        if chance == 15:
            self.rig.kill_callsvc()

    @rule(seconds=PAUSES)
    def wait(self, seconds):
        """Whatever is due happens, and nothing else."""
        self.rig.advance(seconds)
        self.model.now = self.rig.clock.now_ms
        self.model.expire()
        for uid in range(4):
            self.look(uid, 1)
        for call in self.model.calls.values():
            self.step("channel/join", 0, uid=call["src_uid"], channel=call["channel"])
        self.listen()

    def listen(self):
        """Each uid has heard what the model says, and nothing else."""
        if not self.rig.await_stream(self.listeners, [self.model]):
            for listener in self.listeners:
                heard, told = heard_by(listener), stream(self.model.told[listener.uid])
                self.check(heard == told,
                           f"{listener.uid} heard\n{heard}\nbut the model says\n{told}")

    def teardown(self):
        """How it ended, as everybody sees it."""
        for uid in range(4):
            self.look(uid, 1)
        for call in self.model.calls.values():
            self.step("call/show", 0, uid=call["src_uid"], channel=call["channel"])
        for uid in self.uids:
            self.step("call/history", 0, uid=uid)
        self.listen()
        self.rig.crowd.remove(self.listeners)
        if not type(self).time_left():
            raise Enough


def live(rig, busy, time_left):
    """Run the machine on as many examples as there is time for."""
    machine = type("Lives", (Lives,), {"rig": rig, "busy": busy, "time_left": time_left})
    settings = hypothesis.settings(
        max_examples=10**6, stateful_step_count=50, deadline=None, database=None, print_blob=True,
        suppress_health_check=list(hypothesis.HealthCheck))
    with contextlib.suppress(Enough):
        run_state_machine_as_test(machine, settings=settings)


def test_calls_live_as_the_model_says(rig, time_left):
    live(rig, "allow", time_left)


def test_calls_to_the_busy_live_as_the_model_says(busy_rig, time_left):
    live(busy_rig, "reject", time_left)
