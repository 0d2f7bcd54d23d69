/* local_time.h - createtime: local time in DAPI_TIMEZONE, as the contract writes it */
#pragma once

#include "common/auto.h"

#include <stdint.h>

enum { LOCAL_TIME_LENGTH = 19 };

/* Once, before threads start. 0, or -ENOENT if the system has no such zone. */
int local_time_open(const char *timezone) MUST_CHECK;

/* `ms` since the epoch as "2020-01-10 00:19:40". Any thread. */
void local_time_text(int64_t ms, char ret[LOCAL_TIME_LENGTH + 1]);
