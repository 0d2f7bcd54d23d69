"""state_model - what calls do, in Python: DESIGN's rules once more, written apart from the C

A Model is asked as the API is; its clock is moved by hand, and whatever is due then happens.
Times are milliseconds. It cannot know the channel and call_id of a new call: they are `minted`.
"""
import collections
import copy

STATUS = {"created": (0, "初始化"), "ringing": (1, "响铃中"), "answered": (2, "通话中"),
          "completed": (3, "已结束"), "rejected": (4, "已拒绝"), "cancelled": (5, "已取消"),
          "missed": (6, "未接听"), "busy": (7, "忙线")}
UNANSWERED = {"created", "ringing"}
LIVE = {*UNANSWERED, "answered"}
KEPT_OPEN = {"rejected", "missed"}  # the caller may stay for a robot
RECENT_MS, LINGER_MS, LONGEST_MS, DAY_MS = 60_000, 120_000, 4 * 3600_000, 24 * 3600_000
TOKEN_MS, WARNED_MS = 3600_000, 900_000  # how long a token lives; before its end
PATIENCE_MS = {"joining": 15_000, "waiting": 45_000}  # with a robot
ROBOT_STEPS = {"waiting": {"joining"}, "playing": {"waiting"}, "done": {"playing"},
               "failed": {"joining", "waiting", "playing"}}  # what it says: what it was


class Refusal(Exception):
    """(status, code) instead of an answer."""


def talk_seconds(call):
    """From the answer to the end."""
    is_over = call["answered_at"] and call["ended_at"]
    return (call["ended_at"] - call["answered_at"]) // 1000 if is_over else 0


