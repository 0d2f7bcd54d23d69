/* metrics.c - counters, gauges and histograms in Prometheus' text format */
#include "common/metrics.h"

#include "common/memory.h"
#include "common/process_metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum kind { KIND_COUNTER, KIND_GAUGE, KIND_SECONDS, KIND_LONG_SECONDS, KIND_SIZES };

enum {
    SECONDS_BOUNDS = 18, /* 100 µs · 2^17 = 13.1072 s, 100 ms · 2^17 = 3.64 h */
    SIZES_BOUNDS = 13,   /* 2^12 = 4096 */
    MOST_BOUNDS = SECONDS_BOUNDS,
    FIRST_BOUND_US = 100,
    FIRST_LONG_BOUND_US = 100000,
};

static const struct {
    const char *type;
    unsigned bounds;
    double first_bound;
    double unit; /* of the sum */
} kinds[] = {
    [KIND_COUNTER] = {"counter",    0,              0,                         1   },
    [KIND_GAUGE] = { "gauge",     0,              0,                         1   },
    [KIND_SECONDS] = { "histogram", SECONDS_BOUNDS, FIRST_BOUND_US / 1e6,      1e-6},
    [KIND_LONG_SECONDS] = { "histogram", SECONDS_BOUNDS, FIRST_LONG_BOUND_US / 1e6, 1e-6},
    [KIND_SIZES] = { "histogram", SIZES_BOUNDS,   1,                         1   },
};

struct metric {
    const char *labels;
    enum kind kind;
    _Atomic uint64_t value; /* of a histogram the sum */
    _Atomic uint64_t buckets[MOST_BOUNDS + 1];
    struct metric *next;
};

/* All metrics of one name. */
struct family {
    const char *name;
    const char *help;
    enum kind kind;
    struct metric *metrics;
    struct family *next;
};

/* Only for making and writing; counting takes no lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct family *families;

static struct family *find_family(const char *name, const char *help, enum kind kind)
{
    struct family **at = &families;

    while (*at && strcmp((*at)->name, name) != 0)
        at = &(*at)->next;
    if (!*at) {
        *at = must_alloc(1, sizeof **at);
        **at = (struct family){ .name = name, .help = help, .kind = kind };
    }
    assert((*at)->kind == kind); /* a name has one type */
    return *at;
}

static struct metric *find_metric(struct family *family, const char *labels)
{
    struct metric **at = &family->metrics;

    while (*at && strcmp((*at)->labels, labels) != 0)
        at = &(*at)->next;
    if (!*at) {
        *at = must_alloc(1, sizeof **at);
        (*at)->labels = labels;
        (*at)->kind = family->kind;
    }
    return *at;
}

static struct metric *make(const char *name, const char *labels, const char *help, enum kind kind)
{
    struct metric *metric;

    pthread_mutex_lock(&lock);
    metric = find_metric(find_family(name, help, kind), labels);
    pthread_mutex_unlock(&lock);
    return metric;
}

struct metric *metric_counter(const char *name, const char *labels, const char *help)
{
    return make(name, labels, help, KIND_COUNTER);
}

struct metric *metric_gauge(const char *name, const char *labels, const char *help)
{
    return make(name, labels, help, KIND_GAUGE);
}

struct metric *metric_seconds(const char *name, const char *labels, const char *help)
{
    return make(name, labels, help, KIND_SECONDS);
}

struct metric *metric_long_seconds(const char *name, const char *labels, const char *help)
{
    return make(name, labels, help, KIND_LONG_SECONDS);
}

struct metric *metric_sizes(const char *name, const char *labels, const char *help)
{
    return make(name, labels, help, KIND_SIZES);
}

void metric_add(struct metric *metric, uint64_t more)
{
    atomic_fetch_add_explicit(&metric->value, more, memory_order_relaxed);
}

void metric_set(struct metric *metric, int64_t value)
{
    atomic_store_explicit(&metric->value, (uint64_t)value, memory_order_relaxed);
}

