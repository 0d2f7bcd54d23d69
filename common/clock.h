/* clock.h - the two clocks, as milliseconds; tests of modules that take a time give their own */
#pragma once

#include <stdint.h>

/* Since the epoch (CLOCK_REALTIME): for what is stored and shown. */
int64_t clock_wall_ms(void);

/* Never steps back (CLOCK_MONOTONIC): for deadlines and intervals within this process. */
int64_t clock_steady_ms(void);
int64_t clock_steady_us(void);
