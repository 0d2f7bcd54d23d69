"""The plugin by itself, with real clients: who may come in, what is heard, what is told and left."""
import asyncio

import pytest

from lib import opus
from media.lib.janus_api import Refused, Session
from media.lib.sound import tone_packets
from media.lib.within import with_bridge

A_HERTZ, B_HERTZ, ROBOT_HERTZ, LATER_HERTZ = 700, 1500, 440, 2200
HEARD_SECONDS = 0.5
ROBOT_PACKETS = 100
FRAME_SECONDS = opus.FRAME / opus.RATE
ONE_EAR = ("sendrecv",)
TWO_EARS = ("sendrecv", "recvonly")


async def call_of_two(bridge, a_lines=ONE_EAR, b_lines=ONE_EAR):
    """A and B, connected in a room of their own."""
    room = await bridge.room(A="token-a", B="token-b")
    a = await bridge.client(A_HERTZ, a_lines).join(bridge.session, room, "A", "token-a", leg="a1")
    b = await bridge.client(B_HERTZ, b_lines).join(bridge.session, room, "B", "token-b", leg="b1")
    await asyncio.gather(a.connected(), b.connected())
    await asyncio.gather(bridge.told("up", "A", room=room), bridge.told("up", "B", room=room))
    return room, a, b


async def assert_refused(number, answer):
    """The request is refused with that number."""
    with pytest.raises(Refused) as refused:
        await answer
    assert refused.value.args[0] == number, refused.value


async def eventually(condition, within=10):
    """The first true value of what the coroutine function gives; nothing tells of it."""
    async def look():
        while not (value := await condition()):
            await asyncio.sleep(0.05)
        return value
    return await asyncio.wait_for(look(), within)


async def packets_of(bridge, room):
    """How many of the robot's were taken, and refused."""
    listed = (await bridge.rooms())[room]
    return listed["robot_packets"], listed["robot_refused"]


# What is heard


@with_bridge
async def test_two_parties_hear_each_other(bridge):
    _, a, b = await call_of_two(bridge)
    await asyncio.gather(a.ears[0].hear(B_HERTZ, HEARD_SECONDS),
                         b.ears[0].hear(A_HERTZ, HEARD_SECONDS))


@with_bridge
async def test_a_robot_is_heard_from_its_first_packet(bridge):
    room, a, b = await call_of_two(bridge, a_lines=TWO_EARS)
    robot = await bridge.robot().enter(bridge.session, bridge.handle, room, "robot")
    await robot.play(tone_packets(ROBOT_HERTZ, ROBOT_PACKETS))
    await eventually(lambda: heard_all(a.ears[1]))
    beside = opus.tone_seconds(a.ears[1].samples(), ROBOT_HERTZ)
    instead = opus.tone_seconds(b.ears[0].samples(), ROBOT_HERTZ)
    # A decoder needs a frame to come in, aiortc keeps the last ones back.
    assert beside > (ROBOT_PACKETS - 10) * FRAME_SECONDS
    assert instead > (ROBOT_PACKETS - 10) * FRAME_SECONDS
    assert opus.is_tone(a.ears[1].samples()[opus.FRAME:2 * opus.FRAME], ROBOT_HERTZ)


async def heard_all(ear):
    """But for the packets that aiortc's jitter buffer keeps."""
    return ear.length() >= (ROBOT_PACKETS - 6) * opus.FRAME


@with_bridge
async def test_a_robot_plays_beside_the_peer_or_in_its_place(bridge):
    room, a, b = await call_of_two(bridge, a_lines=TWO_EARS)
    robot = await bridge.robot().enter(bridge.session, bridge.handle, room, "robot")
    plays = asyncio.create_task(robot.play(tone_packets(ROBOT_HERTZ, ROBOT_PACKETS)))
    await asyncio.gather(a.ears[0].hear(B_HERTZ, HEARD_SECONDS),
                         a.ears[1].hear(ROBOT_HERTZ, HEARD_SECONDS),
                         b.ears[0].hear(ROBOT_HERTZ, HEARD_SECONDS))
    await plays
    await b.ears[0].hear(A_HERTZ, HEARD_SECONDS)


