/* replicas.h - which robotsvcs live, and the media sessions of those that do not
 *
 * In memory: with SQLite there is one callsvc, which hears them all; several callsvcs would keep
 * it in a table. Times are of the steady clock. A robotsvc that stops, cleanly or not, simply
 * beats no more. */
#pragma once

#include "callsvc/call_record.h"
#include "common/auto.h"

#include <stddef.h>

enum {
    REPLICA_SILENT_MS = 3000,          /* who has not been heard for longer is gone */
    REPLICAS_GRACE_MS = 4000,          /* nobody is gone before the living had time to beat */
    REPLICAS_QUIET_MS = 2000,          /* no beat for longer: it may be this process that was away,
                                          and the living get that time again. A beat's interval
                                          less than the silence that counts. */
    OFFER_MS = 5000,                   /* an orphan is one asker's for this time */
    REPLICA_FORGOTTEN_MS = 120 * 1000, /* no media node keeps the sessions of the gone for longer */
    REPLICAS_MOST = 256,
};

struct replicas;

struct replicas *replicas_new(int64_t now_ms);
struct replicas *replicas_free(struct replicas *replicas);
DEFINE_AUTO(struct replicas *, replicas_free)

/* A robotsvc beats and says which sessions it has: sessions of the gone among them are its own now.
 * 0, or -ENOSPC if there are too many robotsvcs. */
int replicas_beat(struct replicas *replicas, const char *name, const struct media_session *sessions,
                  size_t count, int64_t now_ms) MUST_CHECK;

/* It ends: it is gone from now on, whatever else it says. Its sessions are its own until it is
 * silent. */
void replicas_leave(struct replicas *replicas, const char *name);

/* A robotsvc said something else: it lives, also if its first beat is still to come. */
void replicas_hear(struct replicas *replicas, const char *name, int64_t now_ms);

/* True of one that has been silent, or was never heard of, for long enough to be believed. The
 * empty name is nobody's, and never gone. */
bool replicas_is_gone(const struct replicas *replicas, const char *name, int64_t now_ms);

/* Offer sessions of the gone to one asker: how many. They are offered again after OFFER_MS. */
size_t replicas_offer_sessions(struct replicas *replicas, int64_t now_ms, struct media_session *ret,
                               size_t most);

size_t replicas_count_living(const struct replicas *replicas, int64_t now_ms);
