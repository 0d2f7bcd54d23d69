/* handlers.c - callsvc's verbs: requests become operations, a turn's operations one transaction */
#include "callsvc/handlers.h"

#include "callsvc/outcomes.h"
#include "callsvc/replies.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/metrics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHANNELS_MOST = 1000,
    UPKEEP_MS = 1000,    /* between steps of housekeeping */
    UPKEEP_BUSY_MS = 50, /* the same while there is more to do */
    PATIENCE_MS = 1000,  /* timers go by the wall clock, which may be set while the loop sleeps */
};

struct handlers {
    struct loop *loop;
    struct store *store;
    struct outbox *outbox;
    struct bus_server *bus;
    struct event_publisher *events;
    struct outcomes *outcomes;
    struct operation *operations; /* the group: STORE_GROUP_MOST places */
    struct bus_return *returns;   /* where their replies go */
    size_t count;
    struct buffer bulk;
    struct loop_timer upkeep;
    bool is_failing;
    struct metric *group_sizes;
    struct metric *group_seconds;
    struct metric *store_errors;
    struct metric *live_calls;
    struct metric *timers;
    struct metric *replicas;
    struct metric *reachable;
};

struct handlers *handlers_new(struct loop *loop, struct store *store, struct outbox *outbox)
{
    struct handlers *handlers = must_alloc(1, sizeof *handlers);

    handlers->loop = loop;
    handlers->store = store;
    handlers->outbox = outbox;
    handlers->outcomes = outcomes_new();
    handlers->operations = must_alloc(STORE_GROUP_MOST, sizeof *handlers->operations);
    handlers->returns = must_alloc(STORE_GROUP_MOST, sizeof *handlers->returns);
    handlers->group_sizes =
        metric_sizes("dapi_store_group_operations", "", "operations in one transaction");
    handlers->group_seconds =
        metric_seconds("dapi_store_group_seconds", "", "time that one transaction took");
    handlers->store_errors =
        metric_counter("dapi_store_errors_total", "", "transactions that failed");
    handlers->live_calls = metric_gauge("dapi_calls_live", "", "calls that have not ended");
    handlers->timers = metric_gauge("dapi_timers", "", "timers that are pending");
    handlers->replicas =
        metric_gauge("dapi_replicas_alive", "", "robotsvcs that were heard of lately");
    handlers->reachable =
        metric_gauge("dapi_uids_with_devices", "", "uids that have a device to be woken");
    return handlers;
}

struct handlers *handlers_free(struct handlers *handlers)
{
    if (!handlers)
        return NULL;
    loop_clear_timer(handlers->loop, &handlers->upkeep);
    outcomes_free(handlers->outcomes);
    buffer_done(&handlers->bulk);
    free(handlers->operations);
    free(handlers->returns);
    free(handlers);
    return NULL;
}

/* Log when the store's health changes, not with every request that meets it. */
static void note_health(struct handlers *handlers, int r)
{
    bool is_failing = r < 0;

    if (is_failing)
        metric_add(handlers->store_errors, 1);
    if (is_failing && !handlers->is_failing)
        (void)log_failed(r, "use the store (DAPI_STORE); requests are refused until it can be");
    if (!is_failing && handlers->is_failing)
        log_info("the store can be used again");
    handlers->is_failing = is_failing;
}

static void finish(struct handlers *handlers, size_t i, bool is_done, int64_t now_ms)
{
    struct operation *o = &handlers->operations[i];

    if (outbox_finish(handlers->outbox, o, is_done))
        return;
    if (is_done)
        outcomes_tell(handlers->outcomes, handlers->events, o, now_ms);
    if (o->kind == OPERATION_EXPIRE)
        return;
    if (is_done)
        reply_to(handlers->bus, &handlers->returns[i], o, &handlers->bulk);
    else
        bus_server_fail(handlers->bus, &handlers->returns[i], ERROR_STORE_UNAVAILABLE, NULL);
    operation_done(o);
}

