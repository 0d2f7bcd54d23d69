"""test_browsers.py - two browsers, on a page that does no more than is needed, hear each other"""
from calls.lib.calls import hang_up
from calls.lib.rooms import await_no_room, uids_in

A_HERTZ, B_HERTZ = 700, 1500


def test_two_browsers_hear_each_other_until_one_hangs_up(dapi, janus, open_browser, call):
    with open_browser(A_HERTZ) as a, open_browser(B_HERTZ) as b:
        a.enter(dapi, call)
        b.enter(dapi, call["callee"])
        a.hear(B_HERTZ)
        b.hear(A_HERTZ)
        assert uids_in(janus, call["channel"]) == {call["src"], call["dst"]}
        hang_up(dapi, call)
        a.await_goodbye()
        b.await_goodbye()
        await_no_room(janus)
