"""apns - Apple's push service as its documents describe it: verifies tokens and headers, allows one
stream until a token was accepted, and gives the answers that the test wants"""
import json
import queue
import re
import time

from h2.settings import SettingCodes

from push.lib import jws
from push.lib.h2_server import Answer, H2Server

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HEADERS = {":method", ":scheme", ":authority", ":path", "authorization", "apns-topic",
           "apns-push-type", "apns-priority", "apns-expiration", "apns-id", "content-type",
           "content-length", "accept", "user-agent"}
MOST_BYTES = {"voip": 5120, "alert": 4096}
KEY_ID, TEAM_ID = "ABC123DEFG", "DEF123GHIJ"


class Push:
    """One that arrived, checked."""

    def __init__(self, request):
        self.at = time.time()
        self.connection = request.connection.number
        self.headers = request.headers
        self.bearer = request.headers.get("authorization", "")
        self.token = request.path.removeprefix("/3/device/")
        self.payload = json.loads(request.body)
        self.size = len(request.body)

    @property
    def id(self):
        """Of the push: the same in every attempt."""
        return self.headers["apns-id"]


def refusal(status, reason, **more):
    """An error as Apple writes it."""
    return Answer(status, json.dumps({"reason": reason, **more}).encode(),
                  [("content-type", "application/json")])


class Apns(H2Server):
    """`behave(push)` decides each answer; None is 200. `says_one`: it also says that it takes one
    stream only until a token was accepted."""

    def __init__(self, authority, public_key, name="apns", behave=None, port=0,
                 says_one=False):
        super().__init__(authority, name, port)
        if says_one:
            self.settings = {**self.settings, SettingCodes.MAX_CONCURRENT_STREAMS: 1}
        self.public_key = public_key
        self.behave = behave or (lambda push: None)
        self.pushes = []
        self.arrived = queue.Queue()
        self.problems = []  # what Apple would not have taken

    def on_begin(self, connection):
        if not connection.is_accepted and len(connection.open) > 1:
            self.problems.append("a second stream before a token was accepted")

    def on_end(self, request, answer):
        if answer.status not in (403, 429) and not request.connection.is_accepted:
            request.connection.is_accepted = True
            request.connection.allow_streams(1000)

    def handle(self, request):
        try:
            push = Push(request)
            self._check(push, request)
        except Exception as problem:  # whatever it is, the test must see it
            self.problems.append(repr(problem))
            return refusal(400, "BadPath")
        self.pushes.append(push)
        self.arrived.put(push)
        return self.behave(push) or Answer(200, b"", [("apns-id", push.id)])

    def _check(self, push, request):
        kind = push.headers["apns-push-type"]
        names = [name for name, _ in request.header_list]
        assert len(names) == len(set(names)), f"twice: {names}"
        assert set(names) <= HEADERS, f"unknown headers: {set(names) - HEADERS}"
        assert push.headers[":method"] == "POST" and push.headers[":scheme"] == "https"
        assert re.fullmatch(r"/3/device/([0-9a-f]{2})+", request.path), request.path
        assert UUID.fullmatch(push.id), push.id
        assert push.headers["apns-priority"] == "10"
        assert re.fullmatch(r"\d+", push.headers["apns-expiration"])
        assert (kind == "voip") == push.headers["apns-topic"].endswith(".voip"), push.headers
        assert kind in MOST_BYTES and push.size <= MOST_BYTES[kind]
        self._check_bearer(push.bearer)

    def _check_bearer(self, bearer):
        scheme, token = bearer.split(" ")
        header, claims = jws.read(token, self.public_key, "ES256")
        assert scheme == "bearer"
        assert header == {"alg": "ES256", "kid": KEY_ID}, header
        assert set(claims) == {"iss", "iat"} and claims["iss"] == TEAM_ID, claims
        assert isinstance(claims["iat"], int) and abs(claims["iat"] - time.time()) < 3600, claims

    def next(self, within=10):
        """The next push that arrives."""
        return self.arrived.get(timeout=within)
