"""rooms - what Janus has in it: asked anew each time, for it may have been started again"""
import contextlib
import json
import secrets
import urllib.request

from lib.waiting import eventually

CLOSE_SECONDS = 3  # from the end of a channel until its room is gone
LOST_SECONDS = 3  # until Janus, as these tests set it, takes a silent party for lost
LONGEST_WAIT_SECONDS = 5


def rooms_of(janus):
    """All rooms by their channels."""
    with contextlib.closing(janus.handle()) as handle:
        return {room["room"]: room for room in handle.ask("list")["list"]}


def uids_in(janus, channel):
    """The parties whose media is up."""
    room = rooms_of(janus).get(channel, {"parties": []})
    return {party["id"] for party in room["parties"] if party["up"]}


def owners_in(janus):
    """The sessions on which connections hang."""
    return {int(party["owner"]) for room in rooms_of(janus).values() for party in room["parties"]}


def robots_in(janus):
    """How many packets came of each robot: by (channel, robot)."""
    return {(channel, room["robot"]): room["robot_packets"]
            for channel, room in rooms_of(janus).items() if room["robot"]}


def await_robots_play(janus, channels, within):
    """Return when the robot of each channel goes on sending."""
    before = robots_in(janus)

    def all_play():
        now = robots_in(janus).items()
        return {robot[0] for robot, sent in now if sent > before.get(robot, 0)} >= set(channels)
    eventually(all_play, within, every=0.1)


def await_no_room(janus, within=CLOSE_SECONDS):
    """Return when Janus has none, nor any robot."""
    eventually(lambda: not rooms_of(janus), within, every=0.1)


def has_session(janus, number):
    """Janus knows a session of this number. It lives on for a while by being asked."""
    body = {"janus": "keepalive", "transaction": secrets.token_hex(6),
            "apisecret": (janus.folder / "janus" / "secret").read_text().strip()}
    request = urllib.request.Request(f"{janus.settings['DAPI_JANUS']}/{number}",
                                     json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=LONGEST_WAIT_SECONDS) as answer:
        return json.load(answer)["janus"] == "ack"
