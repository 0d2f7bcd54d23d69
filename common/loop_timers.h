/* loop_timers.h - inside of the loop: its timers, the earliest first, as a binary heap */
#pragma once

#include "common/loop.h"

struct loop_timers {
    struct loop_timer **heap; /* heap[1] is the earliest */
    unsigned count;
    unsigned capacity;
};

/* The earliest timer, or NULL. */
struct loop_timer *loop_timers_first(const struct loop_timers *timers);

/* Put a timer in, or move it, to where its at_ms belongs. */
void loop_timers_put(struct loop_timers *timers, struct loop_timer *timer);

/* Take it out; nothing happens if it is not set. */
void loop_timers_drop(struct loop_timers *timers, struct loop_timer *timer);

void loop_timers_done(struct loop_timers *timers);
