/* request.c - the second half of a request's life: services are asked, the answer is made */
#include "gateway/request_inside.h"

#include "gateway/answer.h"
#include "gateway/header_value.h"

#include "common/log.h"
#include "common/messages/call.h"

#include <string.h>

const void *request_parameters(const struct request *request)
{
    return request->parameters;
}

struct entry_work *request_entry(struct request *request)
{
    return &request->entry;
}

struct exchange_work *request_exchange(struct request *request)
{
    return &request->exchange_work;
}

struct live_work *request_live(struct request *request)
{
    return &request->live;
}

struct bytes request_header(const struct request *request, const char *name)
{
    return http_exchange_header(&request->exchange, name);
}

void request_copy_key(const struct request *request, char ret[IDEMPOTENCY_KEY_MOST + 1])
{
    struct bytes key = request_header(request, idempotency_key_header);

    *ret = '\0';
    if (key.data && key.size <= IDEMPOTENCY_KEY_MOST)
        *(char *)mempcpy(ret, key.data, key.size) = '\0';
}

struct bytes request_offer(const struct request *request)
{
    return (struct bytes){ request->body.data, request->body.size };
}

struct bytes request_bearer(const struct request *request)
{
    struct bytes token = { NULL, 0 };

    (void)header_bearer(request_header(request, "Authorization"), &token);
    return token;
}

const struct gateway *request_gateway(const struct request *request)
{
    return request->requests->gateway;
}

/* Answers */

static const char json_content[] = "application/json";

static void end_questions(struct request *request, unsigned status)
{
    for (enum peer peer = 0; peer < PEERS; peer++)
        request_forget(request, peer);
    request->status = status;
    request_add_headers(request, status);
}

static void send_answer(struct request *request, unsigned status, const char *content_type,
                        struct bytes body)
{
    const struct gateway *gateway = request->requests->gateway;
    struct http_answer answer = {
        .status = status,
        .body = body,
        .content_type = content_type,
        .request_id = request->trace.span_id,
        .closes_connection = atomic_load_explicit(&gateway->is_draining, memory_order_relaxed),
    };

    end_questions(request, status);
    answer.headers = (struct bytes){ request->headers.data, request->headers.size };
    http_exchange_answer(&request->exchange, &answer);
}

bool request_can_upgrade(const struct request *request)
{
    return http_exchange_can_upgrade(&request->exchange);
}

void request_upgrade(struct request *request, request_take_function *take)
{
    struct http_answer answer = { .request_id = request->trace.span_id };

    request->take = take;
    end_questions(request, 101);
    answer.headers = (struct bytes){ request->headers.data, request->headers.size };
    http_exchange_upgrade(&request->exchange, &answer);
}

static void send_failure(struct request *request, enum error error, const struct fault *fault)
{
    struct buffer *out = &request->answer;

    buffer_clear(out); /* a list may have been begun */
    answer_failure(out, error, fault, request->trace.span_id);
    if (error_text(error)->status == 401)
        request_add_header(request, "WWW-Authenticate",
                           error == ERROR_TOKEN_MISSING || error == ERROR_AUTH_MISSING
                               ? "Bearer"
                               : "Bearer error=\"invalid_token\"");
    send_answer(request, (unsigned)error_text(error)->status, json_content,
                (struct bytes){ out->data, out->size });
}

void request_fail(struct request *request, enum error error, const struct fault *fault)
{
    const struct log_about about = { request->trace.span_id, request->trace.traceparent };

    if (error_text(error)->status == 500)
        log_write(LOG_LEVEL_ERROR, &about, "a service failed at %s", request->route->path);
    send_failure(request, error, fault);
}

void request_fail_reply(struct request *request, const struct fault *fault)
{
    const struct log_about about = { request->trace.span_id, request->trace.traceparent };

    log_write(LOG_LEVEL_ERROR, &about, "cannot read a service's reply at %s: %s %s",
              request->route->path, fault->field, fault->problem);
    send_failure(request, ERROR_INTERNAL, NULL);
}

bool request_read_reply(struct request *request, const struct bus_reply *reply,
                        const struct message *message, void *ret)
{
    struct fault fault = { message->name, "is missing" };

    if (reply->body && message_from_msgpack(message, reply->body, ret, &fault) == 0)
        return true;
    request_fail_reply(request, &fault);
    return false;
}

struct buffer *request_begin_answer(struct request *request)
{
    answer_begin(&request->answer);
    return &request->answer;
}

void request_answer(struct request *request)
{
    answer_end(&request->answer);
    send_answer(request, 200, json_content,
                (struct bytes){ request->answer.data, request->answer.size });
}

void request_answer_call(struct request *request, const struct bus_reply *reply)
{
    struct call call;

    if (!request_read_reply(request, reply, call_message(), &call))
        return;
    message_to_json(call_message(), &call, request_begin_answer(request));
    request_answer(request);
}

void request_mark_replayed(struct request *request)
{
    request_add_header(request, "Idempotent-Replayed", "true");
}

void request_answer_devices(struct request *request, const struct bus_reply *reply)
{
    struct device_registered answer;

    if (!request_read_reply(request, reply, device_registered_message(), &answer))
        return;
    message_to_json(device_registered_message(), &answer, request_begin_answer(request));
    request_answer(request);
}

void request_answer_document(struct request *request, struct bytes document)
{
    request_add_header(request, "Cache-Control", "no-store");
    send_answer(request, 200, json_content, document);
}

void request_answer_plain(struct request *request, unsigned status, const char *content_type,
                          struct bytes body)
{
    struct buffer *out = &request->answer;

    buffer_add(out, body.data, body.size);
    send_answer(request, status, content_type, (struct bytes){ out->data, out->size });
}

/* Questions */

/* Services have a little less time than the client was promised: its answer must still leave. */
enum { ANSWERING_MS = 20 };

static void on_bus_reply(void *context, const struct bus_reply *reply)
{
    struct question *question = context;
    struct fault fault = { reply->field, reply->problem };

    question->is_waiting = false;
    if (reply->error == ERROR_NONE)
        question->on_reply(question->request, reply);
    else
        request_fail(question->request, reply->error, *reply->field ? &fault : NULL);
}

void request_ask(struct request *request, enum peer peer, const struct message *message,
                 const void *body, request_reply_function *on_reply)
{
    request_ask_with_bulk(request, peer, message, body, (struct bytes){ NULL, 0 }, on_reply);
}

void request_ask_with_bulk(struct request *request, enum peer peer, const struct message *message,
                           const void *body, struct bytes bulk, request_reply_function *on_reply)
{
    struct requests *requests = request->requests;
    struct question *question = &request->questions[peer];
    const struct bus_ask ask = {
        .message = message,
        .body = body,
        .bulk = bulk,
        .deadline_ms = request->started_us / 1000 + requests->gateway->request_ms - ANSWERING_MS,
        .traceparent = request->trace.traceparent,
        .on_reply = on_bus_reply,
        .context = question,
    };

    if (!request->exchange.is_waiting)
        http_exchange_wait(&request->exchange);
    question->on_reply = on_reply;
    question->is_waiting = true;
    question->handle = bus_client_ask(requests->peers[peer], &ask);
}

void request_forget(struct request *request, enum peer peer)
{
    struct question *question = &request->questions[peer];

    if (question->is_waiting)
        bus_client_forget(request->requests->peers[peer], question->handle);
    question->is_waiting = false;
}

bool request_is_ready(const struct request *request, enum peer peer)
{
    return bus_client_is_ready(request->requests->peers[peer]);
}
