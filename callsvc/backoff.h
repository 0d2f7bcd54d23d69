/* backoff.h - how long to wait before the next attempt */
#pragma once

#include <stdint.h>

/* Doubles from `first_ms` with each attempt that failed, up to `most_ms`; the upper half of it is
 * random, so that what failed together does not come back together. */
int64_t backoff_ms(unsigned failed, int64_t first_ms, int64_t most_ms);
