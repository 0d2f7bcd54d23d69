/* request_read.c - the first half of a request's life: header, body, parameters, then its verb */
#include "gateway/request_inside.h"

#include "gateway/client_address.h"
#include "gateway/header_value.h"
#include "gateway/http_metrics.h"
#include "gateway/idempotency_key.h"
#include "gateway/origin.h"
#include "gateway/parameters.h"

#include "common/clock.h"
#include "common/log.h"

#include <errno.h>
#include <string.h>

enum {
    BODY_MOST = 64 * 1024,
    TOKEN_MOST = 512, /* bytes: no token is longer */
    /* So much of a body that is refused is read all the same: the client sees the answer, and the
     * connection goes on. What is longer is cut off. */
    REFUSED_BODY_MOST = 1024 * 1024,
};

static struct http_exchange *begin(void *context, const char *target)
{
    struct request *request = requests_take(context);

    request->started_us = clock_steady_us();
    buffer_add_text(&request->target, target);
    return &request->exchange;
}

struct bytes request_path(const struct request *request)
{
    const struct buffer *target = &request->target;
    const char *mark = target->size > 0 ? memchr(target->data, '?', target->size) : NULL;

    return (struct bytes){ target->data, mark ? (size_t)(mark - target->data) : target->size };
}

static bool is_foreign(const struct request *request)
{
    const struct gateway *gateway = request->requests->gateway;

    return gateway->checks_origin &&
           !origin_is_allowed(gateway->is_on_loopback, request_header(request, "Host"),
                              request_header(request, "Origin"), gateway->origins);
}

/* libmicrohttpd has checked that it is a number; chunked bodies have none. */
static int64_t claimed_body_size(const struct request *request)
{
    struct bytes text = request_header(request, "Content-Length");
    int64_t size = 0;

    if (text.data && !text_to_int64(text.data, text.size, &size))
        return INT64_MAX;
    return size;
}

static enum error check_token(const struct request *request)
{
    struct bytes header = request_header(request, "Authorization");
    struct bytes token;

    if (!header_bearer(header, &token))
        return ERROR_TOKEN_MISSING;
    return token.size == 0 || token.size > TOKEN_MOST ? ERROR_TOKEN_REFUSED : ERROR_NONE;
}

/* What the header of a media route says before its body is read. */
static enum error check_media(const struct request *request)
{
    static const char sdp[] = "application/sdp";

    if (request->route->answer == ANSWER_SDP) {
        if (!header_is_type(request_header(request, "Content-Type"), sdp))
            return ERROR_UNSUPPORTED_TYPE;
        if (!header_accepts(request_header(request, "Accept"), sdp))
            return ERROR_NOT_ACCEPTABLE;
    }
    return request->route->access == ACCESS_TOKEN ? check_token(request) : ERROR_NONE;
}

static enum error check_header(struct request *request, const char *method, int64_t size)
{
    enum error error;

    if (is_foreign(request))
        return ERROR_FOREIGN_ORIGIN;
    error = route_find(method, request_path(request), &request->route);
    request->is_preflight =
        error == ERROR_METHOD_NOT_ALLOWED && request_is_preflight(request, method);
    if (request->is_preflight)
        return ERROR_NONE;
    if (error == ERROR_NONE && size > BODY_MOST)
        error = ERROR_BODY_TOO_LARGE;
    if (error == ERROR_NONE && request->route->is_media)
        error = check_media(request);
    return error == ERROR_NONE ? request_identify(request) : error;
}

static void on_header(struct http_exchange *exchange, const char *method)
{
    struct request *request = request_of(exchange);
    int64_t size = claimed_body_size(request);

    trace_begin(&request->trace, request_header(request, "traceparent"));
    request->refused = check_header(request, method, size);
    if (request->refused == ERROR_NONE || size == 0)
        return;
    if (size > REFUSED_BODY_MOST || request_header(request, "Expect").data)
        request_fail(request, request->refused, &request->fault);
}

static bool on_body(struct http_exchange *exchange, struct bytes piece)
{
    struct request *request = request_of(exchange);

    request->body_size += piece.size;
    if (request->refused == ERROR_NONE && request->body_size > BODY_MOST)
        request->refused = ERROR_BODY_TOO_LARGE;
    if (request->refused == ERROR_NONE)
        buffer_add(&request->body, piece.data, piece.size);
    return request->body_size <= REFUSED_BODY_MOST;
}

struct form_target {
    struct draft *draft;
    struct fault *fault;
};

static int add_form_field(void *context, struct bytes name, struct bytes value)
{
    const struct form_target *target = context;

    return draft_add_text(target->draft, name, value, target->fault);
}

static int read_multipart(struct request *request, struct draft *draft, struct bytes body,
                          struct fault *reterr)
{
    struct form_target target = { draft, reterr };
    int r = http_exchange_read_form(&request->exchange, body, add_form_field, &target);

