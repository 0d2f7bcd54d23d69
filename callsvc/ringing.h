/* ringing.h - which call rings between two uids: found in memory, so that a new call need not ask
 * the database for redial and glare.
 *
 * Entries are hints: a transaction may have been rolled back, a call answered since, two pairs of
 * uids may share a key (call_key.h). Who finds a call looks at it. */
#pragma once

#include "common/auto.h"

#include <stddef.h>
#include <stdint.h>

struct ringing;

struct ringing *ringing_new(void);
struct ringing *ringing_free(struct ringing *ringing);
DEFINE_AUTO(struct ringing *, ringing_free)

/* The latest call of a pair: in place of the one that was noted before. */
void ringing_note(struct ringing *ringing, int64_t key, int64_t call);

/* The call that was noted, or 0. */
int64_t ringing_find(const struct ringing *ringing, int64_t key);

/* Have the memory fetched that ringing_find of the key will need. */
void ringing_foresee(const struct ringing *ringing, int64_t key);

/* Forget the call, unless a later one has taken its place. */
void ringing_forget(struct ringing *ringing, int64_t key, int64_t call);

size_t ringing_count(const struct ringing *ringing);
