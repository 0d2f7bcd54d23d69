/* metrics.h - counters, gauges and histograms in Prometheus' text format. Counting is one relaxed
 * atomic addition and may happen in any thread; metrics are made before threads start, and live as
 * long as the process. No label may name a channel or a uid. */
#pragma once

#include "common/buffer.h"

#include <stdint.h>

struct metric;

/* `labels` as `verb="call/user"` or "": the same name may be made with several. Strings are kept,
 * not copied. Names follow Prometheus' rules: counters end in _total, histograms in their unit. */
struct metric *metric_counter(const char *name, const char *labels, const char *help);
struct metric *metric_gauge(const char *name, const char *labels, const char *help);

/* Upper bounds double from 100 µs to 13 s: for seconds. */
struct metric *metric_seconds(const char *name, const char *labels, const char *help);
/* Upper bounds double from 100 ms to 3.6 h: for what people wait for. */
struct metric *metric_long_seconds(const char *name, const char *labels, const char *help);
/* Upper bounds double from 1 to 4096: for sizes of batches. */
struct metric *metric_sizes(const char *name, const char *labels, const char *help);

void metric_add(struct metric *metric, uint64_t more);
void metric_set(struct metric *metric, int64_t value);
void metric_observe_us(struct metric *metric, int64_t microseconds); /* of both kinds of seconds */
void metric_observe(struct metric *metric, uint64_t size);           /* of metric_sizes */

/* Append all metrics, in the exposition format 0.0.4. */
void metrics_write(struct buffer *out);