    if (r == -EBADMSG)
        *reterr = (struct fault){ NULL, "it is not multipart/form-data" };
    return r;
}

static enum error read_body(struct request *request, struct draft *draft, struct fault *reterr)
{
    struct bytes body = { request->body.data, request->body.size };
    int r = -EINVAL;

    if (body.size == 0)
        return ERROR_NONE;
    switch (body_form_read(request_header(request, "Content-Type"))) {
    case BODY_JSON: r = parameters_add_json(draft, body, reterr); break;
    case BODY_URLENCODED:
        r = parameters_add_urlencoded(draft, request->body.data, body.size, reterr);
        break;
    case BODY_MULTIPART: r = read_multipart(request, draft, body, reterr); break;
    case BODY_UNKNOWN: return ERROR_UNSUPPORTED_TYPE;
    }
    if (r == 0)
        return ERROR_NONE;
    return reterr->field ? ERROR_BAD_FIELD : ERROR_BAD_BODY;
}

static int read_query(struct request *request, struct draft *draft, struct fault *reterr)
{
    size_t path_size = request_path(request).size;
    struct buffer *target = &request->target;

    if (path_size == target->size)
        return 0;
    return parameters_add_urlencoded(draft, target->data + path_size + 1,
                                     target->size - path_size - 1, reterr);
}

static enum error read_parameters(struct request *request, struct fault *reterr)
{
    const struct route *route = request->route;
    enum error error = ERROR_NONE;
    struct draft draft;

    draft_begin(&draft, route->parameters(), request->parameters);
    if (route->sources & FROM_PATH &&
        parameters_add_path(&draft, route->path, request_path(request), reterr) < 0)
        return ERROR_BAD_FIELD;
    if (route->sources & FROM_QUERY && read_query(request, &draft, reterr) < 0)
        return ERROR_BAD_FIELD;
    if (route->sources & FROM_BODY)
        error = read_body(request, &draft, reterr);
    if (error == ERROR_NONE && draft_finish(&draft, reterr) < 0)
        error = ERROR_BAD_FIELD;
    return error;
}

static enum error check_key(const struct request *request, struct fault *reterr)
{
    struct bytes key = request_header(request, idempotency_key_header);

    if (!request->route->takes_key || !key.data)
        return ERROR_NONE;
    *reterr = (struct fault){ idempotency_key_header, idempotency_key_problem(key) };
    return reterr->problem ? ERROR_BAD_FIELD : ERROR_NONE;
}

static void on_whole(struct http_exchange *exchange)
{
    struct request *request = request_of(exchange);

    if (request->is_preflight) {
        request_answer_preflight(request);
        return;
    }
    if (request->refused == ERROR_NONE && request->route->parameters)
        request->refused = read_parameters(request, &request->fault);
    if (request->refused == ERROR_NONE)
        request->refused = request_check_actor(request);
    if (request->refused == ERROR_NONE)
        request->refused = check_key(request, &request->fault);
    if (request->refused == ERROR_NONE)
        request->refused = request_check_rate(request);
    if (request->refused == ERROR_NONE)
        request->route->handle(request);
    else
        request_fail(request, request->refused, &request->fault);
}

static void on_upgraded(struct http_exchange *exchange, struct http_socket connection,
                        struct bytes early)
{
    struct request *request = request_of(exchange);

    request->take(request, connection, early);
}

static void log_end(const struct request *request, int64_t taken_us)
{
    const struct log_about about = { request->trace.span_id, request->trace.traceparent };
    char text[CLIENT_ADDRESS_TEXT_MOST];
    struct client_address address;

    if (!log_is_written(LOG_LEVEL_DEBUG))
        return;
    (void)request_client(request, &address);
    client_address_text(&address, text);
    log_write(LOG_LEVEL_DEBUG, &about, "%s answered %u to %s after %lld us",
              request->route ? request->route->path : "nothing", request->status, text,
              (long long)taken_us);
}

static void on_end(struct http_exchange *exchange)
{
    struct request *request = request_of(exchange);

    for (enum peer peer = 0; peer < PEERS; peer++)
        request_forget(request, peer);
    if (request->status > 0) {
        int64_t taken_us = clock_steady_us() - request->started_us;

        http_metrics_count(request->is_preflight ? NULL : request->route, request->status,
                           taken_us);
        if (request->refused != ERROR_NONE)
            http_metrics_count_refused(request->refused);
        log_end(request, taken_us);
    }
    requests_put_back(request);
}

const struct http_callbacks *requests_callbacks(void)
{
    static const struct http_callbacks callbacks = {
        .begin = begin,
        .header = on_header,
        .body = on_body,
        .whole = on_whole,
        .upgraded = on_upgraded,
        .end = on_end,
    };

    return &callbacks;
}
