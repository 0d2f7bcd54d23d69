/* keeper_parties.h - which parties of a node's channels have entered or are lost: decided from what
 * passes saw, nothing is asked or done here */
#pragma once

#include "robotsvc/keeper_rooms.h"

enum {
    KEEPER_LOST_MS = 20000,
    KEEPER_LOST_AGAIN_MS = 4000,    /* until it is said again, if the channel is still open */
    KEEPER_GRACE_MS = 20000,        /* after a node came back: clients are coming back, too */
    KEEPER_COUNTING_MOST_MS = 5000, /* that one pass adds, even if this process could not run */
};

/* A party that had entered and is not there. */
struct missing_party {
    char channel[CHANNEL_MOST + 1];
    char uid[UID_MOST + 1];
    int64_t missing_ms; /* time that counts */
};

/* { 0 } misses nobody. All times are steady. */
struct keeper_parties {
    struct missing_party *missing; /* by ascending channel */
    size_t count;
    int64_t back_ms;    /* since when the node is there */
    int64_t counted_ms; /* when the last pass was; 0 if that one saw not everything */
};

void keeper_parties_done(struct keeper_parties *parties);

/* The node came back: who is missing is not counted for a while. */
void keeper_parties_take_back(struct keeper_parties *parties, int64_t now_ms);

/* A pass that did not see everything: who was missing still is, but no time has passed. */
void keeper_parties_pause(struct keeper_parties *parties);

typedef void party_change_function(void *context, const char *channel, const char *uid,
                                   enum media_change change);

/* A pass that saw everything: call `function` with each party that is up and that callsvc does not
 * know as one that entered, and with each that entered and was missing for KEEPER_LOST_MS. */
void keeper_parties_look(struct keeper_parties *parties, const char *node,
                         const struct keeper_list *list, const struct keeper_book *book,
                         int64_t now_ms, party_change_function *function, void *context);
