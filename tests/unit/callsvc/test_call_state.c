/* test_call_state.c - every state with every input, against expectations written down on their own */
#include "test.h"

#include "callsvc/call_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_STATE = CALL_CREATED, LAST_STATE = CALL_FAILED };

/* A letter for each input, in the order of enum call_input: the number of the state it leads to, or
 * a dot if nothing happens. */
static const char *const of_user_calls[] = {
    /* ring answer reject caller callee timeout max robot-done robot-failed lost fail */
    [CALL_CREATED] = "124546...."
                     ".",
    [CALL_RINGING] = ".",
    [CALL_ANSWERED] = ".",
    [CALL_FAILED] = ".",
};

static char expected(enum call_kind kind, enum call_state state, enum call_input input)
{
    static const char created[] = "12454" "6...." "8";
    static const char ringing[] = ".2454" "6...." "8";
    static const char answered[] = "...33" ".3..3" "8";
    static const char answered_robot[] = "...33" ".3383" "8";

    (void)of_user_calls;
    switch (state) {
    case CALL_CREATED: return created[input];
    case CALL_RINGING: return ringing[input];
    case CALL_ANSWERED: return kind == CALL_ROBOT ? answered_robot[input] : answered[input];
    default: return '.';
    }
}
