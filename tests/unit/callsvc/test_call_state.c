/* test_call_state.c - every state with every input, against expectations written down on their own
 */
#include "test.h"

#include "callsvc/call_state.h"

#include <errno.h>
#include <string.h>

/* A row for each state, a letter for each input in the order of enum call_input: the number of the
 * state that it leads to; a dot: nothing happens. Inputs: ring, answer, reject, caller ends, callee
 * ends, ring timeout, maximum duration, robot done, robot failed, media lost, failure. */
static const char *const user_calls[] = {
    "124546....8", ".24546....8", "...33.3..38", "...........", "...........",
    "...........", "...........", "...........", "...........",
};
static const char *const answered_robot_call = "...33.33838";

static const char *expected_row(enum call_kind kind, enum call_state state)
{
    if (kind == CALL_ROBOT && state == CALL_ANSWERED)
        return answered_robot_call;
    return user_calls[state - CALL_CREATED];
}

static void assert_step(enum call_kind kind, enum call_state from, enum call_input input)
{
    char expected = expected_row(kind, from)[input];
    enum call_reason reason = call_reason_unset;
    enum call_state state = from;
    int r = call_step(&state, kind, input, &reason);

    assert_int_equal(r, expected == '.' ? -EPERM : 0);
    assert_int_equal(call_state_status(state),
                     expected == '.' ? call_state_status(from) : expected - '0');
    if (r == 0 && state > CALL_ANSWERED)
        assert_int_not_equal(reason, call_reason_unset);
    else
        assert_int_equal(reason, call_reason_unset);
}

static void every_state_takes_only_its_steps(void **context)
{
    (void)context;
    for (enum call_kind kind = CALL_USER; kind <= CALL_ROBOT; kind++)
        for (enum call_state from = CALL_CREATED; from <= CALL_FAILED; from++)
            for (enum call_input input = 0; input < CALL_INPUTS; input++)
                assert_step(kind, from, input);
}

static void assert_reason(enum call_kind kind, enum call_state from, enum call_input input,
                          enum call_reason expected)
{
    enum call_reason reason;

    assert_int_equal(call_step(&from, kind, input, &reason), 0);
    assert_int_equal(reason, expected);
}

static void an_end_has_its_reason(void **context)
{
    (void)context;
    assert_reason(CALL_USER, CALL_CREATED, INPUT_REJECT, REASON_REJECTED);
    assert_reason(CALL_USER, CALL_RINGING, INPUT_CALLEE_END, REASON_REJECTED);
    assert_reason(CALL_USER, CALL_RINGING, INPUT_CALLER_END, REASON_CANCELLED);
    assert_reason(CALL_USER, CALL_CREATED, INPUT_RING_TIMEOUT, REASON_MISSED);
    assert_reason(CALL_USER, CALL_ANSWERED, INPUT_CALLEE_END, REASON_COMPLETED);
    assert_reason(CALL_USER, CALL_ANSWERED, INPUT_MAX_DURATION, REASON_MAX_DURATION);
    assert_reason(CALL_USER, CALL_ANSWERED, INPUT_MEDIA_LOST, REASON_MEDIA_LOST);
    assert_reason(CALL_ROBOT, CALL_ANSWERED, INPUT_ROBOT_DONE, REASON_ROBOT_DONE);
    assert_reason(CALL_ROBOT, CALL_ANSWERED, INPUT_ROBOT_FAILED, REASON_FAILED);
}

static void states_count_and_are_called_as_in_the_contract(void **context)
{
    static const char *const labels[] = { "初始化", "响铃中", "通话中", "已结束", "已拒绝",
                                          "已取消", "未接听", "忙线",   "失败" };

    (void)context;
    for (enum call_state state = CALL_CREATED; state <= CALL_FAILED; state++) {
        assert_int_equal(call_state_status(state), state - CALL_CREATED);
        assert_string_equal(call_state_label(state), labels[state - CALL_CREATED]);
    }
}

/* A row for each robot state, a letter for each input: the first letter of the state it leads to.
 * Inputs: claim, replace, joined, playing, done, failed, channel closed. */
static const char *const robots[] = { "j......", ".jw..fd", ".j.p.fd",
                                      ".j..dfd", "j......", "j......" };
static const char letters[] = "njwpdf";

static void every_robot_state_takes_only_its_steps(void **context)
{
    (void)context;
    for (enum robot_state from = ROBOT_NONE; from <= ROBOT_FAILED; from++)
        for (enum robot_input input = 0; input < ROBOT_INPUTS; input++) {
            char expected = robots[from - ROBOT_NONE][input];
            enum robot_state state = from;
            enum event_type event;
            int r = robot_step(&state, input, &event);

            assert_int_equal(r, expected == '.' ? -EPERM : 0);
            assert_int_equal(letters[state - ROBOT_NONE],
                             expected == '.' ? letters[from - ROBOT_NONE] : expected);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_takes_only_its_steps),
        cmocka_unit_test(an_end_has_its_reason),
        cmocka_unit_test(states_count_and_are_called_as_in_the_contract),
        cmocka_unit_test(every_robot_state_takes_only_its_steps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
