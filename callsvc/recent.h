/* recent.h - index entries (key, call) of the newest calls, in memory until they are written to the
 * database in bulk, in order.
 *
 * A new call's three entries belong to three random pages of an index on disk: written one by one
 * they would cost more than all the rest of the call. The calls themselves are on disk, so nothing
 * is lost with the memory: entries are made again from them. */
#pragma once

#include "common/auto.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recent_entry {
    int64_t key;
    int64_t call;
};

enum { RECENT_BUCKETS = 4096 };

struct recent;

struct recent *recent_new(void);
struct recent *recent_free(struct recent *recent);
DEFINE_AUTO(struct recent *, recent_free)

/* Add an entry; until recent_keep it can be taken back by recent_take_back. */
void recent_add(struct recent *recent, int64_t key, int64_t call);
void recent_keep(struct recent *recent);
void recent_take_back(struct recent *recent);

size_t recent_count(const struct recent *recent);

/* Have the memory fetched that recent_add and recent_next of the key will need. */
void recent_foresee(const struct recent *recent, int64_t key);

/* Step through the calls of a key, newest entry first: *cursor is SIZE_MAX at the beginning. False
 * at the end. */
bool recent_next(const struct recent *recent, int64_t key, size_t *cursor, int64_t *ret_call);

/* A bucket in order of key and call; buckets follow each other in order of keys. Borrowed until the
 * next change. */
const struct recent_entry *recent_sort_bucket(struct recent *recent, size_t bucket,
                                              size_t *ret_count);
