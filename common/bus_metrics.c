/* bus_metrics.c - what the bus counts */
#include "common/bus_metrics.h"

#include "common/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct label {
    char *text;
    struct label *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct label *labels;

const char *bus_metrics_label(const char *service)
{
    AUTO(free_memory) char *text = must_format("service=\"%s\"", service);
    struct label *label;

    pthread_mutex_lock(&lock);
    for (label = labels; label && strcmp(label->text, text) != 0; label = label->next)
        ;
    if (!label) {
        label = must_alloc(1, sizeof *label);
        *label = (struct label){ TAKE(text), labels };
        labels = label;
    }
    pthread_mutex_unlock(&lock);
    return label->text;
}

void bus_server_metrics_make(struct bus_server_metrics *ret, const char *service)
{
    const char *label = bus_metrics_label(service);

    ret->requests = metric_counter("dapi_bus_requests_total", label, "requests received");
    ret->batches =
        metric_sizes("dapi_bus_batch_requests", label, "requests received in one message");
    ret->expired = metric_counter("dapi_bus_expired_total", label,
                                  "requests dropped unseen, their deadline had passed");
    ret->unreadable = metric_counter("dapi_bus_unreadable_total", label,
                                     "messages that could not be read to their end");
    ret->undelivered = metric_counter("dapi_bus_undelivered_total", label,
                                      "replies whose client was gone or did not take them");
}

void bus_client_metrics_make(struct bus_client_metrics *ret, const char *service)
{
    const char *label = bus_metrics_label(service);

    ret->outstanding =
        metric_gauge("dapi_bus_outstanding", label, "requests that wait for an answer");
    ret->healthy = metric_gauge("dapi_bus_replicas_healthy", label,
                                "replicas that are connected and say that they are ready");
    ret->resent = metric_counter("dapi_bus_resent_total", label,
                                 "requests sent again because their replica was lost");
    ret->timeouts = metric_counter("dapi_bus_timeouts_total", label,
                                   "requests that a replica did not answer in time");
    ret->unavailable = metric_counter("dapi_bus_unavailable_total", label,
                                      "requests that found no replica in time");
    ret->overloaded = metric_counter("dapi_bus_overloaded_total", label,
                                     "requests refused because too many were in hand");
    ret->unreadable = metric_counter("dapi_bus_answers_unreadable_total", label,
                                     "messages from replicas that could not be read to their end");
}
