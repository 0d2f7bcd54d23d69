/* call_state.c - which steps a call and its robot may take */
#include "callsvc/call_state.h"

#include <errno.h>

#define ANY_KIND call_kind_unset

static const struct {
    const char *label;
    int status;
    enum event_type event;
} states[] = {
#define STATE(state, status, label, event) [state] = { label, status, event },
#define INPUT(input, ended_by, meaning)
#define STEP(from, input, kind, to, reason)
#include "callsvc/call_state.def"
#undef STATE
#undef INPUT
#undef STEP
};

static const enum call_ender enders[] = {
#define STATE(state, status, label, event)
#define INPUT(input, ended_by, meaning) [input] = (ended_by),
#define STEP(from, input, kind, to, reason)
#include "callsvc/call_state.def"
#undef STATE
#undef INPUT
#undef STEP
};

static const struct {
    enum call_state from;
    enum call_input input;
    enum call_kind kind;
    enum call_state to;
    enum call_reason reason;
} call_steps[] = {
#define STATE(state, status, label, event)
#define INPUT(input, ended_by, meaning)
#define STEP(from, input, kind, to, reason) { from, input, kind, to, reason },
#include "callsvc/call_state.def"
#undef STATE
#undef INPUT
#undef STEP
};

static const struct {
    enum robot_state from;
    enum robot_input input;
    enum robot_state to;
    enum event_type event;
} robot_steps[] = {
#define INPUT(input, meaning)
#define STEP(from, input, to, event) { from, input, to, event },
#include "callsvc/robot_state.def"
#undef INPUT
#undef STEP
};

int call_step(enum call_state *state, enum call_kind kind, enum call_input input,
              enum call_reason *ret_reason)
{
    for (size_t i = 0; i < COUNT_OF(call_steps); i++) {
        if (call_steps[i].from != *state || call_steps[i].input != input)
            continue;
        if (call_steps[i].kind != ANY_KIND && call_steps[i].kind != kind)
            continue;
        *state = call_steps[i].to;
        *ret_reason = call_steps[i].reason;
        return 0;
    }
    return -EPERM;
}

int call_state_status(enum call_state state)
{
    return states[state].status;
}

const char *call_state_label(enum call_state state)
{
    return states[state].label;
}

enum event_type call_state_event(enum call_state state)
{
    return states[state].event;
}

enum call_ender call_input_ender(enum call_input input)
{
    return enders[input];
}

int robot_step(enum robot_state *state, enum robot_input input, enum event_type *ret_event)
{
    for (size_t i = 0; i < COUNT_OF(robot_steps); i++) {
        if (robot_steps[i].from != *state || robot_steps[i].input != input)
            continue;
        *state = robot_steps[i].to;
        *ret_event = robot_steps[i].event;
        return 0;
    }
    return -EPERM;
}
