"""h2_server - an HTTP/2 server with TLS whose answers the test decides, a thread a connection"""
import socket
import ssl
import threading

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings


class Answer:
    """What a request gets. `delay` holds it back by seconds; HANG, CLOSE, GOAWAY, RESET are further ones."""

    def __init__(self, status, body=b"", headers=(), delay=0):
        self.status = status
        self.body = body
        self.headers = headers
        self.delay = delay


HANG = "hang"      # no answer, ever
CLOSE = "close"    # the connection ends, without a word
GOAWAY = "goaway"  # the connection ends, this stream unanswered
LEAVE = "leave"    # this request is answered with 200, and the connection takes no further ones


class Request:
    """A request that has come in whole."""

    def __init__(self, connection, stream, headers):
        self.connection = connection
        self.stream = stream
        self.headers = headers
        self.body = b""

    @property
    def path(self):
        """With its query."""
        return self.headers[":path"]


class Connection:
    """One client: reads, and answers what the server's `handle` says."""

    def __init__(self, server, sock, number):
        self.server = server
        self.number = number
        self.is_accepted = False  # the server's: see apns.py
        self.open = {}            # requests by stream
        self._sock = sock
        self._lock = threading.RLock()
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False,
                                                                        header_encoding="utf-8"))

    def run(self):
        """Until the client leaves."""
        try:
            with self._lock:
                self._h2.local_settings = h2.settings.Settings(
                    client=False, initial_values=self.server.settings)
                self._h2.initiate_connection()
                self._flush()
            while data := self._sock.recv(65536):
                self._receive(data)
        except (OSError, ssl.SSLError, h2.exceptions.ProtocolError):
            pass
        finally:
            self.close()

    def _receive(self, data):
        with self._lock:
            for event in self._h2.receive_data(data):
                self._on_event(event)
            self._flush()

    def _on_event(self, event):
        if isinstance(event, h2.events.RequestReceived):
            request = Request(self, event.stream_id, dict(event.headers))
            request.header_list = event.headers
            self.open[event.stream_id] = request
            self.server.on_begin(self)
        elif isinstance(event, h2.events.DataReceived):
            self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            self.open[event.stream_id].body += event.data
        elif isinstance(event, h2.events.StreamEnded):
            self._answer(self.open[event.stream_id])
        elif isinstance(event, h2.events.StreamReset):
            self.open.pop(event.stream_id, None)

    def _answer(self, request):
        answer = self.server.handle(request)
        if answer == CLOSE:
            self._flush()
            self.close()
        elif answer == GOAWAY:
            self._h2.close_connection(last_stream_id=max(0, request.stream - 2))
            self._flush()
            self.close()
        elif answer == LEAVE:
            self._send(request, Answer(200))
            self._h2.close_connection(last_stream_id=request.stream)
            self._flush()
            self.close()
        elif answer != HANG and answer.delay:
            timer = threading.Timer(answer.delay, self._send_late, (request, answer))
            timer.daemon = True
            timer.start()
        elif answer != HANG:
            self._send(request, answer)

    def _send_late(self, request, answer):
        try:
            with self._lock:
                self._send(request, answer)
                self._flush()
        except (OSError, ssl.SSLError, h2.exceptions.ProtocolError):
            pass

    def _send(self, request, answer):
        if self.open.pop(request.stream, None) is None:
            return
        self.server.on_end(request, answer)
        headers = [(":status", str(answer.status)), *answer.headers]
        self._h2.send_headers(request.stream, headers, end_stream=not answer.body)
        if answer.body:
            self._h2.send_data(request.stream, answer.body, end_stream=True)

    def _flush(self):
        if data := self._h2.data_to_send():
            self._sock.sendall(data)

    def allow_streams(self, count):
        """From now on: of the client, at a time."""
        self._h2.update_settings({h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: count})

    def close(self):
        """Also from another thread."""
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class H2Server:
    """Use it in a with statement; subclasses say what to answer."""

    settings = {h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 1000,
                h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 1 << 20}

    def __init__(self, authority, name, port=0):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*authority.make_server(name))
        self._context.set_alpn_protocols(["h2"])
        self._listener = socket.create_server(("127.0.0.1", port))
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self.connections = []
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listener.close()
        self.close_all()

    def close_all(self):
        """The connections that stand."""
        for connection in list(self.connections):
            connection.close()

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with self._context.wrap_socket(sock, server_side=True) as tls:
                connection = Connection(self, tls, len(self.connections))
                self.connections.append(connection)
                connection.run()
        except (OSError, ssl.SSLError):
            pass

    def on_begin(self, connection):
        """A request's headers are there."""

    def on_end(self, request, answer):
        """It is about to be answered."""

    def handle(self, request):
        """An Answer, or one of the other things."""
        raise NotImplementedError
