/* audience.c - who listens to which uid's events */
#include "gateway/audience_inside.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

struct audiences *audiences_new(const struct audiences_options *options)
{
    struct audiences *audiences = must_alloc(1, sizeof *audiences);

    audiences->options = *options;
    TAILQ_INIT(&audiences->queue);
    return audiences;
}

struct audiences *audiences_free(struct audiences *audiences)
{
    if (!audiences)
        return NULL;
    loop_clear_timer(audiences->options.loop, &audiences->again);
    buffer_done(&audiences->text);
    free(audiences);
    return NULL;
}

/* The uids who have listeners */

static struct audience_list *bucket_of(struct audiences *audiences, unsigned shard)
{
    return &audiences->buckets[shard % AUDIENCE_BUCKETS];
}

struct audience *audiences_find(struct audiences *audiences, const char *uid)
{
    struct audience *audience;

    LIST_FOREACH(audience, bucket_of(audiences, event_shard(uid)), bucket_place)
    if (strcmp(audience->uid, uid) == 0)
        return audience;
    return NULL;
}

static struct audience *make(struct audiences *audiences, const char *uid)
{
    struct audience *audience = must_alloc(1, sizeof *audience);

    audience->audiences = audiences;
    *stpncpy(audience->uid, uid, UID_MOST) = '\0';
    audience->shard = event_shard(uid);
    LIST_INIT(&audience->listeners);
    LIST_INSERT_HEAD(bucket_of(audiences, audience->shard), audience, bucket_place);
    event_subscriber_add(audiences->options.subscriber, audience->shard);
    return audience;
}

static void stop_asking(struct audience *audience)
{
    struct audiences *audiences = audience->audiences;

    if (audience->state == AUDIENCE_QUEUED)
        TAILQ_REMOVE(&audiences->queue, audience, queue_place);
    if (audience->state != AUDIENCE_ASKING)
        return;
    bus_client_forget(audiences->options.callsvc, audience->question);
    audiences->asking--;
}

static void forget(struct audience *audience)
{
    stop_asking(audience);
    event_subscriber_remove(audience->audiences->options.subscriber, audience->shard);
    LIST_REMOVE(audience, bucket_place);
    free(audience);
}

void audience_doubt(struct audience *audience)
{
    if (audience->state == AUDIENCE_ASKING)
        audience->must_ask_again = true;
    if (audience->state != AUDIENCE_LIVE)
        return;
    audience->state = AUDIENCE_QUEUED;
    TAILQ_INSERT_TAIL(&audience->audiences->queue, audience, queue_place);
}

void audience_go_on_if_drained(struct audience *audience)
{
    const struct audiences_options *options = &audience->audiences->options;
    struct listener *listener;

    if (audience->state != AUDIENCE_PAUSED)
        return;
    LIST_FOREACH(listener, &audience->listeners, place)
    if (!options->is_drained(listener))
        return;
    audience->state = AUDIENCE_LIVE;
    audience_doubt(audience);
}

void audiences_add(struct audiences *audiences, struct listener *listener, const char *uid,
                   int64_t since)
{
    struct audience *audience = audiences_find(audiences, uid);

    if (!audience)
        audience = make(audiences, uid);
    *listener = (struct listener){ .audience = audience, .seq = since, .is_new = true };
    LIST_INSERT_HEAD(&audience->listeners, listener, place);
    audience_doubt(audience);
}

void audiences_remove(struct audiences *audiences, struct listener *listener)
{
    struct audience *audience = listener->audience;

    (void)audiences;
    LIST_REMOVE(listener, place);
    listener->audience = NULL;
    if (LIST_EMPTY(&audience->listeners))
        forget(audience);
    else
        audience_go_on_if_drained(audience);
}

void audiences_note_drained(struct audiences *audiences, struct listener *listener)
{
    (void)audiences;
    audience_go_on_if_drained(listener->audience);
}

void audiences_take_gap(struct audiences *audiences, unsigned shard)
{
    struct audience *audience;

    LIST_FOREACH(audience, bucket_of(audiences, shard), bucket_place)
    if (audience->shard == shard)
        audience_doubt(audience);
}
