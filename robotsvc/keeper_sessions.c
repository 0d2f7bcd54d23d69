/* keeper_sessions.c - sessions that this process took over from robotsvcs that are gone */
#include "robotsvc/keeper_sessions.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

void keeper_sessions_done(struct keeper_sessions *sessions)
{
    free(sessions->sessions);
    *sessions = (struct keeper_sessions){ 0 };
}

bool keeper_sessions_add(struct keeper_sessions *sessions, const char *node, int64_t session)
{
    for (size_t i = 0; i < sessions->count; i++) {
        if (sessions->sessions[i].session == session &&
            strcmp(sessions->sessions[i].node, node) == 0)
            return false;
    }
    sessions->sessions =
        must_resize(sessions->sessions, sessions->count + 1, sizeof *sessions->sessions);
    sessions->sessions[sessions->count++] =
        (struct adopted_session){ .node = node, .session = session };
    return true;
}

static bool has_owner(const struct media_room *room, int64_t session)
{
    for (size_t i = 0; i < room->party_count; i++) {
        if (room->parties[i].owner == session)
            return true;
    }
    return false;
}

static bool is_used(const struct keeper_list *list, int64_t session)
{
    for (size_t i = 0; i < list->count; i++) {
        if (has_owner(&list->rooms[i], session))
            return true;
    }
    return false;
}

void keeper_sessions_look(struct keeper_sessions *sessions, const char *node,
                          const struct keeper_list *list, media_session_function *function,
                          void *context)
{
    size_t kept = 0;

    for (size_t i = 0; i < sessions->count; i++) {
        struct adopted_session *session = &sessions->sessions[i];

        if (strcmp(session->node, node) == 0)
            session->idle_passes = is_used(list, session->session) ? 0 : session->idle_passes + 1;
        if (session->idle_passes < KEEPER_IDLE_PASSES)
            sessions->sessions[kept++] = *session;
        else
            function(context, session->node, session->session);
    }
    sessions->count = kept;
}