/* Into the first bucket whose bound, 2^n times the first bound, `size` does not exceed. */
static void count_in_bucket(struct metric *metric, uint64_t size)
{
    unsigned last = kinds[metric->kind].bounds;
    unsigned bucket = size <= 1 ? 0 : 64 - (unsigned)__builtin_clzll(size - 1);

    atomic_fetch_add_explicit(&metric->buckets[bucket < last ? bucket : last], 1,
                              memory_order_relaxed);
}

void metric_observe_us(struct metric *metric, int64_t microseconds)
{
    uint64_t us = microseconds > 0 ? (uint64_t)microseconds : 0;
    uint64_t first = metric->kind == KIND_LONG_SECONDS ? FIRST_LONG_BOUND_US : FIRST_BOUND_US;

    count_in_bucket(metric, (us + first - 1) / first);
    metric_add(metric, us);
}

void metric_observe(struct metric *metric, uint64_t size)
{
    count_in_bucket(metric, size);
    metric_add(metric, size);
}

static void write_series(struct buffer *out, const char *name, const char *suffix,
                         const char *labels)
{
    buffer_add_format(out, *labels ? "%s%s{%s} " : "%s%s ", name, suffix, labels);
}

static void write_bucket(struct buffer *out, const char *name, const char *labels,
                         const char *bound, uint64_t count)
{
    buffer_add_format(out, "%s_bucket{%s%sle=\"%s\"} %" PRIu64 "\n", name, labels,
                      *labels ? "," : "", bound, count);
}

static void write_histogram(struct buffer *out, const char *name, struct metric *metric)
{
    uint64_t count = 0;
    double bound = kinds[metric->kind].first_bound;
    double sum = (double)atomic_load_explicit(&metric->value, memory_order_relaxed);
    char text[32];

    for (unsigned i = 0; i <= kinds[metric->kind].bounds; i++, bound *= 2) {
        bool is_last = i == kinds[metric->kind].bounds;

        count += atomic_load_explicit(&metric->buckets[i], memory_order_relaxed);
        snprintf(text, sizeof text, "%.10g", bound);
        write_bucket(out, name, metric->labels, is_last ? "+Inf" : text, count);
    }
    write_series(out, name, "_sum", metric->labels);
    buffer_add_format(out, "%.15g\n", sum * kinds[metric->kind].unit);
    write_series(out, name, "_count", metric->labels);
    buffer_add_format(out, "%" PRIu64 "\n", count);
}

static void write_metric(struct buffer *out, const char *name, struct metric *metric)
{
    uint64_t value;

    if (kinds[metric->kind].bounds > 0) {
        write_histogram(out, name, metric);
        return;
    }
    value = atomic_load_explicit(&metric->value, memory_order_relaxed);
    write_series(out, name, "", metric->labels);
    if (metric->kind == KIND_GAUGE)
        buffer_add_format(out, "%" PRId64 "\n", (int64_t)value);
    else
        buffer_add_format(out, "%" PRIu64 "\n", value);
}

static void write_help(struct buffer *out, const struct family *family)
{
    buffer_add_format(out, "# HELP %s ", family->name);
    for (const char *c = family->help; *c; c++)
        if (*c == '\n')
            buffer_add_text(out, "\\n");
        else if (*c == '\\')
            buffer_add_text(out, "\\\\");
        else
            buffer_add(out, c, 1);
    buffer_add_format(out, "\n# TYPE %s %s\n", family->name, kinds[family->kind].type);
}

void metrics_write(struct buffer *out)
{
    pthread_mutex_lock(&lock);
    for (const struct family *family = families; family; family = family->next) {
        write_help(out, family);
        for (struct metric *metric = family->metrics; metric; metric = metric->next)
            write_metric(out, family->name, metric);
    }
    pthread_mutex_unlock(&lock);
    process_metrics_write(out);
}
