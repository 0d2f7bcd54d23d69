/* event_wire.h - inside of the events: what publisher and subscriber agree on */
#pragma once

#include "common/events.h"

enum {
    EVENT_TOPIC_LENGTH = 7,
    EVENT_HIGH_WATER = 10000, /* messages that wait for a slow side before ZeroMQ drops them */
};

/* Fixed width, because ZeroMQ compares the beginnings of topics: "s000000" to "s100000". */
void event_topic(unsigned shard, char ret[EVENT_TOPIC_LENGTH + 1]);
/* True and *ret if it is a shard's. */
bool event_topic_read(const char topic[EVENT_TOPIC_LENGTH], unsigned *ret);
#define EVENT_BEAT_TOPIC "beating"

/* Counters wrap: only whether two are the same is ever asked. */
struct event_count {
    unsigned shard;
    uint32_t counter;
};

/* Who publishes, and whose key a subscriber expects. */
#define EVENT_SERVICE "callsvc"

/* What the second frame of either topic says. Pointers are borrowed from the object. */
struct event_news {
    char epoch[BUS_INSTANCE_LENGTH + 1];
    struct event_count count;
    const msgpack_object *items; /* event, call, call_inside in turn */
    uint32_t item_count;
};
struct event_beat {
    char epoch[BUS_INSTANCE_LENGTH + 1];
    uint64_t number;
    const msgpack_object *counts; /* shard and counter in turn: event_count_read */
    uint32_t count;               /* of those pairs */
};

/* 0, or -EBADMSG for what no publisher of ours says. */
int event_news_read(const msgpack_object *object, struct event_news *ret) MUST_CHECK;
int event_beat_read(const msgpack_object *object, struct event_beat *ret) MUST_CHECK;

/* The i-th pair of a beat. 0, or -EBADMSG. */
int event_count_read(const struct event_beat *beat, uint32_t i, struct event_count *ret) MUST_CHECK;
