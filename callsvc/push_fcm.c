/* push_fcm.c - deliveries to Firebase Cloud Messaging */
#include "callsvc/push_fcm.h"

#include "callsvc/backoff.h"
#include "callsvc/http_client.h"
#include "callsvc/push_message.h"
#include "callsvc/push_metrics.h"
#include "callsvc/push_reaction.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum {
    CONNECTIONS_MOST = 4,
    ANSWER_MOST_MS = 10000,
    FIRST_WAIT_MS = 500, /* before another attempt */
    LONGEST_WAIT_MS = 10000,
    STOPPED_MS = 15000,       /* before we ask again when our credentials are refused */
    ASSERTION_SECONDS = 3600, /* Google takes it for no longer */
    RENEW_BEFORE_MS = 300000, /* the access token's end */
    ACCESS_RETRY_MOST_MS = 10000,
};

/* A request: what libcurl borrows lives here until the answer. */
struct call_out {
    LIST_ENTRY(call_out) place;
    struct fcm *fcm;
    struct delivery *delivery;
    char *authorization;
    struct buffer body;
};

struct fcm {
    struct loop *loop;
    struct fcm_settings settings;
    struct http_client *http;
    char *url;
    delivery_done_function *done;
    void *context;

    char *authorization; /* "authorization: Bearer …"; NULL: there is none */
    int64_t renew_at_ms; /* steady clock */
    int64_t got_at_us;
    struct buffer asking; /* the body of the request for one */
    bool is_asking;
    unsigned refusals; /* of access tokens, one after another */

    struct delivery_list waiting; /* for an access token */
    int64_t stopped_until_ms;     /* steady clock; 0: it is not stopped */
    LIST_HEAD(calls_out, call_out) in_hand;
    unsigned failures;     /* requests without an answer, one after another */
    int64_t away_until_ms; /* steady clock; nothing is sent before */
    struct loop_timer wait_over;
    struct push_metrics metrics;
};

int fcm_open(struct loop *loop, const struct fcm_settings *settings, delivery_done_function *done,
             void *context, struct fcm **ret)
{
    const struct http_client_options http = { .loop = loop,
                                              .ca_file = settings->ca_file,
                                              .most_connections = CONNECTIONS_MOST };
    AUTO(fcm_freep) struct fcm *fcm = must_alloc(1, sizeof *fcm);
    int r = http_client_open(&http, &fcm->http);

    if (r < 0)
        return r;
    fcm->loop = loop;
    fcm->settings = *settings;
    fcm->done = done;
    fcm->context = context;
    fcm->url = must_format("%s/v1/projects/%s/messages:send", settings->url,
                           settings->credentials->project);
    push_metrics_open(&fcm->metrics, false);
    *ret = TAKE(fcm);
    return 0;
}

static void free_call_out(struct call_out *out)
{
    LIST_REMOVE(out, place);
    free(out->authorization);
    buffer_done(&out->body);
    free(out);
}

struct fcm *fcm_free(struct fcm *fcm)
{
    if (!fcm)
        return NULL;
    http_client_free(fcm->http);
    for (struct call_out *out = LIST_FIRST(&fcm->in_hand), *next; out; out = next) {
        next = LIST_NEXT(out, place);
        delivery_free(out->delivery);
        free_call_out(out);
    }
    loop_clear_timer(fcm->loop, &fcm->wait_over);
    delivery_free_all(fcm->waiting.first);
    buffer_done(&fcm->asking);
    free(fcm->authorization);
    free(fcm->url);
    free(fcm);
    return NULL;
}

static void give_back(struct fcm *fcm, struct delivery *delivery)
{
    fcm->done(fcm->context, delivery);
}

static void postpone(struct fcm *fcm, struct delivery *delivery, int64_t least_ms)
{
    int64_t wait_ms = backoff_ms(delivery->attempts, FIRST_WAIT_MS, LONGEST_WAIT_MS);

    delivery_postpone(delivery, clock_wall_ms(), wait_ms > least_ms ? wait_ms : least_ms);
    give_back(fcm, delivery);
}

static void postpone_waiting(struct fcm *fcm, int64_t least_ms)
{
    struct delivery *delivery;

    while ((delivery = delivery_list_take(&fcm->waiting)) != NULL)
        postpone(fcm, delivery, least_ms);
}

static void stop(struct fcm *fcm, const char *said)
{
    if (fcm->stopped_until_ms == 0)
        log_error("Firebase refuses our credentials (%s): no pushes for %d s, check "
                  "DAPI_FCM_CREDENTIALS_FILE and the clock",
                  said, STOPPED_MS / 1000);
    fcm->stopped_until_ms = loop_now_ms(fcm->loop) + STOPPED_MS;
    metric_set(fcm->metrics.stopped, 1);
    postpone_waiting(fcm, STOPPED_MS);
}

