/* http_metrics.h - what /metrics says of HTTP: labels are verbs, classes and reasons, never a uid
 * or a channel */
#pragma once

#include "common/errors.h"

#include <stdint.h>

struct route;

/* Once, before threads start. */
void http_metrics_open(unsigned workers);

/* A request was answered; `route` is NULL where there is none for it. */
void http_metrics_count(const struct route *route, unsigned status, int64_t taken_us);

/* The gateway itself refused a request. */
void http_metrics_count_refused(enum error error);

/* Requests that a worker has in hand. */
void http_metrics_set_in_hand(unsigned worker, int64_t requests);
