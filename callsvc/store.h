/* store.h - calls that last: groups of operations, each group one transaction.
 *
 * Operations are the verbs, not SQL: a store decides how it runs them, alone with its file (SQLite)
 * or beside other callsvcs (PostgreSQL). Used by one thread. */
#pragma once

#include "callsvc/operation.h"
#include "callsvc/outbox_plan.h"

enum { STORE_PROBLEM_MOST = 512, STORE_GROUP_MOST = 512 };

struct store;

struct store_options {
    const char *url; /* "sqlite:PATH" */
    struct call_rules rules;
    int64_t keep_ms;                  /* closed calls older than this are removed; 0: never */
    int64_t now_ms;                   /* wall clock */
    const struct outbox_plan *outbox; /* borrowed; NULL: nothing is to be sent */
    int64_t (*steady_ms)(void);       /* clock of the replicas' beats; NULL: clock_steady_ms */
    /* SQLite: this many index entries gather in memory before they are written; 0: a good number.
     */
    size_t gathered_entries;
};

/* Open the store, make or migrate its tables, and find out what is due. 0 and *ret; or -errno, with
 * a sentence for people in reterr. */
int store_open(const struct store_options *options, struct store **ret,
               char reterr[STORE_PROBLEM_MOST]) MUST_CHECK;
struct store *store_free(struct store *store);
DEFINE_AUTO(struct store *, store_free)

/* Run the operations in order, all in one transaction; later ones see what earlier ones did. 0: it
 * is on disk, and each operation has its own error; -errno: nothing of it happened, and the store
 * may be asked again (-ENOSPC, -EBUSY, -EIO …). */
int store_run(struct store *store, struct operation *operations, size_t count,
              int64_t now_ms) MUST_CHECK;

/* When the next call is due; INT64_MAX: none is. */
int64_t store_next_due(const struct store *store);

/* Fill in OPERATION_EXPIREs for at most `most` calls that are due: how many. They must be run. */
size_t store_take_due(struct store *store, int64_t now_ms, struct operation *ret, size_t most);

/* A small step of housekeeping, for idle moments: remove old calls, find out whether the store can
 * be written. 1: there is more to do; 0: there is not; -errno as store_run. */
int store_maintain(struct store *store, int64_t now_ms) MUST_CHECK;

/* Nothing of the queue is due before; INT64_MAX: nothing waits. */
int64_t store_outbox_due(const struct store *store, unsigned queue);
/* Its rows, those in hand too. */
size_t store_outbox_waiting(const struct store *store, unsigned queue);

struct store_counts {
    size_t live_calls;
    size_t timers;
    size_t replicas; /* robotsvcs that live */
    size_t uids_with_devices;
};
struct store_counts store_counts(const struct store *store);
