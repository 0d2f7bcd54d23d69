"""janus - Janus' HTTP interface with the run's own secrets, and a participant that listens

The listener is plain RTP: it gets the room's mix as Opus and sends silence, from which Janus sees
that its media is up.
"""
import json
import secrets
import socket
import struct
import threading
import time
import urllib.request

from lib import opus

PAYLOAD_TYPE = 111
RTP_HEADER = struct.Struct(">BBHII")
LONGEST_WAIT_SECONDS = 5


class JanusHandle:
    """A session with an AudioBridge handle."""

    def __init__(self, url, api_secret, admin_key):
        self._url = url
        self._api_secret = api_secret
        self._admin_key = admin_key
        self._session = f"/{self._post('', janus='create')['data']['id']}"
        attached = self._post(self._session, janus="attach", plugin="janus.plugin.audiobridge")
        self._handle = f"{self._session}/{attached['data']['id']}"

    def close(self):
        """The participant leaves with its session."""
        self._post(self._session, janus="destroy")

    def _post(self, path, **body):
        body |= {"transaction": secrets.token_hex(6), "apisecret": self._api_secret}
        request = urllib.request.Request(self._url + path, json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=LONGEST_WAIT_SECONDS) as answer:
            return json.load(answer)

    def ask(self, request, **body):
        """What AudioBridge answers at once. Rooms have the admin key as their secret, too."""
        body |= {"request": request, "admin_key": self._admin_key, "secret": self._admin_key}
        return self._post(self._handle, janus="message", body=body)["plugindata"]["data"]

    def join(self, room, **body):
        """What AudioBridge says when it has let the participant in, with a token for the room."""
        token = secrets.token_hex(12)
        self.ask("allowed", action="add", room=room, allowed=[token])
        self._post(self._handle, janus="message",
                   body={"request": "join", "room": room, "token": token, **body})
        deadline = time.monotonic() + LONGEST_WAIT_SECONDS
        while time.monotonic() < deadline:
            for event in self._events():
                data = event.get("plugindata", {}).get("data", {})
                assert "error" not in data, data
                if data.get("audiobridge") == "joined" and "rtp" in data:
                    return data
        raise AssertionError("Janus did not let the listener in")

    def _events(self):
        url = f"{self._url}{self._session}?maxev=10&apisecret={self._api_secret}"
        with urllib.request.urlopen(url, timeout=LONGEST_WAIT_SECONDS) as answer:
            return json.load(answer)

    def participants(self, room):
        """Who is in the room; None if there is no such room."""
        answer = self.ask("listparticipants", room=room)
        return answer.get("participants")


class Listener:
    """In the room, and recording, from `with` to its end."""

    def __init__(self, handle, room):
        self._handle = handle
        self._room = room
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.02)
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send), threading.Thread(target=self._hear)]
        self._packets = []  # (when it came, sequence number, Opus)

    def __enter__(self):
        host, port = self._socket.getsockname()
        joined = self._handle.join(
            self._room, id=f"listener-{secrets.token_hex(4)}",
            rtp={"ip": host, "port": port, "payload_type": PAYLOAD_TYPE})
        self._socket.connect((joined["rtp"]["ip"], joined["rtp"]["port"]))
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._socket.close()
        self._handle.close()

    def _send(self):
        """Silence, a frame every 20 ms."""
        number = 0
        while not self._stop.wait(0.02):
            header = RTP_HEADER.pack(0x80, PAYLOAD_TYPE, number & 0xffff, number * opus.FRAME, 4711)
            self._send_packet(header + opus.SILENCE)
            number += 1

    def _send_packet(self, packet):
        try:
            self._socket.send(packet)
        except ConnectionRefusedError:
            pass  # the room is gone

    def _hear(self):
        while not self._stop.is_set():
            try:
                packet = self._socket.recv(2048)
            except (TimeoutError, ConnectionRefusedError):
                continue
            _, _, number, _, _ = RTP_HEADER.unpack_from(packet)
            self._packets.append((time.monotonic(), number, packet[RTP_HEADER.size:]))

    def heard(self, since=0.0):
        """The samples that came after that time (time.monotonic)."""
        packets = list(self._packets)
        return opus.decode_all([opus_packet for at, _, opus_packet in packets if at >= since])
