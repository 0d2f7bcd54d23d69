/* audience_inside.h - what audience*.c share */
#pragma once

#include "gateway/audience.h"

enum {
    AUDIENCE_BUCKETS = 65536
}; /* by shard: those of a million uids still stand in short lists */

enum audience_state {
    AUDIENCE_LIVE,   /* told everything: events are told as they come */
    AUDIENCE_QUEUED, /* the store is to be asked */
    AUDIENCE_ASKING, /* it is */
    AUDIENCE_PAUSED, /* a page was told, and there are more */
};

LIST_HEAD(listener_list, listener);

struct audience {
    struct audiences *audiences;
    char uid[UID_MOST + 1];
    unsigned shard;
    LIST_ENTRY(audience) bucket_place;
    TAILQ_ENTRY(audience) queue_place; /* AUDIENCE_QUEUED */
    struct listener_list listeners;
    enum audience_state state;
    uint64_t question;   /* AUDIENCE_ASKING */
    int64_t since;       /* that was asked */
    int64_t heard;       /* greatest number that was heard of since then */
    bool must_ask_again; /* the answer may be older than what was missed */
};

LIST_HEAD(audience_list, audience);

TAILQ_HEAD(audience_queue, audience);

struct audiences {
    struct audiences_options options;
    struct audience_list buckets[AUDIENCE_BUCKETS];
    struct audience_queue queue;
    size_t asking;
    bool is_failing;
    struct loop_timer again; /* set: callsvc is left alone until then */
    struct buffer text;
};

/* Its listeners may have missed something. */
void audience_doubt(struct audience *audience);

/* Ask for the next page, if all have taken this one. */
void audience_go_on_if_drained(struct audience *audience);

/* Of a uid that has listeners; else NULL. */
struct audience *audiences_find(struct audiences *audiences, const char *uid);

/* From the store: to those for whom it was asked. As it happens: to all. */
void audience_tell(struct audience *audience, const struct event *event, const struct call *call,
                   bool is_from_store);

/* What `listener` asked for is not there any more up to `seq`. */
void audience_tell_truncated(struct audience *audience, struct listener *listener, int64_t seq);
