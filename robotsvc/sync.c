/* sync.c - keeps the crew in step with callsvc */
#include "robotsvc/sync.h"

#include "common/clock.h"
#include "common/events.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/metrics.h"
#include "robotsvc/copy_text.h"
#include "robotsvc/reply.h"

#include <stdlib.h>

enum { CHANNELS_MOST = 1000, CHECK_MOST_MS = 3000 }; /* channels of one channels_check */

struct sync {
    struct sync_options options;
    struct event_subscriber *subscriber;
    struct loop_timer timer;
    struct channels_check check; /* the one that is being put together, and its bulk */
    struct buffer names;
    uint64_t youngest; /* robot, when the round began */
    size_t asking;     /* checks of this round without an answer */
    bool has_failed;
    bool must_ask_again;
    struct metric *gaps;
};

static void ask_all(void *context);

static void set_timer(struct sync *sync, int64_t wait_ms)
{
    loop_set_timer(sync->options.loop, &sync->timer, clock_steady_ms() + wait_ms, ask_all, sync);
}

static void end_round(struct sync *sync)
{
    if (sync->must_ask_again)
        ask_all(sync);
    else
        set_timer(sync, sync->has_failed ? SYNC_AGAIN_MS : SYNC_SLOW_MS);
}

/* Only what callsvc says counts: an answer that stops in the middle says nothing of the rest. */
static void take_states(struct sync *sync, struct bytes list)
{
    struct channel_state state;
    struct fault fault;

    while (message_next(channel_state_message(), &list, &state, &fault) == 0)
        crew_take_state(sync->options.crew, &state, sync->youngest);
}

static void on_states(void *context, const struct bus_reply *reply)
{
    struct sync *sync = context;
    struct call_list answer;

    if (reply_read(reply, call_list_message(), &answer) == ERROR_NONE)
        take_states(sync, reply->bulk);
    else
        sync->has_failed = true;
    if (--sync->asking == 0)
        end_round(sync);
}

static void send_check(struct sync *sync)
{
    struct bus_ask ask = {
        .message = channels_check_message(),
        .body = &sync->check,
        .bulk = {sync->names.data, sync->names.size},
        .deadline_ms = clock_steady_ms() + CHECK_MOST_MS,
        .traceparent = "",
        .on_reply = on_states,
        .context = sync,
    };

    if (sync->check.count == 0)
        return;
    bus_client_ask(sync->options.callsvc, &ask);
    sync->asking++;
    sync->check.count = 0;
    buffer_clear(&sync->names);
}

static void add_channel(void *context, const char *channel)
{
    struct sync *sync = context;
    struct channel_name name = { 0 };

    COPY_TEXT(name.channel, channel);
    message_to_msgpack(channel_name_message(), &name, &sync->names);
    if (++sync->check.count == CHANNELS_MOST)
        send_check(sync);
}

/* A gap while a round is going on needs another: what that one was told may be older. */
static void ask_all(void *context)
{
    struct sync *sync = context;

    sync->must_ask_again = sync->asking > 0;
    if (sync->asking > 0)
        return;
    sync->has_failed = false;
    sync->youngest = crew_youngest(sync->options.crew);
    crew_each_channel(sync->options.crew, add_channel, sync);
    send_check(sync);
    if (sync->asking == 0)
        set_timer(sync, SYNC_SLOW_MS);
}

static void on_gap(void *context, unsigned shard)
{
    struct sync *sync = context;

    (void)shard;
    metric_add(sync->gaps, 1);
    ask_all(sync);
}

static void on_event(void *context, const struct event *event, const struct call *call,
                     const struct call_inside *inside)
{
    struct sync *sync = context;

    (void)event;
    crew_take_event(sync->options.crew, call->channel, inside);
}

static int open_subscriber(struct sync *sync)
{
    const struct event_subscriber_options options = {
        .zmq_context = sync->options.zmq_context,
        .curve = sync->options.curve,
        .loop = sync->options.loop,
        .resolver = sync->options.resolver,
        .endpoints = sync->options.endpoints,
        .on_event = on_event,
        .on_gap = on_gap,
        .context = sync,
    };
    int r = event_subscriber_open(&options, &sync->subscriber);

    if (r < 0)
        return r;
    event_subscriber_add(sync->subscriber, EVENT_SHARD_ROBOTS);
    return 0;
}

int sync_open(const struct sync_options *options, struct sync **ret)
{
    AUTO(sync_freep) struct sync *sync = must_alloc(1, sizeof *sync);
    int r;

    sync->options = *options;
    sync->gaps = metric_counter("dapi_event_gaps_total", "",
                                "times that callsvc was asked because events may have been missed");
    r = open_subscriber(sync);
    if (r < 0)
        return r;
    set_timer(sync, SYNC_SLOW_MS);
    *ret = TAKE(sync);
    return 0;
}

struct sync *sync_free(struct sync *sync)
{
    if (!sync)
        return NULL;
    loop_clear_timer(sync->options.loop, &sync->timer);
    event_subscriber_free(sync->subscriber);
    buffer_done(&sync->names);
    free(sync);
    return NULL;
}
