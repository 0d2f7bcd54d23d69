"""hooks - a receiver of webhooks over TLS, which checks signatures as Standard Webhooks describes"""
import base64
import hashlib
import hmac
import http.server
import json
import queue
import ssl
import threading
import time


def new_secret(seed):
    """whsec_ and 32 bytes in base64."""
    return "whsec_" + base64.b64encode(hashlib.sha256(seed.encode()).digest()).decode()


def signature_of(secret, identity, timestamp, body):
    """By the specification: of `id.timestamp.body`, with what stands after whsec_ in base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{identity}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


class Hook:
    """One that arrived."""

    def __init__(self, handler):
        self.at = time.time()
        self.path = handler.path
        self.headers = handler.headers
        self.id = handler.headers["webhook-id"]
        self.timestamp = handler.headers["webhook-timestamp"]
        self.signatures = handler.headers["webhook-signature"].split(" ")
        self.raw = handler.rfile.read(int(handler.headers["content-length"]))
        self.body = json.loads(self.raw)
        self.type = self.body["type"]
        self.number = self.body["data"]["number"]
        self.call = self.body["data"]["call"]

    def is_signed_by(self, secret):
        """And now, so that nobody can repeat it later."""
        return (abs(int(self.timestamp) - time.time()) < 60
                and signature_of(secret, self.id, self.timestamp, self.raw) in self.signatures)


class Receiver:
    """`behave(hook)` gives the status, None for 200; it may wait, which holds this request alone."""

    def __init__(self, authority=None, port=0):
        receiver = self
        self.hooks = []
        self.arrived = queue.Queue()
        self.behave = lambda hook: None
        self.extra_headers = {}
        self.in_flight = self.most_in_flight = 0
        self._lock = threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            """Hands each request to the receiver."""
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # the name that http.server wants
                """Any path."""
                status = receiver.take(Hook(self)) or 200
                self.send_response(status)
                for name, value in receiver.extra_headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                """Says nothing."""
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None
        scheme = "http"
        if authority:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*authority.make_server("hooks"))
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True,
                                                      do_handshake_on_connect=False)
            scheme = "https"
        self.port = self._server.server_address[1]
        self.url = f"{scheme}://127.0.0.1:{self.port}/hook"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def take(self, hook):
        """What came in, and the status it gets."""
        with self._lock:
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            self.hooks.append(hook)
        self.arrived.put(hook)
        try:
            return self.behave(hook)
        finally:
            with self._lock:
                self.in_flight -= 1

    def next(self, within=10):
        """The next that arrives."""
        return self.arrived.get(timeout=within)
