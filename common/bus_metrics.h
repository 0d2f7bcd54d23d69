/* bus_metrics.h - inside of the bus: what it counts, labelled with the service's name */
#pragma once

#include "common/metrics.h"

/* `service="name"`, the same text for the same name; it lives as long as the process. */
const char *bus_metrics_label(const char *service);

struct bus_server_metrics {
    struct metric *requests;
    struct metric *batches;
    struct metric *expired;
    struct metric *unreadable;
    struct metric *undelivered;
};
void bus_server_metrics_make(struct bus_server_metrics *ret, const char *service);

/* Clients of several loops count together: gauges are added to and taken from. */
struct bus_client_metrics {
    struct metric *outstanding;
    struct metric *healthy;
    struct metric *resent;
    struct metric *timeouts;
    struct metric *unavailable;
    struct metric *overloaded;
    struct metric *unreadable;
};
void bus_client_metrics_make(struct bus_client_metrics *ret, const char *service);

static inline void bus_metric_take(struct metric *gauge, uint64_t less)
{
    metric_add(gauge, 0 - less);
}
