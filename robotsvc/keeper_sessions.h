/* keeper_sessions.h - sessions with the nodes that this process took over from robotsvcs that are
 * gone: they end when nothing hangs on them any more */
#pragma once

#include "robotsvc/keeper_rooms.h"

enum { KEEPER_IDLE_PASSES = 2 };

struct adopted_session {
    const char *node; /* the plane's */
    int64_t session;
    unsigned idle_passes;
};

/* { 0 } has none. */
struct keeper_sessions {
    struct adopted_session *sessions;
    size_t count;
};

void keeper_sessions_done(struct keeper_sessions *sessions);

/* True if it is new. */
bool keeper_sessions_add(struct keeper_sessions *sessions, const char *node, int64_t session);

/* A pass that saw all rooms of the node: forget the sessions on which nobody hung for
 * KEEPER_IDLE_PASSES and call `function` with each. */
void keeper_sessions_look(struct keeper_sessions *sessions, const char *node,
                          const struct keeper_list *list, media_session_function *function,
                          void *context);
