/* event_publisher.c - tells events to whoever subscribes, and counts them for those who miss some
 */
#include "common/event_wire.h"

#include "common/bus_socket.h"
#include "common/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINGER_MS = 1000,
    MOVED_MOST = 100000, /* shards of one beat, a megabyte */
};

/* Events of one shard that leave together. */
struct stage {
    unsigned shard;
    struct buffer items;
    uint32_t item_count;
};

struct event_publisher {
    void *zmq_context;
    struct bus_curve *curve;
    unsigned removals; /* of keys, when the socket was opened */
    void *socket;      /* NULL while it cannot be bound again */
    struct loop *loop;
    char *endpoint; /* where it is bound, with the port that was chosen */
    char epoch[BUS_INSTANCE_LENGTH + 1];
    uint32_t *counters;  /* by shard: messages sent, and events nobody was there for */
    bool *is_subscribed; /* by shard */
    bool *is_moved;      /* by shard: it is in `moved` */
    bool hears_all;      /* somebody subscribed to a beginning of topics: to look on, say */
    bool has_learnt;     /* of subscriptions, since the last flush */
    struct stage *stages;
    size_t staged_count;
    size_t stage_count; /* those beyond the staged ones are to be used again */
    unsigned *moved;    /* shards for the next beat */
    size_t moved_count;
    uint64_t beat_number;
    struct buffer message;
    struct loop_timer beat;
};

static void pack_text(msgpack_packer *packer, const char *text)
{
    msgpack_pack_str_with_body(packer, text, strlen(text));
}

static msgpack_packer begin_message(struct event_publisher *publisher, size_t elements)
{
    msgpack_packer packer;

    buffer_clear(&publisher->message);
    msgpack_packer_init(&packer, &publisher->message, buffer_write);
    msgpack_pack_array(&packer, elements);
    pack_text(&packer, publisher->epoch);
    return packer;
}

static void note_moved(struct event_publisher *publisher, unsigned shard)
{
    if (publisher->is_moved[shard])
        return;
    publisher->is_moved[shard] = true;
    publisher->moved =
        must_resize(publisher->moved, publisher->moved_count + 1, sizeof *publisher->moved);
    publisher->moved[publisher->moved_count++] = shard;
}

/* XPUB says each subscription to a topic (1) and the end of its last (0). One that is learned late
 * costs nothing: what was passed over meanwhile is counted, and the next beat tells the counter. */
static void take_subscription(struct event_publisher *publisher, struct bytes said)
{
    const char *is_begun = said.data;
    unsigned shard;

    if (said.size == 0 || said.size - 1 > EVENT_TOPIC_LENGTH)
        return;
    if (said.size - 1 < EVENT_TOPIC_LENGTH) {
        publisher->hears_all = *is_begun;
        return;
    }
    if (!event_topic_read(is_begun + 1, &shard))
        return;
    publisher->is_subscribed[shard] = *is_begun;
    if (*is_begun)
        note_moved(publisher, shard);
}

static void learn_subscriptions(struct event_publisher *publisher)
{
    zmq_msg_t said;
    int r;

    zmq_msg_init(&said);
    while ((r = bus_socket_receive(publisher->socket, NULL, &said)) == 0 || r == -EBADMSG)
        if (r == 0)
            take_subscription(publisher, bus_message_bytes(&said));
    zmq_msg_close(&said);
    publisher->has_learnt = true;
}

/* A PUB socket drops what a subscriber does not take, and never says so: the counters do. */
static void send_message(struct event_publisher *publisher, const char *topic)
{
    (void)!bus_socket_send(publisher->socket, (struct bytes){ topic, EVENT_TOPIC_LENGTH },
                           (struct bytes){ publisher->message.data, publisher->message.size });
}

static void forget_moved(struct event_publisher *publisher)
{
    for (size_t i = 0; i < publisher->moved_count; i++)
        publisher->is_moved[publisher->moved[i]] = false;
    publisher->moved_count = 0;
}

static int open_socket(struct event_publisher *publisher, const char *listen)
{
    AUTO(bus_socket_closep) void *socket = NULL;
    char *endpoint = NULL;
    int r = bus_socket_open(publisher->zmq_context, ZMQ_XPUB, listen, &socket);

    if (r < 0)
        return r;
    bus_socket_set(socket, ZMQ_LINGER, LINGER_MS);
    bus_socket_set(socket, ZMQ_SNDHWM, EVENT_HIGH_WATER);
    /* Also who is not the first to hear a topic must be told its counter. */
    bus_socket_set(socket, ZMQ_XPUB_VERBOSE, 1);
    r = bus_curve_serve(publisher->curve, socket);
    if (r == 0)
        r = bus_socket_bind(socket, listen, &endpoint);
    if (r < 0)
        return r;
    free(publisher->endpoint);
    publisher->endpoint = endpoint;
    publisher->socket = TAKE(socket);
    return 0;
}

/* libzmq goes on telling those who have subscribed, whatever becomes of their key: once one is
 * removed, all must come in anew. They learn from the counters what they missed meanwhile. The port
 * may be free only a moment after the old socket was closed: the next beat tries again. */
static void turn_out_removed(struct event_publisher *publisher)
{
    unsigned removals = bus_curve_removals(publisher->curve);

    if (removals != publisher->removals) {
        publisher->removals = removals;
        publisher->socket = bus_socket_close(publisher->socket);
        publisher->hears_all = false;
        memset(publisher->is_subscribed, 0, EVENT_SHARDS * sizeof *publisher->is_subscribed);
    }
    if (!publisher->socket)
        (void)!open_socket(publisher, publisher->endpoint);
}

