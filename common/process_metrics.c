/* process_metrics.c - what this process takes from its machine */
#include "common/process_metrics.h"

#include "common/version.h"

#include <dirent.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void add_metric(struct buffer *out, const char *name, const char *type, const char *help,
                       double value)
{
    buffer_add_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
    buffer_add_format(out, "%s %.15g\n", name, value);
}

static double read_clock(clockid_t clock)
{
    struct timespec now = { 0 };

    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The kernel counts the start in ticks since boot: field 22, the 20th behind the program's name in
 * parentheses (proc(5)). */
static bool read_start_ticks(unsigned long long *ret)
{
    char line[1024] = "";
    const char *field;
    FILE *file = fopen("/proc/self/stat", "re");

    if (!file)
        return false;
    field = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    fclose(file);
    for (int i = 0; field && i < 20; i++)
        field = strchr(field + 1, ' ');
    return field &&
           sscanf(field, "%llu", ret) == 1; // NOLINT(cert-err34-c): the kernel's own number
}

/* Worked out once: were it done at every scrape, it would move with each step of the clock. */
static double start_time(void)
{
    static _Atomic double known;
    unsigned long long ticks;
    double start = atomic_load_explicit(&known, memory_order_relaxed);

    if (start <= 0 && read_start_ticks(&ticks)) {
        start = read_clock(CLOCK_REALTIME) - read_clock(CLOCK_BOOTTIME) +
                (double)ticks / (double)sysconf(_SC_CLK_TCK);
        atomic_store_explicit(&known, start, memory_order_relaxed);
    }
    return start;
}

static double resident_bytes(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");

    if (!file)
        return 0;
    if (fscanf(file, "%*u %llu", &pages) != 1) // NOLINT(cert-err34-c): the kernel's own number
        pages = 0;
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static int count_open_fds(void)
{
    int count = -3; /* ".", "..", and the directory's own */
    DIR *directory = opendir("/proc/self/fd");

    if (!directory)
        return 0;
    while (readdir(directory)) // NOLINT(concurrency-mt-unsafe): its own stream
        count++;
    closedir(directory);
    return count;
}

void process_metrics_write(struct buffer *out)
{
    double start = start_time();
    double resident = resident_bytes();
    int fds = count_open_fds();

    if (start > 0)
        add_metric(out, "process_start_time_seconds", "gauge", "when the process began, since 1970",
                   start);
    if (resident > 0)
        add_metric(out, "process_resident_memory_bytes", "gauge", "memory that it holds", resident);
    if (fds > 0)
        add_metric(out, "process_open_fds", "gauge", "open file descriptors", fds);
    add_metric(out, "process_cpu_seconds_total", "counter", "processor time, of user and system",
               read_clock(CLOCK_PROCESS_CPUTIME_ID));
    buffer_add_text(out, "# HELP dapi_build_info which dapi runs\n# TYPE dapi_build_info gauge\n"
                         "dapi_build_info{version=\"" DAPI_VERSION "\"} 1\n");
}
