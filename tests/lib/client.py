"""client - HTTP as a caller sees it: every way of passing parameters, and the answer as it came"""
import contextlib
import http.client
import json
import secrets
import socket
import ssl
import urllib.parse

FORM = "application/x-www-form-urlencoded"
LONGEST_WAIT_SECONDS = 8  # the gateway's own deadline is 5 s: a later answer is a hang


class Answer:
    """Status, headers and body of a response."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"

    @property
    def json(self):
        """The body, which must be JSON and say so."""
        assert self.headers["Content-Type"].startswith("application/json"), self.headers
        return json.loads(self.body)

    @property
    def data(self):
        """What a success carries."""
        assert self.status == 200, self
        answer = self.json
        assert set(answer) == {"success", "data"} and answer["success"] is True, answer
        return answer["data"]

    @property
    def error(self):
        """What a refusal or failure carries, its envelope checked."""
        answer = self.json
        assert set(answer) == {"success", "error", "request_id"}, answer
        assert answer["success"] is False and answer["request_id"], answer
        assert {"code", "message"} <= set(answer["error"]) <= {"code", "message", "field"}, answer
        return answer["error"]


def multipart_body(fields):
    """multipart/form-data of text fields as (content type, bytes)."""
    boundary = secrets.token_hex(12)
    parts = "".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
                    f"{value}\r\n" for name, value in fields.items())
    return f"multipart/form-data; boundary={boundary}", f"{parts}--{boundary}--\r\n".encode()


def encoded_body(values):
    """(content type, bytes) of whichever of json, form, multipart and raw is given."""
    if "json" in values:
        return "application/json", json.dumps(values["json"]).encode()
    if "form" in values:
        return FORM, urllib.parse.urlencode(values["form"]).encode()
    if "multipart" in values:
        return multipart_body(values["multipart"])
    return values.get("type"), values.get("raw", b"")


def trusting():
    """TLS to whoever it is: certificates are looked at by the tests that are about them."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Question:
    """A request on a connection of its own, which stands: to be sent when the test wants it."""

    def __init__(self, connection, request):
        self._request = request
        self._connection = connection
        self._connection.connect()

    def send(self):
        """All of it."""
        try:
            self._connection.request(*self._request)
        except OSError:
            self._connection.close()
            raise

    def answer(self):
        """The end of the connection, too."""
        try:
            response = self._connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            self._connection.close()


class Client:
    """Speaks to one gateway, a connection a request."""

    def __init__(self, url):
        self.url = url
        self.address = urllib.parse.urlsplit(url).netloc
        self._tls = trusting() if url.startswith("https:") else None

    def connect(self):
        """A connection, which the caller closes."""
        if self._tls:
            return http.client.HTTPSConnection(self.address, timeout=LONGEST_WAIT_SECONDS,
                                               context=self._tls)
        return http.client.HTTPConnection(self.address, timeout=LONGEST_WAIT_SECONDS)

    def prepare(self, method, path, query=None, headers=None, **body):
        """A question; body: json=, form=, multipart=, or raw= bytes with type= its type."""
        content_type, content = encoded_body(body)
        if query:
            path += "?" + urllib.parse.urlencode(query)
        headers = dict(headers or {})
        if content_type:
            headers.setdefault("Content-Type", content_type)
        return Question(self.connect(), (method, path, content or None, headers))

    def request(self, method, path, *args, **values):
        """The answer; see prepare."""
        question = self.prepare(method, path, *args, **values)
        question.send()
        return question.answer()

    def post(self, path, *args, **values):
        """POST; see request."""
        return self.request("POST", path, *args, **values)

    def get(self, path, *args, **values):
        """GET; see request."""
        return self.request("GET", path, *args, **values)

    def send(self, text):
        """Raw bytes in, all bytes out until the gateway closes."""
        host, port = self.address.rsplit(":", 1)
        with contextlib.ExitStack() as stack:
            s = stack.enter_context(
                socket.create_connection((host, int(port)), timeout=LONGEST_WAIT_SECONDS))
            if self._tls:
                s = stack.enter_context(self._tls.wrap_socket(s))
            s.sendall(text)
            return b"".join(iter(lambda: s.recv(65536), b""))

    # The verbs that other tests begin with.

    def call(self, src, dst=None, **more):
        """The entry of a call that src makes."""
        fields = {"src_uid": src, **({"dst_uid": dst} if dst else {}), **more}
        return self.post("/dapi/call/user", json=fields).data

    def messages(self, uid):
        """The rows of call/msg."""
        return self.post("/dapi/call/msg", json={"uid": uid}).data

    def recieve(self, uid, channel):
        """The callee's entry."""
        return self.post("/dapi/call/recieve", json={"uid": uid, "channel": channel}).data

    def end(self, uid, channel):
        """The call as it is after hanging up."""
        return self.post("/dapi/call/end", json={"uid": uid, "channel": channel}).data

    def join(self, uid, channel):
        """channel/join, whatever it says."""
        return self.post("/dapi/channel/join", json={"uid": uid, "channel": channel})


def assert_refused(answer, status, code, field=None):
    """An error envelope with exactly this in it."""
    assert answer.status == status, answer
    assert answer.error["code"] == code, answer
    assert answer.error.get("field") == field, answer
