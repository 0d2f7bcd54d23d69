"""rig - the services that the model is held against: two gateways, one callsvc whose clock stands"""
import calendar
import dataclasses
import time

from lib.bus import ERRORS
from lib.cluster import APP_ID, CERTIFICATE
from lib.token006 import assert_token
from lib.waiting import eventually

SHANGHAI_SECONDS = 8 * 3600
ROW = ("channel", "status", "_status_label", "call_id", "src_uid", "state", "reason", "created_at",
       "ring_expires_at")
NULLABLE = ("dst_uid", "reason", "ended_by", "answered_at", "ended_at")  # left out on the bus


@dataclasses.dataclass
class Step:
    """A verb as one client asks it of one gateway."""
    verb: str
    asked: dict
    gateway: int = 0

    def __str__(self):
        fields = ", ".join(f"{name}={value!r}" for name, value in self.asked.items())
        return f"{self.verb}({fields}) at gateway {self.gateway}"


def in_ms(text):
    """RFC 3339 in UTC, with milliseconds."""
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) * 1000 + int(text[20:23])


def in_text(ms):
    """The opposite."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + f".{ms % 1000:03}Z"


def with_times(fields):
    """Every time as a number."""
    return {name: in_ms(value) if name.endswith("_at") and value else value
            for name, value in fields.items()}


def take_token(entry):
    """An entry without what tokensvc gave, which must be right."""
    token = assert_token(entry.pop("token"), APP_ID, CERTIFICATE, entry["channel"], entry["uid"])
    assert entry.pop("appID") == APP_ID
    assert set(token.privileges.values()) == {entry["token_expires_at"] // 1000}


def seen_on_bus(reply):
    """The same of a `call`, or an error, that callsvc says to robotsvc."""
    if reply.error:
        code = next(code for code, number in ERRORS.items() if number == reply.error)
        return {"not_a_party": 403, "call_not_found": 404}.get(code, 409), code
    return 200, {**dict.fromkeys(NULLABLE), **reply.body}


def row_of(call):
    """The row of call/msg that shows a call of the model, but for its numbers."""
    created = time.gmtime(call["created_at"] / 1000 + SHANGHAI_SECONDS)
    uid = call["dst_uid"]
    return {**{name: call[name] for name in ROW}, "uid": int(uid) if uid.isdecimal() else uid,
            "createtime": time.strftime("%Y-%m-%d %H:%M:%S", created)}


def take_numbers(rows):
    """Rows without their small numbers, which must fall."""
    numbers = [row.pop("id") for row in rows]
    assert numbers == [row.pop("pk") for row in rows] == sorted(set(numbers), reverse=True)


def seen(answer):
    """(200, data) or (status, code): what the model can know of an answer."""
    if answer.status != 200:
        return answer.status, answer.error["code"]
    data = answer.data
    if isinstance(data, list):
        data = [with_times(row) for row in data]
        if data and "id" in data[0]:
            take_numbers(data)
        return 200, data
    data = with_times(data)
    if "token" in data:
        take_token(data)
    if answer.headers.get("Idempotent-Replayed") == "true":
        data["replayed"] = True
    return 200, data


def minted(outcome):
    """(channel, call_id) of a call in an outcome of `seen`, for the model."""
    data = outcome[1]
    return (data["channel"], data["call_id"]) if isinstance(data, dict) else None


def foretold(model, step, outcome):
    """What the model says to the step; its calls take their names from the outcome."""
    status, data = model.ask(step.verb, minted(outcome), **step.asked)
    return status, [row_of(call) for call in data] if step.verb == "call/msg" else data


def stream(events):
    """What a listener heard, or the model says that it hears, as (at, type, call).

    The order of what happens to different calls in the same second of the clock is anybody's."""
    return sorted(events, key=lambda event: (event[0], event[2]["channel"]))


def heard_by(member):
    """The stream of a listener; its numbers must rise."""
    numbers = [event["seq"] for event in member.heard]
    assert numbers == sorted(set(numbers)), numbers
    return stream((in_ms(event["at"]), event["type"], with_times(event["call"]))
                  for event in list(member.heard))


class Rig:
    """Steps are asked of the gateways; time passes when it is told to."""
    hear_seconds = 10  # for all that was told to be heard

    def __init__(self, clock, cluster, clients, crowd, bus):
        self.clock = clock
        self._bus = bus
        self.clients = clients
        self.crowd = crowd
        self._cluster = cluster

    def kill_callsvc(self):
        """And start it again: what was answered is on disk, and all else is made again from it."""
        self._cluster["callsvc"].kill()
        self._cluster.start("callsvc")

    def await_stream(self, members, models):
        """Those of the models that say of each uid what its listener hears, once there are any."""
        def agreeing():
            return [model for model in models if all(
                len(member.heard) == len(model.told[member.uid]) and
                heard_by(member) == stream(model.told[member.uid]) for member in members)]
        try:
            return eventually(agreeing, within=self.hear_seconds, every=0.002)
        except AssertionError:
            return []

    def _prepare(self, step):
        client, fields = self.clients[step.gateway], dict(step.asked)
        if step.verb == "call/show":
            return client.prepare("GET", f"/dapi/call/{fields['channel']}", {"uid": fields["uid"]})
        headers = {"Idempotency-Key": fields.pop("key")} if "key" in fields else {}
        if "before" in fields:
            fields["before"] = in_text(fields["before"])
        return client.prepare("POST", "/dapi/" + step.verb, headers=headers, json=fields)

    def ask(self, step):
        """The step's outcome."""
        if step.verb.startswith("robot/"):
            return seen_on_bus(self._bus.ask(step.verb.replace("/", "_"), step.asked))
        return self.race([step])[0]

    def race(self, steps):
        """The outcomes of steps that are all on their way before the first answer is read."""
        questions = [self._prepare(step) for step in steps]
        for question in questions:
            question.send()
        return [seen(question.answer()) for question in questions]

    def advance(self, seconds):
        """Return once whatever is due has happened: it does with the next request, or after it."""
        self.clock.advance(seconds)
        for _ in range(2):
            self.clients[0].messages("1")
