/* local_time.c - createtime: local time in DAPI_TIMEZONE */
#include "gateway/local_time.h"

#include "common/memory.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int local_time_open(const char *timezone)
{
    const char *folder = getenv("TZDIR");
    AUTO(free_memory) char *path = NULL;

    /* TZ would take a path, or a rule such as "ABC-3": only names of zones are meant here. */
    if (!*timezone || *timezone == '/' || *timezone == '.' || strstr(timezone, ".."))
        return -ENOENT;
    path = must_format("%s/%s", folder ? folder : "/usr/share/zoneinfo", timezone);
    if (access(path, R_OK) < 0 || setenv("TZ", timezone, 1) < 0)
        return -ENOENT;
    tzset();
    return 0;
}

void local_time_text(int64_t ms, char ret[LOCAL_TIME_LENGTH + 1])
{
    /* localtime_r takes a lock of the whole process. Clocks change only at quarters of an hour, so
     * that each thread needs it once for each quarter that it writes. */
    static _Thread_local struct {
        time_t start;
        struct tm tm;
        bool is_set;
    } quarter;
    enum { QUARTER_SECONDS = 900 };
    time_t seconds = (time_t)(ms / 1000);
    time_t start = seconds - seconds % QUARTER_SECONDS;
    unsigned second_of_hour;

    if (!quarter.is_set || quarter.start != start) {
        localtime_r(&start, &quarter.tm);
        quarter.start = start;
        quarter.is_set = true;
    }
    second_of_hour =
        (unsigned)(quarter.tm.tm_min * 60 + quarter.tm.tm_sec) + (unsigned)(seconds - start);
    snprintf(ret, LOCAL_TIME_LENGTH + 1, "%04u-%02u-%02u %02u:%02u:%02u",
             (unsigned)(quarter.tm.tm_year + 1900) % 10000, (unsigned)(quarter.tm.tm_mon + 1) % 100,
             (unsigned)quarter.tm.tm_mday % 100, (unsigned)quarter.tm.tm_hour % 100,
             second_of_hour / 60 % 60, second_of_hour % 60);
}
