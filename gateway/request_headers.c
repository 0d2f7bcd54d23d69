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

/* What pages of other origins may do with a media route (CORS). */
static void add_cors(struct request *request)
{
    struct bytes host = request_header(request, "Host");
    struct bytes origin = request_header(request, "Origin");

    request_add_header(request, "Vary", "Origin");
    if (!origin_may_read(host, origin, request->requests->gateway->origins))
        return;
    request_add_header(request, "Access-Control-Allow-Origin", origin.data);
    request_add_header(request, "Access-Control-Expose-Headers", "Location, Link");
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
    if (request->route && request->route->is_media)
        add_cors(request);
}
