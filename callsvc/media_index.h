/* media_index.h - which open calls have a media node or a robot: found in memory, so that lists of
 * them cost the database nothing.
 *
 * Entries are hints, at most as old as the transaction that runs: who finds a call looks at it. */
#pragma once

#include "callsvc/call_record.h"
#include "common/auto.h"

#include <stddef.h>

struct media_entry {
    int64_t call;
    bool has_node;
    bool has_robot;                 /* joining, waiting or playing */
    char replica[REPLICA_MOST + 1]; /* the robot's */
    int64_t offered_until_ms;       /* the reader's own: 0 for a robot that is new here */
};

struct media_index;

struct media_index *media_index_new(void);
struct media_index *media_index_free(struct media_index *index);
DEFINE_AUTO(struct media_index *, media_index_free)

/* Bring the call's entry up to date with the call. */
void media_index_note(struct media_index *index, const struct call_record *record);

/* Step through the entries of calls with greater ids than `after`, in order of ids; NULL at the
 * end. Borrowed until the next note. */
struct media_entry *media_index_first(struct media_index *index, int64_t after);
struct media_entry *media_index_next(struct media_index *index, struct media_entry *entry);

size_t media_index_count(const struct media_index *index);
