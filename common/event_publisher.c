/* event_publisher.c - tells events to whoever subscribes, and counts them for those who miss some
 */
#include "common/event_wire.h"

#include "common/bus_socket.h"
#include "common/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LINGER_MS = 1000 };

/* Events of one shard that leave together. */
struct stage {
    struct buffer items;
    uint32_t item_count;
    uint64_t counter;       /* messages sent in this shard, and events nobody was there for */
    unsigned subscriptions; /* topics that somebody hears and that this shard's begins with */
};

struct event_publisher {
    void *socket;
    struct loop *loop;
    char *endpoint;
    char epoch[BUS_INSTANCE_LENGTH + 1];
    struct stage stages[EVENT_SHARDS];
    unsigned staged[EVENT_SHARDS]; /* shards with something in their stage, in order */
    size_t staged_count;
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

/* XPUB says each topic's first subscription (1) and the end of its last (0). A subscription that is
 * learned late costs nothing: what was passed over meanwhile is counted, and so noticed. */
static void take_subscription(struct event_publisher *publisher, struct bytes said)
{
    const char *is_begun = said.data;
    const char *prefix = is_begun + 1;
    char topic[EVENT_TOPIC_LENGTH + 1];

    if (said.size == 0 || said.size - 1 > EVENT_TOPIC_LENGTH)
        return;
    for (unsigned shard = 0; shard < EVENT_SHARDS; shard++) {
        event_topic(shard, topic);
        if (memcmp(topic, prefix, said.size - 1) == 0)
            publisher->stages[shard].subscriptions += *is_begun ? 1U : -1U;
    }
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
}

/* A PUB socket drops what a subscriber does not take, and never says so: the counters do. */
static void send_message(struct event_publisher *publisher, const char *topic)
{
    (void)!bus_socket_send(publisher->socket, (struct bytes){ topic, EVENT_TOPIC_LENGTH },
                           (struct bytes){ publisher->message.data, publisher->message.size });
}

static void beat(void *context)
{
    struct event_publisher *publisher = context;
    msgpack_packer packer = begin_message(publisher, 2);

    learn_subscriptions(publisher);
    msgpack_pack_array(&packer, EVENT_SHARDS);
    for (unsigned shard = 0; shard < EVENT_SHARDS; shard++)
        msgpack_pack_uint64(&packer, publisher->stages[shard].counter);
    send_message(publisher, EVENT_BEAT_TOPIC);
    loop_set_timer(publisher->loop, &publisher->beat, loop_now_ms(publisher->loop) + EVENT_BEAT_MS,
                   beat, publisher);
}

static int open_socket(struct event_publisher *publisher, void *zmq_context, const char *listen,
                       bool is_plain_allowed)
{
    int r = bus_check_listen(listen, is_plain_allowed);

    if (r < 0)
        return r;
    r = bus_socket_open(zmq_context, ZMQ_XPUB, listen, &publisher->socket);
    if (r < 0)
        return r;
    bus_socket_set(publisher->socket, ZMQ_LINGER, LINGER_MS);
    bus_socket_set(publisher->socket, ZMQ_SNDHWM, EVENT_HIGH_WATER);
    return bus_socket_bind(publisher->socket, listen, &publisher->endpoint);
}

int event_publisher_open(void *zmq_context, struct loop *loop, const char *listen,
                         bool is_plain_allowed, struct event_publisher **ret)
{
    AUTO(event_publisher_freep)
    struct event_publisher *publisher = must_alloc(1, sizeof *publisher);
    int r;

    publisher->loop = loop;
    bus_make_instance(publisher->epoch);
    r = open_socket(publisher, zmq_context, listen, is_plain_allowed);
    if (r < 0)
        return r;
    loop_set_timer(loop, &publisher->beat, loop_now_ms(loop) + EVENT_BEAT_MS, beat, publisher);
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
    for (unsigned shard = 0; shard < EVENT_SHARDS; shard++)
        buffer_done(&publisher->stages[shard].items);
    buffer_done(&publisher->message);
    free(publisher->endpoint);
    free(publisher);
    return NULL;
}

void event_publish(struct event_publisher *publisher, unsigned shard, const struct event *event,
                   const struct call *call, const struct call_inside *inside)
{
    struct stage *stage = &publisher->stages[shard];
    struct event told;

    if (stage->subscriptions == 0) {
        stage->counter++;
        return;
    }
    told = *event;
    if (shard == EVENT_SHARD_ROBOTS)
        told.to[0] = '\0';
    if (stage->item_count == 0)
        publisher->staged[publisher->staged_count++] = shard;
    message_to_msgpack(event_message(), &told, &stage->items);
    message_to_msgpack(call_message(), call, &stage->items);
    message_to_msgpack(call_inside_message(), inside, &stage->items);
    stage->item_count += 3;
}

static void empty(struct stage *stage)
{
    buffer_clear(&stage->items);
    stage->item_count = 0;
}

void event_publisher_discard(struct event_publisher *publisher)
{
    for (size_t i = 0; i < publisher->staged_count; i++)
        empty(&publisher->stages[publisher->staged[i]]);
    publisher->staged_count = 0;
}

static void send_stage(struct event_publisher *publisher, unsigned shard)
{
    struct stage *stage = &publisher->stages[shard];
    msgpack_packer packer = begin_message(publisher, 3 + (size_t)stage->item_count);
    char topic[EVENT_TOPIC_LENGTH + 1];

    msgpack_pack_uint32(&packer, shard);
    msgpack_pack_uint64(&packer, ++stage->counter);
    buffer_add(&publisher->message, stage->items.data, stage->items.size);
    event_topic(shard, topic);
    send_message(publisher, topic);
    empty(stage);
}

bool event_publisher_flush(struct event_publisher *publisher)
{
    bool has_sent = publisher->staged_count > 0;

    learn_subscriptions(publisher);
    for (size_t i = 0; i < publisher->staged_count; i++)
        send_stage(publisher, publisher->staged[i]);
    publisher->staged_count = 0;
    return has_sent;
}

const char *event_publisher_endpoint(const struct event_publisher *publisher)
{
    return publisher->endpoint;
}
