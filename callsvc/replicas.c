/* replicas.c - which robotsvcs live, and the media sessions of those that do not */
#include "callsvc/replicas.h"

#include "common/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct session {
    struct media_session session;
    int64_t offered_until_ms;
};

struct replica {
    char name[REPLICA_MOST + 1];
    int64_t heard_ms;
    bool has_left; /* it said so itself */
    struct session *sessions;
    size_t session_count;
};

struct replicas {
    struct replica *known; /* REPLICAS_MOST places */
    size_t count;
    int64_t last_beat_ms; /* of anybody; at first: since when we listen */
    int64_t listening_since_ms;
};

struct replicas *replicas_new(int64_t now_ms)
{
    struct replicas *replicas = must_alloc(1, sizeof *replicas);

    replicas->known = must_alloc(REPLICAS_MOST, sizeof *replicas->known);
    replicas->listening_since_ms = now_ms;
    replicas->last_beat_ms = now_ms;
    return replicas;
}

struct replicas *replicas_free(struct replicas *replicas)
{
    for (size_t i = 0; replicas && i < replicas->count; i++)
        free(replicas->known[i].sessions);
    if (replicas)
        free(replicas->known);
    free(replicas);
    return NULL;
}

static struct replica *find(const struct replicas *replicas, const char *name)
{
    for (size_t i = 0; i < replicas->count; i++)
        if (strcmp(replicas->known[i].name, name) == 0)
            return &replicas->known[i];
    return NULL;
}

static void forget_old(struct replicas *replicas, int64_t now_ms)
{
    for (size_t i = replicas->count; i-- > 0;) {
        if (now_ms - replicas->known[i].heard_ms <= REPLICA_FORGOTTEN_MS)
            continue;
        free(replicas->known[i].sessions);
        replicas->known[i] = replicas->known[--replicas->count];
    }
}

static struct replica *find_or_add(struct replicas *replicas, const char *name, int64_t now_ms)
{
    struct replica *replica = find(replicas, name);

    if (replica)
        return replica;
    forget_old(replicas, now_ms);
    if (replicas->count == REPLICAS_MOST)
        return NULL;
    replica = &replicas->known[replicas->count++];
    *replica = (struct replica){ .heard_ms = now_ms };
    snprintf(replica->name, sizeof replica->name, "%s", name);
    return replica;
}

static bool is_silent(const struct replica *replica, int64_t now_ms)
{
    return now_ms - replica->heard_ms > REPLICA_SILENT_MS;
}

static bool is_same(const struct media_session *left, const struct media_session *right)
{
    return left->session == right->session && strcmp(left->node, right->node) == 0;
}

static bool is_among(const struct media_session *wanted, const struct replica *replica)
{
    for (size_t i = 0; i < replica->session_count; i++)
        if (is_same(wanted, &replica->sessions[i].session))
            return true;
    return false;
}

/* What the adopter has is no orphan any more. */
static void hand_over(struct replica *gone, const struct replica *adopter)
{
    size_t kept = 0;

    for (size_t i = 0; i < gone->session_count; i++)
        if (!is_among(&gone->sessions[i].session, adopter))
            gone->sessions[kept++] = gone->sessions[i];
    gone->session_count = kept;
}

static void set_sessions(struct replica *replica, const struct media_session *sessions,
                         size_t count)
{
    replica->sessions = must_resize(replica->sessions, count ? count : 1, sizeof(struct session));
    replica->session_count = count;
    for (size_t i = 0; i < count; i++)
        replica->sessions[i] = (struct session){ .session = sessions[i] };
}

int replicas_beat(struct replicas *replicas, const char *name, const struct media_session *sessions,
                  size_t count, int64_t now_ms)
{
    struct replica *replica = find_or_add(replicas, name, now_ms);

    if (!replica)
        return -ENOSPC;
    if (now_ms - replicas->last_beat_ms > REPLICAS_QUIET_MS)
        replicas->listening_since_ms = now_ms;
    replicas->last_beat_ms = now_ms;
    replica->heard_ms = now_ms;
    set_sessions(replica, sessions, count);
    for (size_t i = 0; i < replicas->count; i++)
        if (is_silent(&replicas->known[i], now_ms))
            hand_over(&replicas->known[i], replica);
    return 0;
}

void replicas_leave(struct replicas *replicas, const char *name)
{
    struct replica *replica = find(replicas, name);

    if (replica)
        replica->has_left = true;
}

void replicas_hear(struct replicas *replicas, const char *name, int64_t now_ms)
{
    struct replica *replica = *name ? find_or_add(replicas, name, now_ms) : NULL;

    if (replica)
        replica->heard_ms = now_ms;
}

static bool is_believed(const struct replicas *replicas, int64_t now_ms)
{
    return now_ms - replicas->listening_since_ms >= REPLICAS_GRACE_MS;
}

bool replicas_is_gone(const struct replicas *replicas, const char *name, int64_t now_ms)
{
    const struct replica *replica = find(replicas, name);

    if (replica && replica->has_left)
        return true;
    if (!*name || !is_believed(replicas, now_ms))
        return false;
    return !replica || is_silent(replica, now_ms);
}

static size_t offer_of(struct replica *replica, int64_t now_ms, struct media_session *ret,
                       size_t most)
{
    size_t count = 0;

    for (size_t i = 0; i < replica->session_count && count < most; i++) {
        struct session *session = &replica->sessions[i];

        if (session->offered_until_ms > now_ms)
            continue;
        session->offered_until_ms = now_ms + OFFER_MS;
        ret[count++] = session->session;
    }
    return count;
}

size_t replicas_offer_sessions(struct replicas *replicas, int64_t now_ms, struct media_session *ret,
                               size_t most)
{
    size_t count = 0;

    forget_old(replicas, now_ms);
    if (!is_believed(replicas, now_ms))
        return 0;
    for (size_t i = 0; i < replicas->count; i++)
        if (is_silent(&replicas->known[i], now_ms))
            count += offer_of(&replicas->known[i], now_ms, ret + count, most - count);
    return count;
}

size_t replicas_count_living(const struct replicas *replicas, int64_t now_ms)
{
    size_t count = 0;

    for (size_t i = 0; i < replicas->count; i++)
        count += !replicas->known[i].has_left && !is_silent(&replicas->known[i], now_ms);
    return count;
}
