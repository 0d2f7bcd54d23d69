"""Calls from one demo phone to another, and to the robot: what is seen, and what is heard."""
import av
import numpy

from e2e.conftest import A_HERTZ, B_HERTZ
from lib import opus
from lib.processes import REPOSITORY
from lib.waiting import eventually

GREETING = REPOSITORY / "robotsvc/audio/greeting.opus"
RATE = 48000
STEP_SECONDS = 0.02
COMPARED_SECONDS = 3
EMPTY_SECONDS = 8
NOTICE_SECONDS = 8


def await_empty(janus):
    """No room is left."""
    eventually(lambda: janus.ask("list")["list"] == [], within=EMPTY_SECONDS)


def test_two_people_hear_each_other_until_one_hangs_up(phones, janus):
    """A calls B by the page's own buttons; muting silences; hanging up ends both."""
    a, b = phones
    a.talk_to(b)
    assert a.hears(B_HERTZ) and b.hears(A_HERTZ)
    a.press("#mute")
    assert b.hears_nothing() and a.hears(B_HERTZ)
    a.press("#mute")
    assert b.hears(A_HERTZ)
    a.hang_up()
    b.await_screen("outcome")
    assert b.text("#outcome-title") == "Call ended"
    await_empty(janus)


def test_a_cancelled_call_stops_ringing_and_is_remembered(phones, janus):
    """The caller gives up before an answer."""
    a, b = phones
    a.dial(b.uid)
    b.await_screen("incoming")
    a.press(".screen[data-screen=calling] [data-hang-up]")
    b.await_screen("ready")
    eventually(lambda: a.uid in b.text("#recent"), within=NOTICE_SECONDS)
    await_empty(janus)


def test_after_a_decline_the_robot_is_heard(phones, janus):
    """The caller invites it in place of the one who declined."""
    a, b = phones
    a.dial(b.uid)
    b.await_screen("incoming")
    b.press("#decline")
    a.await_screen("outcome")
    a.record("robot")
    a.press("#outcome-robot")
    a.await_screen("talking")
    eventually(lambda: max(heard for _, heard in a.recording() or [(0, 0)]) > 0.01, within=10)
    a.hang_up()
    await_empty(janus)


def test_the_robot_is_heard_beside_the_other(phones):
    """On the second line, while the other is heard on the first."""
    a, b = phones
    a.talk_to(b)
    a.record("robot")
    a.press(".screen[data-screen=talking] [data-invite-robot]")
    eventually(lambda: max(heard for _, heard in a.recording() or [(0, 0)]) > 0.01, within=10)
    assert a.hears(B_HERTZ)


def loudness_of_greeting():
    """Of each step of its first seconds."""
    with av.open(str(GREETING)) as file:
        samples = numpy.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)])
    step = int(RATE * STEP_SECONDS)
    steps = samples[:int(COMPARED_SECONDS / STEP_SECONDS) * step].reshape(-1, step)
    return numpy.sqrt(numpy.mean(steps ** 2, axis=1))


def likeness(heard, played):
    """Of two loudnesses over time: the best correlation of what was played with a part of what was
    heard."""
    return max(numpy.corrcoef(heard[at:at + len(played)], played)[0, 1]
               for at in range(len(heard) - len(played)))


def test_the_robot_is_heard_from_its_beginning(phones, janus):
    """The greeting's first three seconds, as they are in the file; its end ends the call."""
    phone = phones[0]
    phone.record("robot")
    phone.press("#call-robot")
    phone.await_screen("talking")
    eventually(lambda: (phone.recording() or [(0, 0)])[-1][0] > COMPARED_SECONDS + 2, within=15)
    times, values = numpy.array(phone.recording()).T
    heard = numpy.interp(numpy.arange(0, times[-1], STEP_SECONDS), times, values)
    assert likeness(heard, loudness_of_greeting()) > 0.8
    phone.await_screen("outcome", within=opus.file_seconds(GREETING) + NOTICE_SECONDS)
    await_empty(janus)
