/* call_logic_inside.h - what the files call_logic*.c share; nobody else includes it */
#pragma once

#include "callsvc/call_logic.h"
#include "callsvc/call_state.h"

#include <string.h>

/* Cut to what fits. */
static inline void copy_text(char *to, size_t size, const char *from)
{
    *(char *)mempcpy(to, from, strnlen(from, size - 1)) = '\0';
}
#define COPY_TEXT(to, from) copy_text(to, sizeof(to), from)

/* The call has changed, and this is told of it; unset: nothing is. */
void call_add_event(struct changes *changes, enum event_type event, unsigned hidden);

/* Take a step that the tables allow, with all that follows from it; false: nothing is changed. */
bool call_take_step(struct call_record *record, enum call_input input, int64_t now_ms,
                    struct changes *changes);
bool call_take_robot_step(struct call_record *record, enum robot_input input, int64_t now_ms,
                          struct changes *changes);

void call_close_channel(struct call_record *record, int64_t now_ms, struct changes *changes);

/* What the robot's end means for the call: a robot call ends with it, and a caller who stayed for
 * the robot after a declined or missed call has heard it. */
void call_follow_robot(struct call_record *record, int64_t now_ms, struct changes *changes);
