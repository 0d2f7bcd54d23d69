/* request_headers.c - the headers that an answer has beside those of its body */
#include "gateway/request_inside.h"

#include "gateway/origin.h"

#include <stdio.h>
#include <string.h>

void request_add_header(struct request *request, const char *name, const char *value)
{
    buffer_add(&request->headers, name, strlen(name) + 1);
    buffer_add(&request->headers, value, strlen(value) + 1);
}

void request_add_methods(struct request *request, const char *name)
{
    struct buffer *out = &request->headers;

    buffer_add(out, name, strlen(name) + 1);
    route_add_methods(request->route, out);
    buffer_add(out, "", 1);
}

static bool is_for_pages_elsewhere(const struct request *request)
{
    const struct route *route = request->route;

    if (!route)
        return false;
    return route->is_media ||
           (route->access != ACCESS_OPEN && request_header(request, "Origin").data);
}

/* Whether a page of another origin may read the answer (CORS). */
static void add_cors(struct request *request)
{
    struct bytes host = request_header(request, "Host");
    struct bytes origin = request_header(request, "Origin");

    request_add_header(request, "Vary", "Origin");
    if (!origin_may_read(host, origin, request->requests->gateway->origins))
        return;
    request_add_header(request, "Access-Control-Allow-Origin", origin.data);
    request_add_header(request, "Access-Control-Expose-Headers",
                       request->route->is_media ? "Location, Link"
                                                : "Idempotent-Replayed, Retry-After, X-Request-Id");
}

static void add_retry_after(struct request *request)
{
    char seconds[24];

    snprintf(seconds, sizeof seconds, "%lld",
             (long long)(request->retry_seconds > 0 ? request->retry_seconds : 1));
    request_add_header(request, "Retry-After", seconds);
}

void request_add_headers(struct request *request, unsigned status)
{
    if (status == 405)
        request_add_methods(request, "Allow");
    else if (status == 503 || status == 429)
        add_retry_after(request);
    /* Good answers to POST need it not: caches do not keep them (RFC 9111 section 3). */
    if (status >= 400)
        request_add_header(request, "Cache-Control", "no-store");
    if (is_for_pages_elsewhere(request))
        add_cors(request);
}

bool request_is_preflight(const struct request *request, const char *method)
{
    return strcmp(method, "OPTIONS") == 0 && request->route->access != ACCESS_OPEN &&
           request_header(request, "Origin").data &&
           request_header(request, "Access-Control-Request-Method").data;
}

void request_answer_preflight(struct request *request)
{
    request_add_methods(request, "Access-Control-Allow-Methods");
    request_add_header(request, "Access-Control-Allow-Headers",
                       "authorization, content-type, idempotency-key");
    request_add_header(request, "Access-Control-Max-Age", "600");
    request_answer_plain(request, 204, NULL, (struct bytes){ NULL, 0 });
}
