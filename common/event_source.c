/* event_source.c - one publisher of events, as a subscriber hears it */
#include "common/event_subscriber_inside.h"

#include "common/frame.h"
#include "common/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_MESSAGES = 64 }; /* taken in one round */

static void on_readable(void *context, uint32_t epoll_events)
{
    struct event_subscriber *subscriber = context;

    (void)epoll_events;
    subscriber->must_look = true;
}

static void set_topic(struct event_source *source, int option, const char *topic)
{
    zmq_setsockopt(source->socket, option, topic, EVENT_TOPIC_LENGTH);
    source->subscriber->must_look = true;
}

void event_source_add(struct event_source *source, unsigned shard)
{
    char topic[EVENT_TOPIC_LENGTH + 1];

    event_topic(shard, topic);
    event_shards_drop(&source->counters, shard);
    set_topic(source, ZMQ_SUBSCRIBE, topic);
}

static void add_all(struct event_source *source)
{
    const struct event_shards *subscriptions = &source->subscriber->subscriptions;
    AUTO(free_memory) unsigned *shards = event_shards_list(subscriptions);

    for (size_t i = 0; i < subscriptions->count; i++)
        event_source_add(source, shards[i]);
}

static void close_socket(struct event_source *source)
{
    if (source->socket)
        bus_socket_unwatch(source->socket, source->subscriber->options.loop);
    source->socket = bus_socket_close(source->socket);
}

/* A connection of its own to the endpoint, in place of what the source had. */
static int open_socket(struct event_source *source)
{
    struct event_subscriber *subscriber = source->subscriber;
    const struct event_subscriber_options *options = &subscriber->options;
    AUTO(bus_socket_closep) void *socket = NULL;
    int r = bus_socket_open(options->zmq_context, ZMQ_SUB, source->endpoint, &socket);

    if (r < 0)
        return r;
    bus_socket_set(socket, ZMQ_RCVHWM, EVENT_HIGH_WATER);
    /* Subscriptions go the other way, and libzmq drops those beyond this limit without a word. */
    bus_socket_set(socket, ZMQ_SNDHWM, 0);
    r = bus_curve_ask(options->curve, socket, EVENT_SERVICE);
    if (r < 0)
        return r;
    if (zmq_connect(socket, source->endpoint) < 0)
        return -errno;
    r = bus_socket_watch(socket, options->loop, on_readable, subscriber);
    if (r < 0)
        return r;
    close_socket(source);
    source->socket = TAKE(socket);
    set_topic(source, ZMQ_SUBSCRIBE, EVENT_BEAT_TOPIC);
    add_all(source);
    return 0;
}

int event_source_open(struct event_subscriber *subscriber, const char *endpoint,
                      struct event_source **ret)
{
    AUTO(event_source_freep) struct event_source *source = must_alloc(1, sizeof *source);
    int r;

    source->subscriber = subscriber;
    source->endpoint = must_copy(endpoint);
    source->is_lost = true;
    r = open_socket(source);
    if (r < 0)
        return r;
    *ret = TAKE(source);
    return 0;
}

struct event_source *event_source_free(struct event_source *source)
{
    if (!source)
        return NULL;
    close_socket(source);
    event_shards_done(&source->counters);
    free(source->endpoint);
    free(source);
    return NULL;
}

void event_source_remove(struct event_source *source, unsigned shard)
{
    char topic[EVENT_TOPIC_LENGTH + 1];

    event_topic(shard, topic);
    event_shards_drop(&source->counters, shard);
    set_topic(source, ZMQ_UNSUBSCRIBE, topic);
}

static bool is_wanted(const struct event_source *source, unsigned shard)
{
    return event_shards_find(&source->subscriber->subscriptions, shard);
}

static void tell_gap(struct event_source *source, unsigned shard)
{
    const struct event_subscriber_options *options = &source->subscriber->options;

    options->on_gap(options->context, shard);
}

/* A restarted publisher counts from the beginning. */
static void note_epoch(struct event_source *source, const char *epoch)
{
    if (strcmp(source->epoch, epoch) == 0)
        return;
    *(char *)mempcpy(source->epoch, epoch, strlen(epoch)) = '\0';
    source->is_lost = true;
}

/* The shard's counter is that now, and has gone up by `steps` if nothing was missed. */
static void follow(struct event_source *source, const struct event_count *now, uint32_t steps)
{
    const uint32_t *before = event_shards_find(&source->counters, now->shard);
    bool is_gap = !before || *before + steps != now->counter;

    event_shards_put(&source->counters, now->shard, now->counter);
    if (is_gap)
        tell_gap(source, now->shard);
}