@pytest.mark.parametrize("lines, microphone, ears", [
    (("sendonly", "recvonly"), 0, 1),
    (("recvonly", "sendonly"), 1, 1),
    (("video", "sendrecv", "recvonly"), 1, 2),
    (("sendrecv", "video", "sendrecv"), 0, 2),
    (("sendrecv", "recvonly", "recvonly"), 0, 2),
    (("inactive", "sendrecv"), 1, 1),
])
@with_bridge
async def test_m_lines_may_come_in_any_order(bridge, lines, microphone, ears):
    room, a, b = await call_of_two(bridge, a_lines=lines)
    listed = (await bridge.rooms())[room]["parties"]
    assert [p["lines"] for p in listed if p["id"] == "A"] == [ears]
    await b.ears[0].hear(A_HERTZ, HEARD_SECONDS)
    await a.ears[min(a.ears)].hear(B_HERTZ, HEARD_SECONDS)
    directions = [t.currentDirection for t in a.connection.getTransceivers()]
    assert "send" in directions[microphone]
    assert sum("recv" in (d or "") for d in directions) == ears


@with_bridge
async def test_who_only_listens_or_only_speaks_is_no_trouble(bridge):
    _, a, b = await call_of_two(bridge, a_lines=("recvonly",), b_lines=("sendonly",))
    await a.ears[0].hear(B_HERTZ, HEARD_SECONDS)
    assert not b.ears


# Who may come in


@with_bridge
async def test_only_the_permitted_come_in(bridge):
    room = await bridge.room(A="token-a")
    offer = await bridge.client(A_HERTZ).offer()

    async def join(**fields):
        handle = await bridge.session.attach()
        await bridge.session.ask(handle, "join", offer, **{"room": room, "id": "A"} | fields)
    await assert_refused(403, join(token="token-b"))
    await assert_refused(403, join(token="token-"))
    await assert_refused(403, join(token="token-a "))
    await assert_refused(403, join(id="B", token="token-a"))
    await assert_refused(404, join(room="ch_other", token="token-a"))
    await assert_refused(400, join())
    await assert_refused(400, join(token=""))
    await assert_refused(400, join(token="x" * 65))
    await assert_refused(400, join(token="token-a", leg="x" * 65))
    await assert_refused(400, join(token="token-a", owner="x" * 33))


@with_bridge
async def test_two_are_permitted_and_no_third(bridge):
    room = await bridge.room(A="token-a", B="token-b")
    await assert_refused(409, bridge.ask("permit", room=room, id="C", token="token-c"))
    await assert_refused(400, bridge.ask("permit", room=room, id="A"))
    await assert_refused(400, bridge.ask("permit", room="x" * 65, id="A", token="token-a"))
    await assert_refused(400, bridge.ask("fly"))


@with_bridge
async def test_a_new_permission_ends_the_old_one(bridge):
    room = await bridge.room(A="token-long-ago")
    await bridge.ask("permit", room=room, id="A", token="new")
    await assert_refused(403, bridge.client(A_HERTZ).join(bridge.session, room, "A",
                                                          "token-long-ago"))
    await bridge.client(A_HERTZ).join(bridge.session, room, "A", "new")


@pytest.mark.parametrize("offer, number", [
    (None, 400),
    ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n", 465),
    ("no SDP", 465),
])
@with_bridge
async def test_an_offer_without_sound_is_refused(bridge, offer, number):
    room = await bridge.room(A="token-a")
    handle = await bridge.session.attach()
    await assert_refused(number, bridge.session.ask(handle, "join", offer, room=room, id="A",
                                                    token="token-a"))


@pytest.mark.parametrize("change", [
    lambda offer: offer.replace("opus/48000/2", "weird/48000/2"),
    lambda offer: offer.replace("m=audio 9 ", "m=audio 0 ").replace("m=audio ", "m=video "),
    lambda offer: offer.replace("a=sendrecv", "a=inactive"),
])
@with_bridge
async def test_an_offer_without_opus_is_refused(bridge, change):
    room = await bridge.room(A="token-a")
    offer = change(await bridge.client(A_HERTZ).offer())
    handle = await bridge.session.attach()
    await assert_refused(415, bridge.session.ask(handle, "join", offer, room=room, id="A",
                                                 token="token-a"))
    assert (await bridge.rooms())[room]["parties"] == []


@with_bridge
async def test_a_huge_offer_is_answered_or_refused(bridge):
    room = await bridge.room(A="token-a")
    offer = await bridge.client(A_HERTZ).offer()
    handle = await bridge.session.attach()
    huge = offer + "".join(f"m=audio 0 UDP/TLS/RTP/SAVPF 0\r\na=mid:x{i}\r\n" for i in range(1000))
    _, answer = await bridge.session.ask(handle, "join", huge, room=room, id="A", token="token-a")
    assert answer.count("m=audio 0") == 1000


