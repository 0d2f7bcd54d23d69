/* webhook.c - deliveries to webhooks' endpoints */
#include "callsvc/webhook.h"

#include "callsvc/backoff.h"
#include "callsvc/http_client.h"
#include "callsvc/outbox_plan.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/metrics.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum {
    ANSWER_MOST_MS = 10000,
    FIRST_WAIT_MS = 1000, /* before another attempt */
    LONGEST_WAIT_MS = 60 * 60 * 1000,
    HEADERS = 5,
};

/* A request: what libcurl borrows lives here until the answer. */
struct call_out {
    LIST_ENTRY(call_out) place;
    struct webhooks *webhooks;
    struct delivery *delivery;
    char *headers[HEADERS + 1];
};

struct webhooks {
    const struct webhook_settings *settings;
    /* By whether private addresses are allowed: who may not have them must not share connections
     * with who may. */
    struct http_client *http[2];
    bool is_failing[WEBHOOKS_MOST]; /* by endpoint: its last answer was none that we want */
    delivery_done_function *done;
    void *context;
    LIST_HEAD(calls_out, call_out) in_hand;
    struct metric *sent;
    struct metric *failures;
    struct metric *seconds;
};

int webhooks_open(struct loop *loop, const struct webhook_settings *settings, const char *ca_file,
                  delivery_done_function *done, void *context, struct webhooks **ret)
{
    const struct http_client_options http = { .loop = loop, .ca_file = ca_file };
    AUTO(webhooks_freep) struct webhooks *webhooks = must_alloc(1, sizeof *webhooks);
    int r = http_client_open(&http, &webhooks->http[false]);

    if (r >= 0)
        r = http_client_open(&http, &webhooks->http[true]);
    if (r < 0)
        return r;
    webhooks->settings = settings;
    webhooks->done = done;
    webhooks->context = context;
    webhooks->sent =
        metric_counter("dapi_webhook_sent_total", "", "webhooks that their endpoint has accepted");
    webhooks->failures = metric_counter("dapi_webhook_failures_total", "",
                                        "attempts that the endpoint did not accept");
    webhooks->seconds = metric_seconds("dapi_webhook_seconds", "",
                                       "from a request to a webhook's endpoint to its answer");
    *ret = TAKE(webhooks);
    return 0;
}

static void free_call_out(struct call_out *out)
{
    LIST_REMOVE(out, place);
    for (size_t i = 0; i < HEADERS; i++)
        free(out->headers[i]);
    free(out);
}

struct webhooks *webhooks_free(struct webhooks *webhooks)
{
    if (!webhooks)
        return NULL;
    http_client_free(webhooks->http[false]);
    http_client_free(webhooks->http[true]);
    for (struct call_out *out = LIST_FIRST(&webhooks->in_hand), *next; out; out = next) {
        next = LIST_NEXT(out, place);
        delivery_free(out->delivery);
        free_call_out(out);
    }
    free(webhooks);
    return NULL;
}

int webhook_sign(const struct webhook_endpoint *endpoint, const char *id, int64_t seconds,
                 const char *body, struct buffer *out)
{
    AUTO(buffer_done) struct buffer text = { 0 };
    unsigned char hmac[HMAC_BYTES];

    buffer_add_format(&text, "%s.%lld.", id, (long long)seconds);
    buffer_add_text(&text, body);
    for (size_t i = 0; i < WEBHOOK_SECRETS_MOST && endpoint->secrets[i].size; i++) {
        const struct bytes key = { endpoint->secrets[i].bytes, endpoint->secrets[i].size };
        int r = signing_hmac(key, (struct bytes){ text.data, text.size }, hmac);

        if (r < 0)
            return r;
        buffer_add_text(out, i > 0 ? " v1," : "v1,");
        base64_add(out, (struct bytes){ hmac, sizeof hmac });
    }
    return 0;
}

