/* event_wire.h - inside of the events: what publisher and subscriber agree on */
#pragma once

#include "common/events.h"

enum {
    EVENT_TOPIC_LENGTH = 4,
    EVENT_HIGH_WATER = 10000, /* messages that wait for a slow side before ZeroMQ drops them */
};

/* Fixed width, because ZeroMQ compares the beginnings of topics: "s000" to "s256". */
void event_topic(unsigned shard, char ret[EVENT_TOPIC_LENGTH + 1]);
#define EVENT_BEAT_TOPIC "beat"

/* What the second frame of either topic says. Pointers are borrowed from the object. */
struct event_news {
    char epoch[BUS_INSTANCE_LENGTH + 1];
    unsigned shard;
    uint64_t counter;
    const msgpack_object *items; /* event, call, call_inside in turn */
    uint32_t item_count;
};
struct event_beat {
    char epoch[BUS_INSTANCE_LENGTH + 1];
    uint64_t counters[EVENT_SHARDS];
};

/* 0, or -EBADMSG for what no publisher of ours says. */
int event_news_read(const msgpack_object *object, struct event_news *ret) MUST_CHECK;
int event_beat_read(const msgpack_object *object, struct event_beat *ret) MUST_CHECK;
