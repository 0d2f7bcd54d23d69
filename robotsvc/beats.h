/* beats.h - tells callsvc that this robotsvc lives, and which sessions with nodes clients'
 * connections hang on; adopts what callsvc says robotsvcs that died have left: their robots play
 * on, their sessions are kept alive */
#pragma once

#include "common/bus_client.h"
#include "robotsvc/catalogue.h"
#include "robotsvc/crew.h"
#include "robotsvc/keeper.h"
#include "robotsvc/media.h"

enum {
    BEATS_PAUSE_MS = 1000,
    BEATS_ASK_MS = 1000,
    BEATS_CLAIM_MS = 3000,
    BEATS_JOIN_MS = 10000, /* for an adopted robot's way into its channel */
    BEATS_MOST_SESSIONS = 1000,
};

struct beats;

struct beats_options {
    struct loop *loop;
    struct media *media; /* not NULL */
    struct bus_client *callsvc;
    const struct catalogue *catalogue;
    struct crew *crew;
    struct keeper *keeper;
    const char *replica; /* this process' instance on the bus; kept, not copied */
    int64_t pause_ms;    /* from one beat to the next: BEATS_PAUSE_MS */
};

struct beats *beats_new(const struct beats_options *options);
struct beats *beats_free(struct beats *beats); /* robots that are not claimed yet are not adopted */
DEFINE_AUTO(struct beats *, beats_free)

/* A node came, and with it a session: callsvc hears of it at once, for this process may die soon.
 */
void beats_take_node(struct beats *beats);

/* This process ends: a last beat says so, and nothing is adopted any more. Other robotsvcs are
 * offered the robots of this one; `on_alone` is called, once at most, if there are none or callsvc
 * cannot be asked. */
void beats_leave(struct beats *beats, void (*on_alone)(void *context), void *context);
