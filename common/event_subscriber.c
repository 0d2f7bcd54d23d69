/* event_subscriber.c - hears events from all publishers, and of those it missed */
#include "common/event_subscriber_inside.h"

#include "common/log.h"
#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

enum { ZONE_BYTES = 32 * 1024 }; /* more than most messages need */

static struct event_source *find_source(const struct event_subscriber *subscriber,
                                        const char *endpoint)
{
    for (size_t i = 0; i < subscriber->source_count; i++)
        if (strcmp(subscriber->sources[i]->endpoint, endpoint) == 0)
            return subscriber->sources[i];
    return NULL;
}

static void add_source(struct event_subscriber *subscriber, const char *endpoint)
{
    struct event_source *source;
    int r = event_source_open(subscriber, endpoint, &source);

    if (r < 0) {
        log_failed(r, "subscribe to events at %s", endpoint);
        return;
    }
    subscriber->sources = must_resize(subscriber->sources, subscriber->source_count + 1,
                                      sizeof(struct event_source *));
    subscriber->sources[subscriber->source_count++] = source;
}

/* A publisher whose endpoint is gone may still finish its work: it is heard until it is silent. */
static void on_endpoints(void *context, const char *const *endpoints, size_t count)
{
    struct event_subscriber *subscriber = context;

    for (size_t i = 0; i < subscriber->source_count; i++)
        subscriber->sources[i]->is_vanished = true;
    for (size_t i = 0; i < count; i++) {
        struct event_source *source = find_source(subscriber, endpoints[i]);

        if (source)
            source->is_vanished = false;
        else
            add_source(subscriber, endpoints[i]);
    }
}

static bool receive(void *context)
{
    struct event_subscriber *subscriber = context;
    bool has_moved = false;

    if (!subscriber->must_look)
        return false;
    subscriber->must_look = false;
    for (size_t i = 0; i < subscriber->source_count; i++)
        if (event_source_look(subscriber->sources[i]))
            has_moved = true;
    /* Receiving may have taken note of what the descriptor will not tell any more. */
    if (has_moved)
        subscriber->must_look = true;
    return has_moved;
}

static int64_t patience(void *context)
{
    const struct event_subscriber *subscriber = context;

    return subscriber->must_look ? 0 : -1;
}

void event_subscriber_tell_gaps(struct event_subscriber *subscriber)
{
    size_t count = subscriber->subscriptions.count;
    AUTO(free_memory) unsigned *shards = event_shards_list(&subscriber->subscriptions);

    /* Who is told may end subscriptions, and begin others. */
    for (size_t i = 0; i < count; i++)
        if (event_shards_find(&subscriber->subscriptions, shards[i]))
            subscriber->options.on_gap(subscriber->options.context, shards[i]);
}

static void tick(void *context)
{
    struct event_subscriber *subscriber = context;
    struct loop *loop = subscriber->options.loop;
    bool is_one_gone = false;
    size_t kept = 0;

    for (size_t i = 0; i < subscriber->source_count; i++) {
        struct event_source *source = subscriber->sources[i];

        if (event_source_tick(source) && source->is_vanished) {
            is_one_gone = is_one_gone || source->epoch[0] != '\0';
            event_source_free(source);
        } else {
            subscriber->sources[kept++] = source;
        }
    }
    subscriber->source_count = kept;
    if (is_one_gone) /* its last words may have been missed */
        event_subscriber_tell_gaps(subscriber);
    loop_set_timer(loop, &subscriber->tick, loop_now_ms(loop) + EVENT_BEAT_MS, tick, subscriber);
}

int event_subscriber_open(const struct event_subscriber_options *options,
                          struct event_subscriber **ret)
{
    AUTO(event_subscriber_freep)
    struct event_subscriber *subscriber = must_alloc(1, sizeof *subscriber);
    struct loop *loop = options->loop;
    int r;

    subscriber->options = *options;
    zmq_msg_init(&subscriber->topic);
    zmq_msg_init(&subscriber->frame);
    if (!msgpack_zone_init(&subscriber->zone, ZONE_BYTES))
        abort();
    r = bus_curve_check(options->curve, EVENT_SERVICE);
    if (r == 0)
        r = resolver_add_watch(options->resolver, loop, options->endpoints, on_endpoints,
                               subscriber, &subscriber->watch);
    if (r < 0)
        return r;
    loop_add_hook(loop, receive, patience, subscriber);
    loop_set_timer(loop, &subscriber->tick, loop_now_ms(loop) + EVENT_BEAT_MS, tick, subscriber);
    *ret = TAKE(subscriber);
    return 0;
}

struct event_subscriber *event_subscriber_free(struct event_subscriber *subscriber)
{
    if (!subscriber)
        return NULL;
    if (subscriber->watch)
        resolver_remove_watch(subscriber->options.resolver, subscriber->watch);
    loop_remove_hook(subscriber->options.loop, receive, subscriber);
    loop_clear_timer(subscriber->options.loop, &subscriber->tick);
    for (size_t i = 0; i < subscriber->source_count; i++)
        event_source_free(subscriber->sources[i]);
    free(subscriber->sources);
    event_shards_done(&subscriber->subscriptions);
    msgpack_zone_destroy(&subscriber->zone);
    zmq_msg_close(&subscriber->topic);
    zmq_msg_close(&subscriber->frame);
    free(subscriber);
    return NULL;
}

void event_subscriber_add(struct event_subscriber *subscriber, unsigned shard)
{
    uint32_t *count = event_shards_find(&subscriber->subscriptions, shard);

    if (count) {
        ++*count;
        return;
    }
    event_shards_put(&subscriber->subscriptions, shard, 1);
    for (size_t i = 0; i < subscriber->source_count; i++)
        event_source_add(subscriber->sources[i], shard);
}

void event_subscriber_remove(struct event_subscriber *subscriber, unsigned shard)
{
    uint32_t *count = event_shards_find(&subscriber->subscriptions, shard);

    if (!count || --*count > 0)
        return;
    event_shards_drop(&subscriber->subscriptions, shard);
    for (size_t i = 0; i < subscriber->source_count; i++)
        event_source_remove(subscriber->sources[i], shard);
}
