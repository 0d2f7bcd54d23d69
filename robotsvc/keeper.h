/* keeper.h - nothing strays: again and again it compares what is in the nodes' rooms with what
 * callsvc knows, ends what nobody wants and says who is lost.
 *
 * It is careful, for a mistake here ends calls: it acts only on what two surveys in a row agree on,
 * never when one of them failed or when callsvc seems to have forgotten everything, and ends few
 * rooms at a time. Every robotsvc does this for every node: what is done twice does no harm. */
#pragma once

#include "common/bus_client.h"
#include "robotsvc/crew.h"
#include "robotsvc/media.h"

enum {
    KEEPER_PAUSE_MS = 2000,   /* from one survey to the next */
    KEEPER_EMPTY_ANSWERS = 3, /* until a callsvc that knows of nothing is believed */
    KEEPER_BUDGET = 20,       /* rooms and robots that are ended after a survey */
    KEEPER_TELL_MS = 5000,
};

struct keeper;

struct keeper_options {
    struct loop *loop;
    struct media *media; /* not NULL */
    struct bus_client *callsvc;
    struct crew *crew;
    int64_t pause_ms; /* from one survey to the next: KEEPER_PAUSE_MS */
};

struct keeper *keeper_new(const struct keeper_options *options);
struct keeper *keeper_free(struct keeper *keeper);
DEFINE_AUTO(struct keeper *, keeper_free)

/* For the plane's listener. A party that has entered is known to callsvc from now on, or from the
 * first survey that finds callsvc there. */
void keeper_take_node(struct keeper *keeper, const char *node);
void keeper_take_entered(struct keeper *keeper, const char *channel, const char *uid);

/* Keep a session of a robotsvc that is gone as long as clients' connections hang on it. */
void keeper_adopt(struct keeper *keeper, const char *node, int64_t session);

/* This process ends: others look after the rooms. */
void keeper_stop(struct keeper *keeper);
