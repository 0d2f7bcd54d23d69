/* push_metrics.h - what both push services count */
#pragma once

#include "callsvc/delivery.h"
#include "common/metrics.h"

struct push_metrics {
    struct metric *sent[DELIVERY_MISSED + 1];
    struct metric *seconds;  /* from the change of the call to its acceptance */
    struct metric *failures; /* attempts that were not accepted */
    struct metric *stopped;
};

/* The labels are kept: `service` is a constant, as in service="apns". */
void push_metrics_open(struct push_metrics *metrics, bool is_apns);
void push_metrics_sent(struct push_metrics *metrics, const struct delivery *delivery,
                       int64_t now_ms);
