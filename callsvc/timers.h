/* timers.h - which call is due when: a heap of (time, call), looked at lazily.
 *
 * Nothing is taken out when a call's plans change: who takes a due entry looks at the call, and
 * adds it again if its time has not come. So each open call must have an entry that is not later
 * than its true time. */
#pragma once

#include "common/auto.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timers;

struct timers *timers_new(void);
struct timers *timers_free(struct timers *timers);
DEFINE_AUTO(struct timers *, timers_free)

void timers_add(struct timers *timers, int64_t due_ms, int64_t call);

/* The earliest entry's time; INT64_MAX when there is none. */
int64_t timers_next(const struct timers *timers);

/* Take out the earliest entry if it is due by now: true and *ret_call. */
bool timers_take(struct timers *timers, int64_t now_ms, int64_t *ret_call);

size_t timers_count(const struct timers *timers);