@with_bridge
async def test_a_handle_joins_once(bridge):
    room, a, b = await call_of_two(bridge)
    await assert_refused(409, bridge.session.ask(a.handle, "join", await b.offer(), room=room,
                                                 id="A", token="token-a"))
    await a.ears[0].hear(B_HERTZ, HEARD_SECONDS)


# What ends a connection, and what is told of it


@with_bridge
async def test_a_second_join_takes_over_the_seat(bridge):
    room, a, old_b = await call_of_two(bridge)
    seen = bridge.seen()
    new_b = await bridge.client(LATER_HERTZ).join(bridge.session, room, "B", "token-b", leg="b2",
                                                  owner="here")
    await bridge.told("replaced", "B", seen, leg="b1")
    await bridge.told("joined", "B", seen, leg="b2")
    await asyncio.gather(new_b.connected(), old_b.disconnected())
    await asyncio.gather(a.ears[0].hear(LATER_HERTZ, HEARD_SECONDS),
                         new_b.ears[0].hear(A_HERTZ, HEARD_SECONDS))
    parties = (await bridge.rooms())[room]["parties"]
    assert {(p["id"], p["leg"], p["owner"]) for p in parties} == {("A", "a1", ""),
                                                                ("B", "b2", "here")}
    await handles_are_only(bridge, a, new_b)


async def handles_are_only(bridge, *clients):
    """Janus has no others than theirs and the watcher's."""
    expected = {bridge.handle, *(client.handle for client in clients)}

    async def are_only():
        return set(await bridge.session.handles()) == expected
    await eventually(are_only)


@with_bridge
async def test_a_goodbye_is_told_and_leaves_nothing(bridge):
    room, a, b = await call_of_two(bridge)
    await a.close()
    await bridge.told("left", "A", room=room, leg="a1")
    await handles_are_only(bridge, b)
    assert [p["id"] for p in (await bridge.rooms())[room]["parties"]] == ["B"]


@with_bridge
async def test_a_detached_handle_leaves_its_seat(bridge):
    room, a, b = await call_of_two(bridge)
    await bridge.session.detach(a.handle)
    await asyncio.gather(bridge.told("left", "A", room=room), a.disconnected())
    await handles_are_only(bridge, b)


@with_bridge
async def test_a_kick_ends_one_connection(bridge):
    room, a, b = await call_of_two(bridge)
    await bridge.ask("kick", room=room, id="A", leg="another")
    assert len((await bridge.rooms())[room]["parties"]) == 2
    await bridge.ask("kick", room=room, id="A", leg="a1")
    await asyncio.gather(bridge.told("left", "A", room=room), a.disconnected())
    await handles_are_only(bridge, b)
    await bridge.ask("kick", room=room, id="B")
    await asyncio.gather(bridge.told("left", "B", room=room), b.disconnected())
    await assert_refused(404, bridge.ask("kick", room="ch_other", id="B"))


@with_bridge
async def test_destroy_ends_both_and_forgets_the_room(bridge):
    room, a, b = await call_of_two(bridge)
    await bridge.ask("destroy", room=room)
    assert room not in await bridge.rooms()
    await asyncio.gather(bridge.told("destroyed", "A", room=room), a.disconnected(),
                         bridge.told("destroyed", "B", room=room), b.disconnected())
    await handles_are_only(bridge)
    await assert_refused(404, bridge.ask("destroy", room=room))
    await assert_refused(404, bridge.client(A_HERTZ).join(bridge.session, room, "A", "token-a"))


@with_bridge
async def test_a_party_that_vanishes_is_lost(bridge):
    room, a, b = await call_of_two(bridge)
    a.vanish()
    await bridge.told("lost", "A", room=room)
    await handles_are_only(bridge, b)
    assert [p["id"] for p in (await bridge.rooms())[room]["parties"]] == ["B"]


@with_bridge
async def test_a_party_that_never_comes_up_is_lost(bridge):
    room = await bridge.room(A="token-a")
    handle = await bridge.session.attach()
    offer = await bridge.client(A_HERTZ).offer()
    await bridge.session.ask(handle, "join", offer, room=room, id="A", token="token-a")
    await bridge.told("lost", "A", room=room)
    await handles_are_only(bridge)


@with_bridge
async def test_who_only_listens_is_not_lost(bridge):
    room, a, _ = await call_of_two(bridge, a_lines=("recvonly",))
    await a.ears[0].hear(B_HERTZ, 6)
    assert len((await bridge.rooms())[room]["parties"]) == 2


@with_bridge
async def test_a_refused_join_leaves_no_handle(bridge):
    room = await bridge.room(A="token-a")
    await assert_refused(403, bridge.client(A_HERTZ).join(bridge.session, room, "A", "bad"))
    await handles_are_only(bridge)


