/* push_apns.c - deliveries to Apple: which goes over which connection, and what its answer means */
#include "callsvc/push_apns.h"

#include "callsvc/apns_pool.h"
#include "callsvc/apns_token.h"
#include "callsvc/backoff.h"
#include "callsvc/push_metrics.h"
#include "callsvc/push_reaction.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOVES_MOST = 3,      /* over lost connections, before it waits */
    FIRST_WAIT_MS = 500, /* before another attempt */
    LONGEST_WAIT_MS = 5000,
    FIRST_AWAY_MS = 250, /* before another connection is tried when one could not be opened */
    STOPPED_MS = 15000,  /* before we ask again when our credentials are refused */
};

/* An environment of Apple's. */
struct host {
    struct apns *apns;
    const char *url;
    struct apns_pool pool;
    struct delivery_list waiting;
    unsigned failures;     /* connections that could not be opened, one after another */
    int64_t away_until_ms; /* steady clock; no connection is tried before */
    struct loop_timer wait_over;
};

struct apns {
    struct loop *loop;
    struct apns_settings settings;
    struct apns_token token;
    struct host hosts[2]; /* as urls of the settings */
    delivery_done_function *done;
    void *context;
    int64_t stopped_until_ms; /* steady clock; 0: it is not stopped */
    struct push_metrics metrics;
    struct metric *tokens_made;
    struct metric *connections;
};

static struct host *host_of(struct apns *apns, const struct delivery *delivery)
{
    return &apns->hosts[delivery->environment == ENVIRONMENT_SANDBOX];
}

static void give_back(struct apns *apns, struct delivery *delivery)
{
    apns->done(apns->context, delivery);
}

static void postpone(struct apns *apns, struct delivery *delivery, int64_t least_ms)
{
    int64_t wait_ms = backoff_ms(delivery->attempts, FIRST_WAIT_MS, LONGEST_WAIT_MS);

    delivery_postpone(delivery, clock_wall_ms(), wait_ms > least_ms ? wait_ms : least_ms);
    give_back(apns, delivery);
}

static void postpone_waiting(struct host *host, int64_t least_ms)
{
    struct delivery *delivery;

    while ((delivery = delivery_list_take(&host->waiting)) != NULL)
        postpone(host->apns, delivery, least_ms);
}

static void stop(struct apns *apns, const struct delivery *delivery)
{
    if (apns->stopped_until_ms == 0)
        log_error(
            "Apple refuses our credentials (%s): no pushes for %d s, check DAPI_APNS_KEY_FILE, "
            "DAPI_APNS_KEY_ID, DAPI_APNS_TEAM_ID and the clock",
            delivery->said, STOPPED_MS / 1000);
    apns->stopped_until_ms = loop_now_ms(apns->loop) + STOPPED_MS;
    metric_set(apns->metrics.stopped, 1);
    for (size_t i = 0; i < COUNT_OF(apns->hosts); i++)
        postpone_waiting(&apns->hosts[i], STOPPED_MS);
}

/* How long nothing may be sent; 0: now. */
static int64_t wait_of(const struct host *host)
{
    int64_t until_ms = host->away_until_ms > host->apns->stopped_until_ms
                           ? host->away_until_ms
                           : host->apns->stopped_until_ms;
    int64_t left_ms = until_ms - loop_now_ms(host->apns->loop);

    return left_ms > 0 ? left_ms : 0;
}

/* Said when it changes, not with every attempt. */
static void note_away(struct host *host, const char *said)
{
    if (host->failures == 0)
        log_warning("Apple's %s %s", host->url, said);
    host->away_until_ms = loop_now_ms(host->apns->loop) +
                          backoff_ms(host->failures++, FIRST_AWAY_MS, LONGEST_WAIT_MS);
}

static void note_back(struct host *host)
{
    if (host->failures > 0)
        log_info("Apple's %s can be reached again", host->url);
    host->failures = 0;
    host->away_until_ms = 0;
}

static void go_on(struct apns *apns)
{
    if (apns->stopped_until_ms != 0)
        log_info("Apple takes our pushes again");
    apns->stopped_until_ms = 0;
}

/* Which token is it that is wrong? The one of this environment, or of none. */
static void try_other_environment(struct apns *apns, struct delivery *delivery)
{
    if (delivery->has_tried_other_environment) {
        delivery->verdict = DEVICE_DEAD;
        delivery->verdict_at = delivery->registered_at;
        delivery_drop(delivery, DROP_DEVICE_DEAD);
        give_back(apns, delivery);
        return;
    }
    delivery->has_tried_other_environment = true;
    delivery->environment =
        delivery->environment == ENVIRONMENT_SANDBOX ? ENVIRONMENT_PRODUCTION : ENVIRONMENT_SANDBOX;
    delivery_list_add(&host_of(apns, delivery)->waiting, delivery);
}