/* Where there is too much to tell, a number is left out: everybody takes everything for missed. */
static void beat(void *context)
{
    struct event_publisher *publisher = context;
    msgpack_packer packer;
    size_t count;

    turn_out_removed(publisher);
    learn_subscriptions(publisher);
    count = publisher->moved_count <= MOVED_MOST ? publisher->moved_count : 0;
    publisher->beat_number += count == publisher->moved_count ? 1 : 2;
    packer = begin_message(publisher, 3);
    msgpack_pack_uint64(&packer, publisher->beat_number);
    msgpack_pack_array(&packer, 2 * count);
    for (size_t i = 0; i < count; i++) {
        msgpack_pack_uint32(&packer, publisher->moved[i]);
        msgpack_pack_uint32(&packer, publisher->counters[publisher->moved[i]]);
    }
    forget_moved(publisher);
    send_message(publisher, EVENT_BEAT_TOPIC);
    loop_set_timer(publisher->loop, &publisher->beat, loop_now_ms(publisher->loop) + EVENT_BEAT_MS,
                   beat, publisher);
}

int event_publisher_open(const struct event_publisher_options *options,
                         struct event_publisher **ret)
{
    AUTO(event_publisher_freep)
    struct event_publisher *publisher = must_alloc(1, sizeof *publisher);
    int r;

    publisher->zmq_context = options->zmq_context;
    publisher->curve = options->curve;
    publisher->removals = bus_curve_removals(options->curve);
    publisher->loop = options->loop;
    publisher->counters = must_alloc(EVENT_SHARDS, sizeof *publisher->counters);
    publisher->is_subscribed = must_alloc(EVENT_SHARDS, sizeof *publisher->is_subscribed);
    publisher->is_moved = must_alloc(EVENT_SHARDS, sizeof *publisher->is_moved);
    bus_make_instance(publisher->epoch);
    r = bus_check_listen(options->listen, options->is_plain_allowed || options->curve);
    if (r == 0)
        r = open_socket(publisher, options->listen);
    if (r < 0)
        return r;
    loop_set_timer(publisher->loop, &publisher->beat, loop_now_ms(publisher->loop) + EVENT_BEAT_MS,
                   beat, publisher);
    *ret = TAKE(publisher);
    return 0;
}

struct event_publisher *event_publisher_free(struct event_publisher *publisher)
{
    if (!publisher)
        return NULL;
    if (publisher->socket)
        (void)event_publisher_flush(publisher);
    loop_clear_timer(publisher->loop, &publisher->beat);
    bus_socket_close(publisher->socket);
    for (size_t i = 0; i < publisher->stage_count; i++)
        buffer_done(&publisher->stages[i].items);
    buffer_done(&publisher->message);
    free(publisher->stages);
    free(publisher->moved);
    free(publisher->is_moved);
    free(publisher->is_subscribed);
    free(publisher->counters);
    free(publisher->endpoint);
    free(publisher);
    return NULL;
}

/* The shard's stage of this turn: there are few, for few shards are listened to. */
static struct stage *find_stage(struct event_publisher *publisher, unsigned shard)
{
    struct stage *stage;

    for (size_t i = 0; i < publisher->staged_count; i++)
        if (publisher->stages[i].shard == shard)
            return &publisher->stages[i];
    if (publisher->staged_count == publisher->stage_count) {
        publisher->stages =
            must_resize(publisher->stages, publisher->stage_count + 1, sizeof *publisher->stages);
        publisher->stages[publisher->stage_count++] = (struct stage){ 0 };
    }
    stage = &publisher->stages[publisher->staged_count++];
    stage->shard = shard;
    return stage;
}

void event_publish(struct event_publisher *publisher, unsigned shard, const struct event *event,
                   const struct call *call, const struct call_inside *inside)
{
    struct stage *stage;
    struct event told;

    if (!publisher->has_learnt)
        learn_subscriptions(publisher);
    if (!publisher->is_subscribed[shard] && !publisher->hears_all) {
        publisher->counters[shard]++;
        return;
    }
    told = *event;
    if (shard == EVENT_SHARD_ROBOTS)
        told.to[0] = '\0';
    stage = find_stage(publisher, shard);
    message_to_msgpack(event_message(), &told, &stage->items);
    message_to_msgpack(call_message(), call, &stage->items);
    message_to_msgpack(call_inside_message(), inside, &stage->items);
    stage->item_count += 3;
}

static void empty_stages(struct event_publisher *publisher)
{
    for (size_t i = 0; i < publisher->staged_count; i++) {
        buffer_clear(&publisher->stages[i].items);
        publisher->stages[i].item_count = 0;
    }
    publisher->staged_count = 0;
}

void event_publisher_discard(struct event_publisher *publisher)
{
    empty_stages(publisher);
}

static void send_stage(struct event_publisher *publisher, const struct stage *stage)
{
    msgpack_packer packer = begin_message(publisher, 3 + (size_t)stage->item_count);
    char topic[EVENT_TOPIC_LENGTH + 1];

    msgpack_pack_uint32(&packer, stage->shard);
    msgpack_pack_uint32(&packer, ++publisher->counters[stage->shard]);
    buffer_add(&publisher->message, stage->items.data, stage->items.size);
    event_topic(stage->shard, topic);
    send_message(publisher, topic);
    note_moved(publisher, stage->shard);
}

bool event_publisher_flush(struct event_publisher *publisher)
{
    bool has_sent = publisher->staged_count > 0;

    for (size_t i = 0; i < publisher->staged_count; i++)
        send_stage(publisher, &publisher->stages[i]);
    empty_stages(publisher);
    publisher->has_learnt = false;
    return has_sent;
}

const char *event_publisher_endpoint(const struct event_publisher *publisher)
{
    return publisher->endpoint;
}
