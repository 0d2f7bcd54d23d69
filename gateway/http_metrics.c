/* http_metrics.c - what /metrics says of HTTP */
#include "gateway/http_metrics.h"

#include "gateway/routes.h"

#include "common/memory.h"
#include "common/metrics.h"

#include <assert.h>
#include <string.h>

enum {
    ROUTES_MOST = 32,
    CLASSES = 5, /* 1xx to 5xx */
    ERRORS_MOST = 64,
    WORKERS_MOST = 64,
};

static struct verb_metrics {
    struct metric *answers[CLASSES];
    struct metric *seconds;
} verbs[ROUTES_MOST + 1]; /* the last: no route */
static struct metric *refused[ERRORS_MOST];
static struct metric *in_hand[WORKERS_MOST];

/* Of the classes from `first` on. Labels live as long as the process, as metrics do. */
static void open_verb(struct verb_metrics *verb, const char *method, const char *name,
                      unsigned first)
{
    for (unsigned i = first; i <= CLASSES; i++)
        verb->answers[i - 1] =
            metric_counter("dapi_http_requests_total",
                           must_format("verb=\"%s\",method=\"%s\",code=\"%uxx\"", name, method, i),
                           "Requests answered, by verb and class of the status.");
    verb->seconds =
        metric_seconds("dapi_http_seconds", must_format("verb=\"%s\",method=\"%s\"", name, method),
                       "From a request's first line to its answer.");
}

static const char *verb_name(const struct route *route)
{
    static const char prefix[] = "/dapi/";
    size_t length = sizeof prefix - 1;

    return strncmp(route->path, prefix, length) == 0 ? route->path + length : route->path;
}

void http_metrics_open(unsigned workers)
{
    static const enum error refusals[] = {
        ERROR_BAD_FIELD,        ERROR_BAD_BODY,           ERROR_FOREIGN_ORIGIN,
        ERROR_PATH_NOT_FOUND,   ERROR_METHOD_NOT_ALLOWED, ERROR_BODY_TOO_LARGE,
        ERROR_UNSUPPORTED_TYPE, ERROR_NOT_ACCEPTABLE,     ERROR_TOKEN_MISSING,
        ERROR_TOKEN_REFUSED,    ERROR_AUTH_MISSING,       ERROR_AUTH_REFUSED,
        ERROR_AUTH_EXPIRED,     ERROR_UID_FOREIGN,        ERROR_RATE_LIMITED
    };
    size_t count;
    const struct route *routes = routes_all(&count);

    assert(count <= ROUTES_MOST && workers <= WORKERS_MOST);
    for (size_t i = 0; i < count; i++)
        open_verb(&verbs[i], routes[i].method, verb_name(&routes[i]),
                  routes[i].answer == ANSWER_EVENTS ? 1 : 2);
    open_verb(&verbs[ROUTES_MOST], "", "none", 2);
    for (size_t i = 0; i < COUNT_OF(refusals); i++)
        refused[refusals[i]] = metric_counter(
            "dapi_http_refused_total", must_format("reason=\"%s\"", error_text(refusals[i])->code),
            "Requests that the gateway refused itself, by reason.");
    for (unsigned i = 0; i < workers; i++)
        in_hand[i] = metric_gauge("dapi_http_in_hand", must_format("worker=\"%u\"", i),
                                  "Requests that were begun and are not answered yet.");
}

void http_metrics_count(const struct route *route, unsigned status, int64_t taken_us)
{
    size_t count;
    size_t which = route ? (size_t)(route - routes_all(&count)) : ROUTES_MOST;

    metric_add(verbs[which].answers[status / 100 - 1], 1);
    metric_observe_us(verbs[which].seconds, taken_us);
}

void http_metrics_count_refused(enum error error)
{
    metric_add(refused[error], 1);
}

void http_metrics_set_in_hand(unsigned worker, int64_t requests)
{
    metric_set(in_hand[worker], requests);
}
