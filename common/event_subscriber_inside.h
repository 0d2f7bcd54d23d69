/* event_subscriber_inside.h - what the files of event_subscriber share: one publisher as it is
 * heard is event_source.c */
#pragma once

#include "common/bus_socket.h"
#include "common/event_shards.h"
#include "common/event_wire.h"

enum {
    EVENT_SILENT_BEATS = 4, /* so many without one: events may be missed */
    EVENT_APART_BEATS = 10, /* so many: its socket begins anew */
};

struct event_source {
    struct event_subscriber *subscriber;
    char *endpoint;
    void *socket;
    char epoch[BUS_INSTANCE_LENGTH + 1]; /* "" until it is heard */
    bool is_lost;  /* anything of any shard may have been missed: until the next beat */
    uint64_t beat; /* number of the last one */
    /* As they were last heard of; of the shards that it has none of, something may have been
     * missed. */
    struct event_shards counters;
    unsigned silent_beats;
    bool is_vanished; /* its endpoint is not listed any more */
};

struct event_subscriber {
    struct event_subscriber_options options;
    struct resolver_watch *watch;
    struct event_shards subscriptions; /* how many there are to each shard that is heard */
    struct event_source **sources;
    size_t source_count;
    bool must_look; /* ZMQ_EVENTS of a source may have changed */
    msgpack_zone zone;
    zmq_msg_t topic;
    zmq_msg_t frame;
    struct loop_timer tick;
};

int event_source_open(struct event_subscriber *subscriber, const char *endpoint,
                      struct event_source **ret) MUST_CHECK;
struct event_source *event_source_free(struct event_source *source);
DEFINE_AUTO(struct event_source *, event_source_free)

void event_source_add(struct event_source *source, unsigned shard);
void event_source_remove(struct event_source *source, unsigned shard);

/* Of each shard that is heard. */
void event_subscriber_tell_gaps(struct event_subscriber *subscriber);

/* Take what came in; true if something did. */
bool event_source_look(struct event_source *source);

/* Every EVENT_BEAT_MS: true if it has been silent for too long. */
bool event_source_tick(struct event_source *source);
