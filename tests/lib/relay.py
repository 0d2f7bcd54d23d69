"""relay - a TCP port that passes everything on to another, until it is cut"""
import contextlib
import selectors
import socket
import threading


class Relay:
    """From `with` to its end, of 127.0.0.1. `passed` is what went through, both ways."""

    def __init__(self, port):
        self._to = port
        self._selector = selectors.DefaultSelector()
        self._pairs = {}  # each end's other
        self._is_open = True
        self.passed = bytearray()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._selector.register(self._server, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run)

    @property
    def port(self):
        """Where it listens."""
        return self._server.getsockname()[1]

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()
        self.cut()
        self._server.close()
        self._selector.close()

    def cut(self):
        """End all connections, and every new one at once."""
        with self._lock:
            self._is_open = False
            for end in list(self._pairs):
                self._close(end)

    def mend(self):
        """Pass on again."""
        with self._lock:
            self._is_open = True

    def _run(self):
        while not self._ended.is_set():
            for key, _ in self._selector.select(0.05):
                with self._lock:
                    if key.fileobj is self._server:
                        self._accept()
                    elif key.fileobj in self._pairs:
                        self._pass_on(key.fileobj)

    def _accept(self):
        end, _ = self._server.accept()
        try:
            other = self._is_open and socket.create_connection(("127.0.0.1", self._to))
        except OSError:  # who is there does not listen yet
            other = None
        if not other:
            end.close()
            return
        self._pairs |= {end: other, other: end}
        self._selector.register(end, selectors.EVENT_READ)
        self._selector.register(other, selectors.EVENT_READ)

    def _pass_on(self, end):
        try:
            data = end.recv(65536)
            self._pairs[end].sendall(data)
            self.passed += data
        except OSError:
            data = b""
        if not data:
            self._close(end)

    def _close(self, end):
        other = self._pairs.pop(end, None)
        if other is None:
            return
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(end)
        end.close()
        self._close(other)