static void take_success(struct apns *apns, struct delivery *delivery)
{
    if (delivery->has_tried_other_environment) {
        delivery->verdict = DEVICE_MOVED;
        delivery->verdict_at = delivery->registered_at;
    }
    push_metrics_sent(&apns->metrics, delivery, clock_wall_ms());
    go_on(apns);
    delivery_sent(delivery);
    give_back(apns, delivery);
}

/* Dead since a time: whoever registered it later knows better. */
static void bury(struct apns *apns, struct delivery *delivery, int64_t dead_since_ms)
{
    delivery->verdict = DEVICE_DEAD;
    delivery->verdict_at = dead_since_ms ? dead_since_ms : delivery->registered_at;
    delivery_drop(delivery, DROP_DEVICE_DEAD);
    give_back(apns, delivery);
}

/* A new token goes over a new connection: on one, Apple takes another only now and then. */
static void use_fresh_token(struct apns *apns, struct apns_connection *connection,
                            struct delivery *delivery)
{
    bool is_new = apns_token_expire(&apns->token, delivery->sent_at_us, clock_steady_us());

    apns_connection_end(connection);
    if (is_new && !delivery->has_tried_fresh_token) {
        delivery->has_tried_fresh_token = true;
        delivery_list_add(&host_of(apns, delivery)->waiting, delivery);
        return;
    }
    stop(apns, delivery);
    postpone(apns, delivery, STOPPED_MS);
}

static void move(struct apns *apns, struct delivery *delivery)
{
    if (delivery->moves++ < MOVES_MOST)
        delivery_list_add(&host_of(apns, delivery)->waiting, delivery);
    else
        postpone(apns, delivery, 0);
}

static void react_to_answer(struct apns *apns, struct apns_connection *connection,
                            struct delivery *delivery, const struct http_answer *answer)
{
    struct apns_answer said;
    enum push_reaction reaction;

    note_back(host_of(apns, delivery));
    apns_answer_read(answer->body, &said);
    snprintf(delivery->said, sizeof delivery->said, "%u %s", answer->status, said.reason);
    reaction = apns_reaction(answer->status, said.reason);
    if (reaction != REACTION_SENT)
        metric_add(apns->metrics.failures, 1);
    switch (reaction) {
    case REACTION_SENT: take_success(apns, delivery); break;
    case REACTION_DEVICE_DEAD: bury(apns, delivery, said.timestamp_ms); break;
    case REACTION_OTHER_ENVIRONMENT: try_other_environment(apns, delivery); break;
    case REACTION_FRESH_TOKEN: use_fresh_token(apns, connection, delivery); break;
    case REACTION_STOPPED:
        apns_connection_end(connection);
        stop(apns, delivery);
        postpone(apns, delivery, STOPPED_MS);
        break;
    case REACTION_RECONNECT:
        apns_connection_end(connection);
        move(apns, delivery);
        break;
    case REACTION_LATER_RECONNECT:
        apns_connection_end(connection);
        postpone(apns, delivery, answer->retry_after_ms);
        break;
    case REACTION_LATER: postpone(apns, delivery, answer->retry_after_ms); break;
    case REACTION_REFUSED:
        delivery_drop(delivery, DROP_REFUSED);
        give_back(apns, delivery);
        break;
    }
}

static const char *problem_name(int r)
{
    switch (r) {
    case -ECONNREFUSED: return "cannot be reached";
    case -EKEYREJECTED: return "its certificate is not trusted";
    case -ETIMEDOUT: return "does not answer";
    default: return "the connection was lost";
    }
}

/* No answer: a stream that was lost moves on, one that waited in vain waits again. */
static void react_to_loss(struct host *host, struct delivery *delivery, int r, bool was_proven)
{
    struct apns *apns = host->apns;

    metric_add(apns->metrics.failures, 1);
    snprintf(delivery->said, sizeof delivery->said, "%s", problem_name(r));
    if (!was_proven && !apns_pool_has_proven(&host->pool)) {
        note_away(host, delivery->said);
        postpone_waiting(host, wait_of(host));
    }
    if (r == -ETIMEDOUT || wait_of(host) > 0)
        postpone(apns, delivery, wait_of(host));
    else
        move(apns, delivery);
}

static void on_answer(void *context, struct apns_connection *connection, struct delivery *delivery,
                      const struct http_answer *answer, bool was_proven);

