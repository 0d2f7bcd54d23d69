"""calls - what tests of calls with media do again and again"""
from aiortc import RTCPeerConnection

from calls.lib.party import ONE_LINE, talk_to_each_other

A_HERTZ, B_HERTZ, LATER_HERTZ = 3000, 4000, 5000  # higher than a robot's sweep ever is


def answered_call(dapi, src, dst):
    """The caller's entry with src, dst and `callee`, the other entry."""
    entry = dapi.call(src, dst)
    return {**entry, "src": src, "dst": dst, "callee": dapi.recieve(dst, entry["channel"])}


def enter_both(stage, dapi, call, a_lines=ONE_LINE):
    """The caller and the callee, who hear each other."""
    a, b = stage.enter_all(dapi, (call, A_HERTZ, a_lines), (call["callee"], B_HERTZ))
    talk_to_each_other(stage, a, b)
    return a, b


def hang_up(dapi, call):
    """The caller does: the call, which is over."""
    return dapi.end(call["src"], call["channel"])


def is_open(dapi, call):
    """The caller may still enter its channel."""
    return dapi.join(call["src"], call["channel"]).status == 200


def robot_call(dapi, src, audio="sweep"):
    """The entry."""
    return dapi.post("/dapi/call/robot", json={"src_uid": src, "audio": audio}).data


def invite_robot(dapi, call, audio="sweep"):
    """The caller does."""
    return dapi.post("/dapi/invite/robot", json={"channel": call["channel"], "uid": call["src"],
                                                 "audio": audio}).data


async def make_offer():
    """Of a client that will not come."""
    connection = RTCPeerConnection()
    connection.addTransceiver("audio", direction="sendrecv")
    await connection.setLocalDescription(await connection.createOffer())
    offer = connection.localDescription.sdp
    await connection.close()
    return offer
