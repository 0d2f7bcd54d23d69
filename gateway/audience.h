/* audience.h - who listens to which uid's events, and how far each was told
 *
 * An event comes from callsvc as it happens, and is told at once. What may have been missed (before
 * a listener came, or when a publisher was gone or ZeroMQ dropped something) is asked of callsvc's
 * store, and until that is told nothing newer is: so each listener hears every event of its uid
 * once, in the order of their numbers. At most AUDIENCE_ASKING_MOST uids are asked about at once,
 * and a page at a time, which their listeners must have taken before the next is asked for: ten
 * thousand listeners that all missed something are no storm. */
#pragma once

#include "common/bus_client.h"
#include "common/events.h"

#include <sys/queue.h>

enum {
    AUDIENCE_ASKING_MOST = 256,
    AUDIENCE_PAGE_EVENTS = 16,
    AUDIENCE_AGAIN_MS = 500, /* after callsvc could not answer */
};

struct audience; /* the listeners of one uid */
struct audiences;

/* One who listens: stands in the owner's object. Its members are audience's own. */
struct listener {
    LIST_ENTRY(listener) place;
    struct audience *audience;
    int64_t seq;   /* of the last event that it was told, or need not be */
    bool is_asked; /* the question that is under way is for it, too */
    bool is_new;   /* not everything since it came is told yet */
};

struct audiences_options {
    struct loop *loop;
    struct bus_client *callsvc;
    struct event_subscriber *subscriber;
    void (*tell)(struct listener *listener, struct bytes text); /* may not remove a listener */
    bool (*is_drained)(const struct listener *listener);
    struct metric *asked; /* counts questions */
    struct metric *told;  /* counts events, as often as they are told */
};

struct audiences *audiences_new(const struct audiences_options *options);
/* Listeners must have been removed. */
struct audiences *audiences_free(struct audiences *audiences);
DEFINE_AUTO(struct audiences *, audiences_free)

/* Tell it every event of the uid with a greater number than `since`. */
void audiences_add(struct audiences *audiences, struct listener *listener, const char *uid,
                   int64_t since);
void audiences_remove(struct audiences *audiences, struct listener *listener);

/* What it was told is with the kernel. */
void audiences_note_drained(struct audiences *audiences, struct listener *listener);

/* From the subscriber. */
void audiences_take_event(struct audiences *audiences, const struct event *event,
                          const struct call *call);
void audiences_take_gap(struct audiences *audiences, unsigned shard);

/* At the end of a turn: ask what is to be asked. True if something was. */
bool audiences_ask(struct audiences *audiences);