class Model:
    """calls by channel, oldest first; told: what each uid's listeners have heard."""

    def __init__(self, now, busy="allow"):
        self.now, self.busy = now, busy
        self.calls, self.open, self.device = {}, set(), {}
        self.tokens = {}  # (channel, uid): when the last one ends, while nobody was warned of it
        self.keys = {}  # (uid, key): (fingerprint, channel, when)
        self.robots = {}  # by channel: (robot_id, since when it is what it is)
        self.told = collections.defaultdict(list)
        self._news, self._minted = [], None

    def ask(self, verb, minted=None, **asked):
        """(200, data) or (status, code); of a token it says only when it ends."""
        self._minted = minted or ("?", "?")
        try:
            return 200, getattr(self, "_on_" + verb.rsplit("/", 1)[1])(**asked)
        except Refusal as refusal:
            return refusal.args
        finally:
            self._publish()

    def copy(self):
        """Another in the same state."""
        twin = copy.copy(self)
        twin.calls = {channel: dict(call) for channel, call in self.calls.items()}
        twin.open, twin.device, twin._news = set(self.open), dict(self.device), []
        twin.tokens, twin.keys, twin.robots = map(dict, (self.tokens, self.keys, self.robots))
        twin.told = collections.defaultdict(list, {uid: [*told] for uid, told in self.told.items()})
        return twin

    def state(self):
        """Two models with the same one will never differ."""
        return (tuple(tuple(call.values()) for call in self.calls.values()),
                frozenset(self.open), frozenset(self.device.items()),
                frozenset(self.tokens.items()), frozenset(self.keys.items()),
                tuple((uid, event, call["channel"]) for uid, told in self.told.items()
                      for _, event, call in told))

    def expire(self):
        """What is due by now happens, now: callsvc looks only after its clock has moved."""
        for call in self.calls.values():
            self._lose_patience(call)
            if call["state"] in UNANSWERED and call["ring_expires_at"] <= self.now:
                self._end(call, "missed", "system")
            elif call["state"] == "answered" and call["answered_at"] + LONGEST_MS <= self.now:
                self._end(call, "completed", "system", reason="max_duration")
            elif call["state"] in KEPT_OPEN and self._quiet_until(call) <= self.now:
                self._close(call)
            for uid in (call["src_uid"], call["dst_uid"]):
                ends_at = self.tokens.get((call["channel"], uid))
                if ends_at and ends_at - WARNED_MS <= self.now:
                    self._warn(call, uid)
            self._publish()

    def _lose_patience(self, call):
        _, since = self.robots.get(call["channel"], (None, 0))
        if call["robot"] in PATIENCE_MS and since + PATIENCE_MS[call["robot"]] <= self.now:
            self._set_robot(call, "failed")

    def _quiet_until(self, call):
        _, since = self.robots.get(call["channel"], (None, 0))
        has_robot = call["robot"] in ROBOT_STEPS["failed"]
        return max(call["ended_at"], since) + (LONGEST_MS if has_robot else LINGER_MS)

    def _warn(self, call, uid):
        del self.tokens[call["channel"], uid]
        if call["channel"] in self.open:
            self._news.append((uid, "token.expiring", call))

    def of_party(self, uid):
        """The uid's calls, either way, newest first."""
        return [call for call in reversed(self.calls.values())
                if uid in (call["src_uid"], call["dst_uid"])]

    # What the verbs do.

    def _on_user(self, src_uid, dst_uid="", ring_seconds=60, key=""):
        if src_uid == dst_uid:
            raise Refusal(400, "bad_field")
        fields, channel, at = self.keys.get((src_uid, key), (None, None, 0))
        if key and fields and self.now - at < DAY_MS:
            if fields != (dst_uid, ring_seconds):
                raise Refusal(422, "idempotency_mismatch")
            return self._replay(self.calls[channel], src_uid)
        entry = self._start(src_uid, dst_uid, ring_seconds)
        if key:
            self.keys[src_uid, key] = (dst_uid, ring_seconds), entry["channel"], self.now
        return entry

    def _replay(self, call, uid):
        entry = self._entry(call, uid)
        return {**(entry if call["state"] in LIVE else call), "replayed": True}

    def _start(self, src_uid, dst_uid, ring_seconds):
        for call in self.calls.values():
            parties = (call["src_uid"], call["dst_uid"])
            if call["state"] in UNANSWERED and parties == (src_uid, dst_uid):
                return self._entry(call, src_uid, redial=True)
            if call["state"] in UNANSWERED and parties == (dst_uid, src_uid):
                self._answer(call, src_uid, "")
                return self._entry(call, src_uid, glare=True)
        is_busy = self.busy == "reject" and dst_uid and any(
            call["state"] in LIVE for call in self.of_party(dst_uid))
        return self._entry(self._make(src_uid, dst_uid, ring_seconds, is_busy), src_uid)

    def _make(self, src_uid, dst_uid, ring_seconds, is_busy):
        channel, call_id = self._minted
        if channel in self.calls:
            raise Refusal(0, "a new call must have a channel of its own")
        self.calls[channel] = call = {
            "call_id": call_id, "channel": channel, "src_uid": src_uid, "dst_uid": dst_uid or None,
            "kind": "user", "reason": None, "ended_by": None, "robot": "none",
            "created_at": self.now, "answered_at": None, "ended_at": None,
            "ring_expires_at": self.now + ring_seconds * 1000}
        self.open.add(channel)
        if is_busy:
            self._end(call, "busy", "system")
        else:
            self._set_state(call, "created")
        return call

    def _on_recieve(self, uid, channel, device_id=""):
        call = self._call_to(uid, channel)
        if call["state"] not in LIVE:
            raise Refusal(409, "call_ended")
        if self._has_lost(call, uid, device_id):
            raise Refusal(409, "answered_elsewhere")
        if call["state"] in UNANSWERED:
            self._answer(call, uid, device_id)
        return self._entry(call, uid)

    _on_receive = _on_recieve

    def _end_by(self, call, uid):
        if call["state"] in UNANSWERED:
            if uid == call["src_uid"]:
                self._end(call, "cancelled", "caller")
            else:
                self._end(call, "rejected", "callee")
        elif call["state"] == "answered":
            self._end(call, "completed", "caller" if uid == call["src_uid"] else "callee")
        elif uid == call["src_uid"]:
            self._close(call)

    def _on_end(self, uid, channel, device_id=""):
        call = self._call_of(uid, channel)
        if not self._has_lost(call, uid, device_id):
            self._end_by(call, uid)
        return dict(call)

    def _on_ringing(self, uid, channel, **_):
        call = self._call_to(uid, channel)
        if call["state"] not in LIVE:
            raise Refusal(409, "call_ended")
        if call["state"] == "created":
            self._set_state(call, "ringing")
        return dict(call)

    def _on_reject(self, uid, channel, device_id=""):
        call = self._call_to(uid, channel)
        if self._has_lost(call, uid, device_id):
            raise Refusal(409, "answered_elsewhere")
        if call["state"] == "answered":
            raise Refusal(409, "wrong_state")
        if call["state"] in UNANSWERED:
            call["dst_uid"] = uid
            self._end(call, "rejected", "callee")
        return dict(call)

    def _on_show(self, uid, channel):
        if channel not in self.calls:
            raise Refusal(404, "call_not_found")
        call = self.calls[channel]
        if call["dst_uid"] and uid not in (call["src_uid"], call["dst_uid"]):
            raise Refusal(403, "not_a_party")
        return dict(call)

    def _on_history(self, uid, before=None, limit=50):
        calls = [call for call in self.of_party(uid) if call["state"] not in LIVE and
                 (before is None or call["created_at"] < before)]
        # Never cut between calls of one millisecond: the next page begins before it.
        while limit < len(calls) and calls[limit]["created_at"] == calls[limit - 1]["created_at"]:
            limit += 1
        return [{**call, "talk_seconds": talk_seconds(call)} for call in calls[:limit]]

    def _on_join(self, uid, channel):
        call = self._call_of(uid, channel)
        if channel not in self.open:
            raise Refusal(409, "call_ended")
        return self._entry(call, uid)

    def _on_msg(self, uid):
        return [dict(call) for call in self.of_party(uid) if call["dst_uid"] == uid and
                (call["state"] in LIVE or call["created_at"] > self.now - RECENT_MS)]

    # What robotsvc asks.

    def _on_claim(self, channel, robot_id, uid="", **_):
        call = self._call_of(uid, channel) if uid else self.calls.get(channel)
        if not call:
            raise Refusal(404, "call_not_found")
        if channel not in self.open:
            raise Refusal(409, "call_ended")
        if call["robot"] not in ROBOT_STEPS["failed"]:
            call["robot"] = "joining"
            self.robots[channel] = robot_id, self.now
        return dict(call)

    def _on_update(self, channel, robot_id, robot):
        call = self.calls.get(channel)
        if not call:
            raise Refusal(404, "call_not_found")
        if self.robots.get(channel, ("", 0))[0] != robot_id:
            raise Refusal(409, "wrong_state")
        if call["robot"] != robot:
            if call["robot"] not in ROBOT_STEPS[robot]:
                raise Refusal(409, "wrong_state")
            self._set_robot(call, robot)
            if robot == "done" and call["state"] in KEPT_OPEN:
                self._close(call)
        return dict(call)

    # What they have in common.

    def _entry(self, call, uid, **marks):
        if call["channel"] in self.open:
            self.tokens[call["channel"], uid] = self.now + TOKEN_MS
        return {"channel": call["channel"], "uid": uid, "call_id": call["call_id"],
                "token_expires_at": self.now + TOKEN_MS,
                "ring_expires_at": call["ring_expires_at"], **marks}

    def _call_of(self, uid, channel):
        if channel not in self.calls:
            raise Refusal(404, "call_not_found")
        call = self.calls[channel]
        if uid not in (call["src_uid"], call["dst_uid"]):
            raise Refusal(403, "not_a_party")
        return call

    def _call_to(self, uid, channel):
        call = self.calls.get(channel)
        if call and call["dst_uid"] is None and uid != call["src_uid"]:
            return call
        call = self._call_of(uid, channel)
        if uid == call["src_uid"]:
            raise Refusal(403, "not_a_party")
        return call

    def _has_lost(self, call, uid, device_id):
        winner = self.device.get(call["channel"])
        return bool(uid != call["src_uid"] and device_id and winner and winner != device_id)

    def _answer(self, call, uid, device_id):
        call["dst_uid"] = call["dst_uid"] or uid
        call["answered_at"] = self.now
        self.device[call["channel"]] = device_id
        self._set_state(call, "answered")

    def _end(self, call, state, ended_by, reason=None):
        call.update(reason=reason or state, ended_by=ended_by, ended_at=self.now)
        self._set_state(call, state)
        if state not in KEPT_OPEN:
            self._close(call)

    def _close(self, call):
        self.open.discard(call["channel"])
        if call["robot"] in ROBOT_STEPS["failed"]:
            self._set_robot(call, "done")

    def _set_state(self, call, state):
        call["state"] = state
        call["status"], call["_status_label"] = STATUS[state]
        self._tell(call, f"call.{state}")

    def _set_robot(self, call, robot):
        call["robot"] = robot
        self.robots[call["channel"]] = self.robots[call["channel"]][0], self.now
        self._tell(call, "robot.joined" if robot == "waiting" else f"robot.{robot}")

    def _tell(self, call, event):
        self._news += [(uid, event, call) for uid in (call["src_uid"], call["dst_uid"]) if uid]

    def _publish(self):
        """Each event has the call as it is after all that happened to it at once."""
        for uid, event, call in self._news:
            self.told[uid].append((self.now, event, dict(call)))
        self._news = []