static int read_event(const msgpack_object items[3], struct event *event, struct call *call,
                      struct call_inside *inside)
{
    struct fault fault;
    int r = message_from_msgpack(event_message(), &items[0], event, &fault);

    if (r == 0)
        r = message_from_msgpack(call_message(), &items[1], call, &fault);
    if (r == 0)
        r = message_from_msgpack(call_inside_message(), &items[2], inside, &fault);
    return r;
}

/* The listener may lose interest in the shard while it is told. */
static void deliver(struct event_source *source, const struct event_news *news)
{
    const struct event_subscriber_options *options = &source->subscriber->options;
    struct event event;
    struct call call;
    struct call_inside inside;

    for (uint32_t i = 0; i < news->item_count && is_wanted(source, news->count.shard); i += 3) {
        if (read_event(news->items + i, &event, &call, &inside) < 0) {
            tell_gap(source, news->count.shard);
            return;
        }
        options->on_event(options->context, &event, &call, &inside);
    }
}

static void hear_news(struct event_source *source, const char *topic, const msgpack_object *object)
{
    struct event_news news;
    char right_topic[EVENT_TOPIC_LENGTH + 1];

    if (event_news_read(object, &news) < 0 || !is_wanted(source, news.count.shard))
        return;
    event_topic(news.count.shard, right_topic);
    if (memcmp(topic, right_topic, EVENT_TOPIC_LENGTH) != 0)
        return;
    note_epoch(source, news.epoch);
    if (source->is_lost)
        tell_gap(source, news.count.shard);
    else
        follow(source, &news.count, 1);
    deliver(source, &news);
}

/* What is heard from here on can be followed again; all before may have been missed. */
static void find_again(struct event_source *source)
{
    source->is_lost = false;
    event_shards_done(&source->counters);
    event_subscriber_tell_gaps(source->subscriber);
}

static void hear_counts(struct event_source *source, const struct event_beat *beat, bool is_told)
{
    for (uint32_t i = 0; i < beat->count; i++) {
        struct event_count now;

        if (event_count_read(beat, i, &now) < 0 || !is_wanted(source, now.shard))
            continue;
        if (is_told)
            event_shards_put(&source->counters, now.shard, now.counter);
        else
            follow(source, &now, 0);
    }
}

static void hear_beat(struct event_source *source, const msgpack_object *object)
{
    struct event_beat beat;
    bool is_lost;

    if (event_beat_read(object, &beat) < 0)
        return;
    source->silent_beats = 0;
    note_epoch(source, beat.epoch);
    is_lost = source->is_lost || beat.number != source->beat + 1;
    source->beat = beat.number;
    if (is_lost)
        find_again(source);
    hear_counts(source, &beat, is_lost);
}

static void hear(struct event_source *source)
{
    struct event_subscriber *subscriber = source->subscriber;
    struct bytes topic = bus_message_bytes(&subscriber->topic);
    struct bytes frame = bus_message_bytes(&subscriber->frame);
    msgpack_object object;

    msgpack_zone_clear(&subscriber->zone);
    if (topic.size != EVENT_TOPIC_LENGTH || frame.size == 0 ||
        frame_item_size(frame.data, frame.size) != frame.size ||
        msgpack_unpack(frame.data, frame.size, NULL, &subscriber->zone, &object) !=
            MSGPACK_UNPACK_SUCCESS)
        return;
    if (memcmp(topic.data, EVENT_BEAT_TOPIC, EVENT_TOPIC_LENGTH) == 0)
        hear_beat(source, &object);
    else
        hear_news(source, topic.data, &object);
}

bool event_source_look(struct event_source *source)
{
    struct event_subscriber *subscriber = source->subscriber;
    int messages = 0;

    if (!(bus_socket_events(source->socket) & ZMQ_POLLIN))
        return false;
    for (; messages < MOST_MESSAGES; messages++) {
        int r = bus_socket_receive(source->socket, &subscriber->topic, &subscriber->frame);

        if (r < 0 && r != -EBADMSG)
            break;
        if (r == 0)
            hear(source);
    }
    return messages > 0;
}

bool event_source_tick(struct event_source *source)
{
    if (++source->silent_beats <= EVENT_SILENT_BEATS)
        return false;
    source->is_lost = true;
    /* As with replicas: libzmq may have given up for good. */
    if (source->silent_beats % EVENT_APART_BEATS == 0)
        (void)!open_socket(source);
    return true;
}