/* How long nothing may be sent; 0: now. */
static int64_t wait_of(const struct fcm *fcm)
{
    int64_t until_ms =
        fcm->away_until_ms > fcm->stopped_until_ms ? fcm->away_until_ms : fcm->stopped_until_ms;
    int64_t left_ms = until_ms - loop_now_ms(fcm->loop);

    return left_ms > 0 ? left_ms : 0;
}

/* Said when it changes, not with every attempt. */
static void note_health(struct fcm *fcm, int r)
{
    if (r < 0 && fcm->failures == 0)
        log_warning("Firebase's %s gives no answer: %s", fcm->settings.url, strerror(-r));
    if (r >= 0 && fcm->failures > 0)
        log_info("Firebase's %s answers again", fcm->settings.url);
    if (r >= 0)
        fcm->away_until_ms = fcm->failures = 0;
    else if (wait_of(fcm) == 0)
        fcm->away_until_ms =
            loop_now_ms(fcm->loop) + backoff_ms(fcm->failures++, FIRST_WAIT_MS, LONGEST_WAIT_MS);
}

static void on_wait_over(void *context);
static void send_now(struct fcm *fcm, struct delivery *delivery);

static void send_waiting(struct fcm *fcm)
{
    struct delivery *delivery;

    while ((delivery = delivery_list_take(&fcm->waiting)) != NULL)
        send_now(fcm, delivery);
}

static void take_access(struct fcm *fcm, const struct fcm_access *access)
{
    int64_t life_ms = access->life_ms > (int64_t)2 * RENEW_BEFORE_MS
                          ? access->life_ms - RENEW_BEFORE_MS
                          : access->life_ms / 2;

    free(fcm->authorization);
    fcm->authorization = must_format("authorization: Bearer %s", access->token);
    fcm->renew_at_ms = loop_now_ms(fcm->loop) + life_ms;
    fcm->got_at_us = clock_steady_us();
    fcm->refusals = 0;
    send_waiting(fcm);
}

static void on_access(void *context, const struct http_answer *answer)
{
    struct fcm *fcm = context;
    struct fcm_access access;

    fcm->is_asking = false;
    if (answer->r == 0 && answer->status == 200 && fcm_access_read(answer->body, &access) == 0) {
        take_access(fcm, &access);
        return;
    }
    metric_add(fcm->metrics.failures, 1);
    if (answer->r == 0 && answer->status >= 400 && answer->status < 500 && answer->status != 429) {
        stop(fcm, "its token endpoint gives no access");
        return;
    }
    if (fcm->refusals == 0)
        log_warning("cannot get an access token from %s", fcm->settings.credentials->token_url);
    fcm->away_until_ms =
        loop_now_ms(fcm->loop) + backoff_ms(fcm->refusals++, FIRST_WAIT_MS, ACCESS_RETRY_MOST_MS);
    postpone_waiting(fcm, wait_of(fcm));
}

/* The service account's assertion (RFC 7523), in the form's body. 0 or -EIO. */
static int write_assertion(struct fcm *fcm)
{
    const struct fcm_credentials *account = fcm->settings.credentials;
    long long now = clock_wall_ms() / 1000;
    AUTO(free_memory)
    char *header =
        must_format("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}", account->key_id);
    AUTO(free_memory)
    char *claims = must_format(
        "{\"iss\":\"%s\",\"scope\":\"https://www.googleapis.com/auth/firebase.messaging\","
        "\"aud\":\"%s\",\"iat\":%lld,\"exp\":%lld}",
        account->email, account->token_url, now, now + ASSERTION_SECONDS);
    AUTO(free_memory) char *jwt = NULL;
    int r = signing_make_jwt(account->key, header, claims, &jwt);

    if (r < 0)
        return r;
    buffer_clear(&fcm->asking);
    buffer_add_format(
        &fcm->asking,
        "grant_type=urn%%3Aietf%%3Aparams%%3Aoauth%%3Agrant-type%%3Ajwt-bearer&assertion=%s", jwt);
    return 0;
}

static void ask_access(struct fcm *fcm)
{
    static const char *const headers[] = { "content-type: application/x-www-form-urlencoded",
                                           NULL };

    if (fcm->is_asking)
        return;
    if (write_assertion(fcm) < 0) {
        postpone_waiting(fcm, STOPPED_MS);
        return;
    }
    fcm->is_asking = true;
    http_client_post(fcm->http, &(struct http_ask){
                                    .url = fcm->settings.credentials->token_url,
                                    .headers = headers,
                                    .body = {fcm->asking.data, fcm->asking.size},
                                    .most_ms = ANSWER_MOST_MS,
                                    .function = on_access,
                                    .context = fcm,
    });
}