static void show_counts(const struct handlers *handlers)
{
    struct store_counts counts = store_counts(handlers->store);

    metric_set(handlers->live_calls, (int64_t)counts.live_calls);
    metric_set(handlers->timers, (int64_t)counts.timers);
    metric_set(handlers->replicas, (int64_t)counts.replicas);
    metric_set(handlers->reachable, (int64_t)counts.uids_with_devices);
    outbox_show(handlers->outbox);
}

static void run_group(struct handlers *handlers)
{
    int64_t now_ms = clock_wall_ms();
    int64_t begin_us = clock_steady_us();
    int r = store_run(handlers->store, handlers->operations, handlers->count, now_ms);

    metric_observe_us(handlers->group_seconds, clock_steady_us() - begin_us);
    metric_observe(handlers->group_sizes, handlers->count);
    note_health(handlers, r);
    for (size_t i = 0; i < handlers->count; i++)
        finish(handlers, i, r >= 0, now_ms);
    handlers->count = 0;
    show_counts(handlers);
}

/* The channels that are asked about: 0, or -EINVAL with *reterr filled in. */
static int read_channels(struct bytes list, struct operation *o, struct fault *reterr)
{
    struct channel_name name;
    int r;

    o->channels = must_alloc(CHANNELS_MOST, sizeof *o->channels);
    while ((r = message_next(channel_name_message(), &list, &name, reterr)) >= 0) {
        if (o->channel_count == CHANNELS_MOST) {
            *reterr = (struct fault){ "count", "is less than the channels in the bulk" };
            return -EINVAL;
        }
        memcpy(o->channels[o->channel_count++].channel, name.channel, sizeof name.channel);
    }
    return r == -ENOENT ? 0 : r;
}

/* The replica's sessions, as above. */
static int read_sessions(struct bytes list, struct operation *o, struct fault *reterr)
{
    struct media_session session;
    int r;

    o->sessions = must_alloc(SESSIONS_MOST, sizeof *o->sessions);
    while ((r = message_next(media_session_message(), &list, &session, reterr)) >= 0) {
        if (o->session_count == SESSIONS_MOST) {
            *reterr = (struct fault){ "sessions", "is less than the sessions in the bulk" };
            return -EINVAL;
        }
        o->sessions[o->session_count++] = session;
    }
    return r == -ENOENT ? 0 : r;
}

static const struct verb {
    const struct message *(*message)(void); /* the verb is named as its message */
    enum operation_kind kind;
} verbs[] = {
    {call_start_message,         OPERATION_START            },
    { call_messages_message,     OPERATION_MESSAGES         },
    { call_ring_message,         OPERATION_RING             },
    { call_reject_message,       OPERATION_REJECT           },
    { call_history_message,      OPERATION_HISTORY          },
    { events_since_message,      OPERATION_EVENTS           },
    { call_answer_message,       OPERATION_ANSWER           },
    { call_end_message,          OPERATION_END              },
    { call_join_message,         OPERATION_JOIN             },
    { robot_claim_message,       OPERATION_ROBOT_CLAIM      },
    { robot_update_message,      OPERATION_ROBOT_UPDATE     },
    { channels_check_message,    OPERATION_CHANNELS_CHECK   },
    { call_parties_message,      OPERATION_PARTIES          },
    { media_claim_message,       OPERATION_MEDIA_CLAIM      },
    { media_update_message,      OPERATION_MEDIA_UPDATE     },
    { media_list_message,        OPERATION_MEDIA_LIST       },
    { replica_beat_message,      OPERATION_REPLICA_BEAT     },
    { device_register_message,   OPERATION_DEVICE_REGISTER  },
    { device_unregister_message, OPERATION_DEVICE_UNREGISTER},
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(verbs); i++)
        if (strcmp(verbs[i].message()->name, name) == 0)
            return &verbs[i];
    return NULL;
}

/* Where the request's body is read to: large ones are held apart. */
static void *place_of_body(struct operation *o)
{
    if (o->kind == OPERATION_DEVICE_REGISTER)
        return o->asked.device = must_alloc(1, sizeof *o->asked.device);
    if (o->kind == OPERATION_DEVICE_UNREGISTER)
        return o->asked.no_device = must_alloc(1, sizeof *o->asked.no_device);
    return &o->asked;
}