static struct apns_connection *choose_connection(struct host *host)
{
    struct apns *apns = host->apns;
    const struct apns_connection_options options = {
        .loop = apns->loop,
        .url = host->url,
        .settings = &apns->settings,
        .on_answer = on_answer,
        .context = host,
    };
    size_t before = host->pool.opened;
    struct apns_connection *connection = apns_pool_choose(&host->pool, &options);

    metric_add(apns->connections, host->pool.opened - before);
    return connection;
}

static const char *token_header(struct apns *apns)
{
    uint64_t before = apns->token.count;
    const char *header = apns_token_header(&apns->token, clock_wall_ms(), clock_steady_us());

    metric_add(apns->tokens_made, apns->token.count - before);
    return header;
}

static void on_wait_over(void *context);

/* What cannot be sent now is kept for the while: the store is not to be asked for it again and
 * again. */
static void dispatch(struct host *host)
{
    struct apns *apns = host->apns;
    struct apns_connection *connection;
    const char *header;

    if (wait_of(host) > 0) {
        loop_set_timer(apns->loop, &host->wait_over, loop_now_ms(apns->loop) + wait_of(host),
                       on_wait_over, host);
        return;
    }
    while (host->waiting.first && (connection = choose_connection(host)) != NULL) {
        struct delivery *delivery = delivery_list_take(&host->waiting);

        header = token_header(apns);
        if (delivery->expires_at <= clock_wall_ms()) {
            delivery_drop(delivery, DROP_LATE);
            give_back(apns, delivery);
        } else if (!header) {
            postpone(apns, delivery, 0);
        } else {
            delivery->sent_at_us = clock_steady_us();
            apns_connection_send(connection, delivery, header);
        }
    }
}

/* One tries whether Apple is there; the store is asked whether the others are still to be sent. */
static void on_wait_over(void *context)
{
    struct host *host = context;
    struct delivery *first = delivery_list_take(&host->waiting);
    struct delivery *delivery;

    while ((delivery = delivery_list_take(&host->waiting)) != NULL) {
        delivery_return(delivery, clock_wall_ms());
        give_back(host->apns, delivery);
    }
    if (first)
        delivery_list_add(&host->waiting, first);
    dispatch(host);
}

static void on_answer(void *context, struct apns_connection *connection, struct delivery *delivery,
                      const struct http_answer *answer, bool was_proven)
{
    struct host *host = context;
    struct apns *apns = host->apns;

    if (answer->r < 0)
        react_to_loss(host, delivery, answer->r, was_proven);
    else
        react_to_answer(apns, connection, delivery, answer);
    for (size_t i = 0; i < COUNT_OF(apns->hosts); i++)
        dispatch(&apns->hosts[i]);
}

/* Connections that are over cannot be freed from within their own functions. */
static bool tidy(void *context)
{
    struct apns *apns = context;
    bool has_moved = false;

    for (size_t i = 0; i < COUNT_OF(apns->hosts); i++) {
        if (!apns_pool_tidy(&apns->hosts[i].pool))
            continue;
        dispatch(&apns->hosts[i]);
        has_moved = true;
    }
    return has_moved;
}

struct apns *apns_new(struct loop *loop, const struct apns_settings *settings,
                      delivery_done_function *done, void *context)
{
    struct apns *apns = must_alloc(1, sizeof *apns);

    apns->loop = loop;
    apns->settings = *settings;
    apns->token = (struct apns_token){ .key = settings->key,
                                       .key_id = settings->key_id,
                                       .team_id = settings->team_id };
    for (size_t i = 0; i < COUNT_OF(apns->hosts); i++)
        apns->hosts[i] = (struct host){ .apns = apns, .url = settings->urls[i] };
    apns->done = done;
    apns->context = context;
    push_metrics_open(&apns->metrics, true);
    apns->tokens_made = metric_counter("dapi_apns_tokens_made_total", "",
                                       "provider tokens that were signed for Apple");
    apns->connections =
        metric_counter("dapi_apns_connections_total", "", "connections to Apple that were begun");
    loop_add_hook(loop, tidy, NULL, apns);
    return apns;
}

struct apns *apns_free(struct apns *apns)
{
    if (!apns)
        return NULL;
    loop_remove_hook(apns->loop, tidy, apns);
    for (size_t i = 0; i < COUNT_OF(apns->hosts); i++) {
        loop_clear_timer(apns->loop, &apns->hosts[i].wait_over);
        apns_pool_done(&apns->hosts[i].pool);
        delivery_free_all(apns->hosts[i].waiting.first);
    }
    apns_token_done(&apns->token);
    free(apns);
    return NULL;
}

void apns_send(struct apns *apns, struct delivery *delivery)
{
    struct host *host = host_of(apns, delivery);

    delivery_list_add(&host->waiting, delivery);
    dispatch(host);
}