static void use_fresh_token(struct fcm *fcm, struct delivery *delivery)
{
    if (delivery->has_tried_fresh_token) {
        stop(fcm, delivery->said);
        postpone(fcm, delivery, STOPPED_MS);
        return;
    }
    delivery->has_tried_fresh_token = true;
    if (delivery->sent_at_us >= fcm->got_at_us)
        free(TAKE(fcm->authorization));
    fcm_send(fcm, delivery);
}

static void take_success(struct fcm *fcm, struct delivery *delivery)
{
    if (fcm->stopped_until_ms != 0)
        log_info("Firebase takes our pushes again");
    fcm->stopped_until_ms = 0;
    push_metrics_sent(&fcm->metrics, delivery, clock_wall_ms());
    delivery_sent(delivery);
    give_back(fcm, delivery);
}

static void react(struct fcm *fcm, struct delivery *delivery, const struct http_answer *answer)
{
    struct fcm_answer said;
    enum push_reaction reaction;

    fcm_answer_read(answer->body, &said);
    snprintf(delivery->said, sizeof delivery->said, "%u %s", answer->status, said.reason);
    reaction = fcm_reaction(answer->status, &said);
    if (reaction != REACTION_SENT)
        metric_add(fcm->metrics.failures, 1);
    switch (reaction) {
    case REACTION_SENT: take_success(fcm, delivery); break;
    case REACTION_DEVICE_DEAD:
        delivery->verdict = DEVICE_DEAD;
        delivery->verdict_at = delivery->registered_at;
        delivery_drop(delivery, DROP_DEVICE_DEAD);
        give_back(fcm, delivery);
        break;
    case REACTION_FRESH_TOKEN: use_fresh_token(fcm, delivery); break;
    case REACTION_STOPPED:
        stop(fcm, delivery->said);
        postpone(fcm, delivery, STOPPED_MS);
        break;
    case REACTION_REFUSED:
        delivery_drop(delivery, DROP_REFUSED);
        give_back(fcm, delivery);
        break;
    default: postpone(fcm, delivery, answer->retry_after_ms); break;
    }
}

static void on_answer(void *context, const struct http_answer *answer)
{
    struct call_out *out = context;
    struct fcm *fcm = out->fcm;
    struct delivery *delivery = out->delivery;

    free_call_out(out);
    note_health(fcm, answer->r);
    if (answer->r == 0) {
        react(fcm, delivery, answer);
        if (fcm->waiting.first && !fcm->is_asking && wait_of(fcm) == 0)
            loop_set_timer(fcm->loop, &fcm->wait_over, loop_now_ms(fcm->loop), on_wait_over, fcm);
        return;
    }
    metric_add(fcm->metrics.failures, 1);
    snprintf(delivery->said, sizeof delivery->said, "%s", strerror(-answer->r));
    postpone(fcm, delivery, 0);
}

static void send_now(struct fcm *fcm, struct delivery *delivery)
{
    struct call_out *out = must_alloc(1, sizeof *out);
    int64_t now_ms = clock_wall_ms();

    out->fcm = fcm;
    out->delivery = delivery;
    out->authorization = must_copy(fcm->authorization);
    LIST_INSERT_HEAD(&fcm->in_hand, out, place);
    fcm_message(delivery, now_ms, &out->body);
    delivery->sent_at_us = clock_steady_us();
    http_client_post(fcm->http,
                     &(struct http_ask){
                         .url = fcm->url,
                         .headers = (const char *const[]){out->authorization,
                                                          "content-type: application/json", NULL },
                         .body = { out->body.data,                 out->body.size              },
                         .most_ms = ANSWER_MOST_MS,
                         .function = on_answer,
                         .context = out,
    });
}

static bool has_access(const struct fcm *fcm)
{
    return fcm->authorization && loop_now_ms(fcm->loop) < fcm->renew_at_ms;
}

/* One tries whether Firebase is there; the store is asked whether the others are still to be sent.
 */
static void on_wait_over(void *context)
{
    struct fcm *fcm = context;
    struct delivery *first = delivery_list_take(&fcm->waiting);
    struct delivery *delivery;

    while ((delivery = delivery_list_take(&fcm->waiting)) != NULL) {
        delivery_return(delivery, clock_wall_ms());
        give_back(fcm, delivery);
    }
    if (first)
        fcm_send(fcm, first);
}

/* What cannot be sent now is kept for the while: the store is not to be asked for it again and
 * again. */
void fcm_send(struct fcm *fcm, struct delivery *delivery)
{
    if (wait_of(fcm) > 0) {
        delivery_list_add(&fcm->waiting, delivery);
        loop_set_timer(fcm->loop, &fcm->wait_over, loop_now_ms(fcm->loop) + wait_of(fcm),
                       on_wait_over, fcm);
    } else if (has_access(fcm)) {
        send_now(fcm, delivery);
    } else {
        delivery_list_add(&fcm->waiting, delivery);
        ask_access(fcm);
    }
}
