/* push_metrics.c - what both push services count */
#include "callsvc/push_metrics.h"

static const char *pick(bool is_apns, const char *apns, const char *fcm)
{
    return is_apns ? apns : fcm;
}

void push_metrics_open(struct push_metrics *metrics, bool is_apns)
{
    const char *labels = pick(is_apns, "service=\"apns\"", "service=\"fcm\"");

    metrics->sent[DELIVERY_RING] = metric_counter(
        "dapi_push_sent_total",
        pick(is_apns, "service=\"apns\",kind=\"ring\"", "service=\"fcm\",kind=\"ring\""),
        "pushes that the service has accepted");
    metrics->sent[DELIVERY_MISSED] = metric_counter(
        "dapi_push_sent_total",
        pick(is_apns, "service=\"apns\",kind=\"missed\"", "service=\"fcm\",kind=\"missed\""),
        "pushes that the service has accepted");
    metrics->seconds =
        metric_seconds("dapi_push_seconds", labels,
                       "from what happened to the call to the service's acceptance of the push");
    metrics->failures = metric_counter("dapi_push_failures_total", labels,
                                       "attempts that the service did not accept");
    metrics->stopped = metric_gauge("dapi_push_stopped", labels,
                                    "1: the service refuses our credentials, nothing is sent");
}

void push_metrics_sent(struct push_metrics *metrics, const struct delivery *delivery,
                       int64_t now_ms)
{
    metric_add(metrics->sent[delivery->kind], 1);
    metric_observe_us(metrics->seconds, (now_ms - delivery->made_at) * 1000);
    metric_set(metrics->stopped, 0);
}
