/* events.h - callsvc tells, gateways and robotsvcs hear: PUB/SUB with every silent drop noticed.
 *
 * A topic is a shard: a hash of the uid it is for, one of 2^22, or the one after those for calls
 * with a robot or a media node. So many that what nobody listens to is nearly always neither
 * encoded nor sent: ten thousand listeners hear one of 400 events that are for others. With 256
 * shards they heard them all, which made a request cost twice as much, and with 2^20 a hundredth,
 * which still cost 5 %.
 *
 * ZeroMQ drops what a slow subscriber cannot take and says nothing, so each publisher counts its
 * messages per shard, and twice a second tells in a beat which counters have moved since the last
 * one, and those of shards that somebody began to hear. Beats are numbered: who missed one may have
 * missed anything. On the wire: frame 1 the topic, "s" and the shard in six hex digits, or
 * "beating"; frame 2 msgpack [epoch, shard, counter, event, call, call_inside, event, …] or, for
 * the beat, [epoch, number, [shard, counter, shard, counter, …]]; epoch is the publisher's
 * instance. */
#pragma once

#include "common/bus.h"
#include "common/bus_curve.h"
#include "common/loop.h"
#include "common/messages/call.h"
#include "common/resolver.h"

enum {
    EVENT_SHARD_ROBOTS = 1 << 22,
    EVENT_SHARDS,
    EVENT_BEAT_MS = 500,
};

/* The shard of a uid: the same in every service (FNV-1a, 32 bits, folded to 22). */
unsigned event_shard(const char *uid);

struct event_publisher;

struct event_publisher_options {
    void *zmq_context;
    struct bus_curve *curve; /* NULL: plain */
    struct loop *loop;
    const char *listen;
    bool is_plain_allowed;
};

/* Bind a PUB socket and join the loop for the beats. 0 or -errno. */
int event_publisher_open(const struct event_publisher_options *options,
                         struct event_publisher **ret) MUST_CHECK;
struct event_publisher *event_publisher_free(struct event_publisher *publisher);
DEFINE_AUTO(struct event_publisher *, event_publisher_free)

/* Stage an event for one shard; events of a turn travel together, one message per shard. */
void event_publish(struct event_publisher *publisher, unsigned shard, const struct event *event,
                   const struct call *call, const struct call_inside *inside);
/* Take back what is staged; send what is staged (true if something was). */
void event_publisher_discard(struct event_publisher *publisher);
bool event_publisher_flush(struct event_publisher *publisher);
const char *event_publisher_endpoint(const struct event_publisher *publisher);

struct event_subscriber;

struct event_subscriber_options {
    void *zmq_context;
    struct bus_curve *curve; /* NULL: plain */
    struct loop *loop;
    struct resolver *resolver;
    const char *endpoints; /* publishers, as for bus_client */
    void (*on_event)(void *context, const struct event *event, const struct call *call,
                     const struct call_inside *inside);
    /* Something of this shard may have been missed (a drop, a new or restarted publisher, a fresh
     * subscription): ask the store. Called before anything newer of the shard is delivered; once
     * for all events missed so far. */
    void (*on_gap)(void *context, unsigned shard);
    void *context;
};

int event_subscriber_open(const struct event_subscriber_options *options,
                          struct event_subscriber **ret) MUST_CHECK;
struct event_subscriber *event_subscriber_free(struct event_subscriber *subscriber);
DEFINE_AUTO(struct event_subscriber *, event_subscriber_free)

/* Hear a shard; counted: as many removes as adds. */
void event_subscriber_add(struct event_subscriber *subscriber, unsigned shard);
void event_subscriber_remove(struct event_subscriber *subscriber, unsigned shard);