static int read_operation(const struct verb *verb, const struct bus_request *request,
                          struct operation *ret, struct fault *reterr)
{
    int r;

    ret->kind = verb->kind;
    r = message_from_msgpack(verb->message(), request->body, place_of_body(ret), reterr);
    if (r >= 0 && verb->kind == OPERATION_CHANNELS_CHECK)
        r = read_channels(request->bulk, ret, reterr);
    if (r >= 0 && verb->kind == OPERATION_REPLICA_BEAT)
        r = read_sessions(request->bulk, ret, reterr);
    return r;
}

void handlers_on_request(void *context, const struct bus_request *request)
{
    struct handlers *handlers = context;
    const struct verb *verb = find_verb(request->verb);
    struct operation *o = &handlers->operations[handlers->count];
    struct fault fault;

    if (!verb) {
        bus_server_fail(handlers->bus, &request->back, ERROR_UNKNOWN_VERB, NULL);
        return;
    }
    memset(o, 0, sizeof *o);
    if (read_operation(verb, request, o, &fault) < 0) {
        operation_done(o);
        bus_server_fail(handlers->bus, &request->back, ERROR_BAD_FIELD, &fault);
        return;
    }
    handlers->returns[handlers->count++] = request->back;
    if (handlers->count == STORE_GROUP_MOST)
        run_group(handlers);
}

/* The turn's requests are in: add the timers that are due and what the outbox wants, and run them
 * all. */
static bool work(void *context)
{
    struct handlers *handlers = context;
    bool has_requests;

    handlers->count +=
        store_take_due(handlers->store, clock_wall_ms(), handlers->operations + handlers->count,
                       STORE_GROUP_MOST - handlers->count);
    has_requests = handlers->count > 0;
    handlers->count += outbox_add_operations(handlers->outbox, handlers->operations,
                                             handlers->count, STORE_GROUP_MOST, clock_wall_ms());
    if (handlers->count == 0)
        return false;
    run_group(handlers);
    /* The outbox alone has one group a turn: descriptors and timers must have theirs. */
    return has_requests;
}

static int64_t patience(void *context)
{
    struct handlers *handlers = context;
    int64_t due = store_next_due(handlers->store);
    int64_t outbox = outbox_due(handlers->outbox);
    int64_t left_ms;

    if (outbox < due)
        due = outbox;
    if (due == INT64_MAX)
        return -1;
    left_ms = due - clock_wall_ms();
    if (left_ms < 0)
        return 0;
    return left_ms < PATIENCE_MS ? left_ms : PATIENCE_MS;
}

static bool flush(void *context)
{
    struct handlers *handlers = context;
    bool has_replied = bus_server_flush(handlers->bus);
    bool has_published = event_publisher_flush(handlers->events);

    return has_replied || has_published;
}

static void keep_up(void *context)
{
    struct handlers *handlers = context;
    int r = store_maintain(handlers->store, clock_wall_ms());

    note_health(handlers, r);
    show_counts(handlers);
    loop_set_timer(handlers->loop, &handlers->upkeep,
                   loop_now_ms(handlers->loop) + (r > 0 ? UPKEEP_BUSY_MS : UPKEEP_MS), keep_up,
                   handlers);
}

void handlers_start(struct handlers *handlers, struct bus_server *bus,
                    struct event_publisher *events)
{
    handlers->bus = bus;
    handlers->events = events;
    show_counts(handlers);
    loop_add_hook(handlers->loop, work, patience, handlers);
    loop_add_hook(handlers->loop, flush, NULL, handlers);
    loop_set_timer(handlers->loop, &handlers->upkeep, loop_now_ms(handlers->loop) + UPKEEP_MS,
                   keep_up, handlers);
}

const char *handlers_why_not_ready(void *context)
{
    const struct handlers *handlers = context;

    return handlers->is_failing ? "the store cannot be used" : NULL;
}
