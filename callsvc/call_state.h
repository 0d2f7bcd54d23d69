/* call_state.h - which steps a call and its robot may take: call_state.def and robot_state.def */
#pragma once

#include "common/messages/call.h"

enum call_input {
#define STATE(state, status, label, event)
#define INPUT(input, ended_by, meaning) input,
#define STEP(from, input, kind, to, reason)
#include "callsvc/call_state.def"
#undef STATE
#undef INPUT
#undef STEP
    CALL_INPUTS
};

enum robot_input {
#define INPUT(input, meaning) input,
#define STEP(from, input, to, event)
#include "callsvc/robot_state.def"
#undef INPUT
#undef STEP
    ROBOT_INPUTS
};

/* Take the step that `input` allows a call of this kind: 0 and *state and *ret_reason are set, or
 * -EPERM and nothing is changed. The reason is unset while the call lives. */
int call_step(enum call_state *state, enum call_kind kind, enum call_input input,
              enum call_reason *ret_reason) MUST_CHECK;

/* The contract's number of a state, its Chinese name, and the event that tells of it. */
int call_state_status(enum call_state state);
const char *call_state_label(enum call_state state);
enum event_type call_state_event(enum call_state state);

/* Whose doing an end by this input is; unset if the input does not end calls. */
enum call_ender call_input_ender(enum call_input input);

/* As call_step; *ret_event is unset for a step that nobody is told of. */
int robot_step(enum robot_state *state, enum robot_input input,
               enum event_type *ret_event) MUST_CHECK;
