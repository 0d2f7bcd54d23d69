"""fcm - Firebase Cloud Messaging and Google's token endpoint: verifies assertions, access tokens and
messages, and gives the answers that the test wants"""
import json
import queue
import secrets
import time
import urllib.parse

from push.lib import jws
from push.lib.h2_server import Answer, H2Server

PROJECT, EMAIL, KEY_ID = "trial-project", "dapi@trial-project.iam.gserviceaccount.com", "0a1b2c3d"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TYPE = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


class Message:
    """One that arrived."""

    def __init__(self, request):
        self.at = time.time()
        self.access = request.headers["authorization"].removeprefix("Bearer ")
        self.message = json.loads(request.body)["message"]
        self.token = self.message["token"]
        self.size = len(request.body)


def refusal(status, status_name, code=None, names_token=False, **more):
    """An error as Google writes it."""
    details = [{"@type": TYPE, "errorCode": code}] if code else []
    if names_token:
        details.append({"@type": BAD_REQUEST, "fieldViolations": [
            {"field": "message.token", "description": "Invalid registration token"}]})
    error = {"code": status, "message": "no", "status": status_name, "details": details}
    return Answer(status, json.dumps({"error": error}).encode(), **more)


class Fcm(H2Server):
    """`behave(message)` and `grant(number)` decide; None is success."""

    def __init__(self, authority, public_key, port=0):
        super().__init__(authority, "fcm", port)
        self.public_key = public_key
        self.behave = lambda message: None
        self.grant = lambda number: None
        self.grants = []  # access tokens
        self.seconds = 3600
        self.messages = []
        self.arrived = queue.Queue()
        self.problems = []

    def credentials(self, pem):
        """The service account's JSON."""
        return {"type": "service_account", "project_id": PROJECT, "private_key_id": KEY_ID,
                "private_key": pem, "client_email": EMAIL, "client_id": "1",
                "token_uri": self.url + "/token"}

    def handle(self, request):
        try:
            if request.path == "/token":
                return self._give_access(request)
            return self._take(request)
        except Exception as problem:  # whatever it is, the test must see it
            self.problems.append(repr(problem))
            return Answer(400, b"{}")

    def _give_access(self, request):
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        form = dict(urllib.parse.parse_qsl(request.body.decode(), strict_parsing=True))
        assert set(form) == {"grant_type", "assertion"} and form["grant_type"] == GRANT
        header, claims = jws.read(form["assertion"], self.public_key, "RS256")
        assert header == {"alg": "RS256", "typ": "JWT", "kid": KEY_ID}
        assert set(claims) == {"iss", "scope", "aud", "iat", "exp"}
        assert claims["iss"] == EMAIL and claims["scope"] == SCOPE
        assert claims["aud"] == self.url + "/token"
        assert claims["exp"] - claims["iat"] <= 3600 and abs(claims["iat"] - time.time()) < 60
        self.grants.append(secrets.token_urlsafe(60))
        answer = {"access_token": self.grants[-1], "expires_in": self.seconds,
                  "token_type": "Bearer"}
        return self.grant(len(self.grants)) or Answer(200, json.dumps(answer).encode())

    def _take(self, request):
        assert request.path == f"/v1/projects/{PROJECT}/messages:send"
        assert request.headers["content-type"] == "application/json"
        message = Message(request)
        assert message.access == self.grants[-1], "not the access token that was given last"
        assert message.size <= 4096
        assert all(isinstance(value, str) for value in message.message["data"].values())
        self.messages.append(message)
        self.arrived.put(message)
        return self.behave(message) or Answer(200, b'{"name":"projects/x/messages/1"}')

    def next(self, within=10):
        """The next message that arrives."""
        return self.arrived.get(timeout=within)