@with_bridge
async def test_who_speaks_is_told(bridge):
    room, a, _ = await call_of_two(bridge)
    await bridge.told("speaking", "A", room=room)
    assert [p["speaking"] for p in (await bridge.rooms())[room]["parties"]
            if p["id"] == "A"] == [True]
    a.tone.loudness = 0
    await bridge.told("silent", "A", room=room)
    seen = bridge.seen()
    a.tone.loudness = 0.5
    await bridge.told("speaking", "A", seen, room=room)


# Robots


@with_bridge
async def test_a_robot_is_taken_only_from_its_source_with_its_ssrc(bridge):
    room = await bridge.room()
    packet = tone_packets(ROBOT_HERTZ, 1)[0]
    robot = await bridge.robot().enter(bridge.session, bridge.handle, room, "robot")
    stranger, guesser = bridge.robot(), bridge.robot()
    stranger.follow(robot.as_told())
    guesser.follow(robot.as_told() | {"ssrc": robot.ssrc ^ 1})
    for sender in (stranger, guesser, robot):
        sender.send(packet)
    await eventually(lambda: is_equal(packets_of(bridge, room), (1, 1)))


@with_bridge
async def test_a_robot_behind_a_nat_is_where_its_first_packet_comes_from(bridge):
    room = await bridge.room()
    packet = tone_packets(ROBOT_HERTZ, 1)[0]
    robot = await bridge.robot().enter(bridge.session, bridge.handle, room, "robot",
                                       announced=("0.0.0.0", 1))
    stranger, guesser = bridge.robot(), bridge.robot()
    stranger.follow(robot.as_told())
    guesser.follow(robot.as_told() | {"ssrc": robot.ssrc ^ 1})
    for sender in (guesser, robot, stranger, robot):
        sender.send(packet)
    await eventually(lambda: is_equal(packets_of(bridge, room), (2, 1)))


async def is_equal(coroutine, value):
    """What it gives is that."""
    return await coroutine == value


@pytest.mark.parametrize("first_byte, packet", [
    (0x80, b""), (0x00, b"x"), (0x90, b"\xbe\xde\xff\xff" + b"x" * 40), (0x8f, b"x" * 70),
    (0xa0, b"x\xff"), (0x80, b"x" * 2000),
])
@with_bridge
async def test_what_is_no_plain_rtp_is_refused(bridge, first_byte, packet):
    room = await bridge.room()
    robot = await bridge.robot().enter(bridge.session, bridge.handle, room, "robot")
    robot.send(packet, first_byte)
    robot.send(b"x")
    await eventually(lambda: is_equal(packets_of(bridge, room), (1, 0)))


@with_bridge
async def test_a_robot_that_sends_too_fast_is_held_back(bridge):
    room = await bridge.room()
    robot = await bridge.robot().enter(bridge.session, bridge.handle, room, "robot")
    for _ in range(500):
        robot.send(b"x")

    async def all_came():
        taken, refused = await packets_of(bridge, room)
        return taken + refused == 500 and taken
    taken = await eventually(all_came)
    assert 50 <= taken < 150  # half a second's worth at once, then 100 a second


@with_bridge
async def test_the_last_robot_is_the_one(bridge):
    room = await bridge.room()
    first = await bridge.robot().enter(bridge.session, bridge.handle, room, "first")
    second = await bridge.robot().enter(bridge.session, bridge.handle, room, "second")
    assert first.ssrc != second.ssrc
    await bridge.ask("unrobot", room=room, id="first")
    first.send(b"x")
    second.send(b"x")
    await eventually(lambda: is_equal(packets_of(bridge, room), (1, 0)))
    await bridge.ask("unrobot", room=room, id="second")
    assert (await bridge.rooms())[room]["robot"] == ""
    await assert_refused(404, bridge.ask("unrobot", room="ch_other", id="second"))
    await assert_refused(400, bridge.ask("robot", room=room, id="third", ip="here", port=1))
    await assert_refused(400, bridge.ask("robot", room=room, id="third", ip="127.0.0.1", port=0))


# The watcher's own end


@with_bridge
async def test_a_session_that_ends_takes_its_connections_along(bridge):
    room = await bridge.room(A="token-a")
    async with Session(bridge.janus) as other:
        a = await bridge.client(A_HERTZ).join(other, room, "A", "token-a")
        await asyncio.gather(a.connected(), bridge.told("up", "A", room=room))
    await bridge.told("left", "A", room=room)
    await a.disconnected()