static void postpone(struct webhooks *webhooks, struct delivery *delivery, int64_t least_ms)
{
    int64_t wait_ms = backoff_ms(delivery->attempts, FIRST_WAIT_MS, LONGEST_WAIT_MS);

    metric_add(webhooks->failures, 1);
    if (least_ms > LONGEST_WAIT_MS)
        least_ms = LONGEST_WAIT_MS;
    delivery_postpone(delivery, clock_wall_ms(), wait_ms > least_ms ? wait_ms : least_ms);
    webhooks->done(webhooks->context, delivery);
}

static const char *problem_name(int r)
{
    return r == -EHOSTUNREACH ? "its address is not public, and \"allow_private\" is not set"
                              : strerror(-r);
}

/* Said when it changes, not with every attempt. */
static void note_health(struct webhooks *webhooks, const struct delivery *delivery, bool is_failing)
{
    size_t i = delivery->queue - QUEUE_WEBHOOKS;
    const struct webhook_endpoint *endpoint = &webhooks->settings->endpoints[i];

    if (is_failing && !webhooks->is_failing[i])
        log_warning("webhook \"%s\" does not take what it is told: %s; it is tried again for days",
                    endpoint->name, delivery->said);
    if (!is_failing && webhooks->is_failing[i])
        log_info("webhook \"%s\" takes what it is told again", endpoint->name);
    webhooks->is_failing[i] = is_failing;
}

static void on_answer(void *context, const struct http_answer *answer)
{
    struct call_out *out = context;
    struct webhooks *webhooks = out->webhooks;
    struct delivery *delivery = out->delivery;

    free_call_out(out);
    metric_observe_us(webhooks->seconds, clock_steady_us() - delivery->sent_at_us);
    if (answer->r == 0 && answer->status >= 200 && answer->status < 300) {
        metric_add(webhooks->sent, 1);
        note_health(webhooks, delivery, false);
        delivery_sent(delivery);
        webhooks->done(webhooks->context, delivery);
        return;
    }
    if (answer->r < 0)
        snprintf(delivery->said, sizeof delivery->said, "%s", problem_name(answer->r));
    else
        snprintf(delivery->said, sizeof delivery->said, "status %u", answer->status);
    note_health(webhooks, delivery, true);
    postpone(webhooks, delivery, answer->retry_after_ms);
}

static int set_headers(struct call_out *out, const struct webhook_endpoint *endpoint)
{
    const struct delivery *delivery = out->delivery;
    AUTO(buffer_done) struct buffer signature = { 0 };
    int64_t seconds = clock_wall_ms() / 1000;
    int r = webhook_sign(endpoint, delivery->message_id, seconds, delivery->body, &signature);

    if (r < 0)
        return r;
    out->headers[0] = must_format("webhook-id: %s", delivery->message_id);
    out->headers[1] = must_format("webhook-timestamp: %lld", (long long)seconds);
    out->headers[2] = must_format("webhook-signature: %.*s", (int)signature.size, signature.data);
    out->headers[3] = must_copy("content-type: application/json");
    out->headers[4] = must_copy("user-agent: dapi");
    return 0;
}

void webhooks_send(struct webhooks *webhooks, struct delivery *delivery)
{
    const struct webhook_endpoint *endpoint =
        &webhooks->settings->endpoints[delivery->queue - QUEUE_WEBHOOKS];
    struct call_out *out = must_alloc(1, sizeof *out);

    out->webhooks = webhooks;
    out->delivery = delivery;
    LIST_INSERT_HEAD(&webhooks->in_hand, out, place);
    delivery->sent_at_us = clock_steady_us();
    if (set_headers(out, endpoint) < 0) {
        free_call_out(out);
        postpone(webhooks, delivery, 0);
        return;
    }
    http_client_post(webhooks->http[endpoint->allows_private],
                     &(struct http_ask){
                         .url = endpoint->url,
                         .headers = (const char *const *)out->headers,
                         .body = {delivery->body, strlen(delivery->body)},
                         .most_ms = ANSWER_MOST_MS,
                         .refuses_private = !endpoint->allows_private,
                         .function = on_answer,
                         .context = out,
    });
}
