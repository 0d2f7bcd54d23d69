/* event_shards.h - a number for each of some shards, of the four million that there are */
#pragma once

#include "common/auto.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_shard_entry {
    unsigned shard;
    uint32_t number;
    bool is_used;
};

/* Zero is an empty one. Open addressing, linear probing; a shard is a hash already. */
struct event_shards {
    struct event_shard_entry *entries; /* places of them, a power of two, or 0 */
    size_t places;
    size_t count;
};

void event_shards_done(struct event_shards *shards); /* empty afterwards */

/* The shard's number, until the next change, or NULL. */
uint32_t *event_shards_find(const struct event_shards *shards, unsigned shard);

/* Put the shard's number in the place of what it had, if anything. */
void event_shards_put(struct event_shards *shards, unsigned shard, uint32_t number);

/* True if it was there. */
bool event_shards_drop(struct event_shards *shards, unsigned shard);

/* All of them in no order, `shards->count`, to be freed by the caller: whoever walks through may
 * change the table. */
unsigned *event_shards_list(const struct event_shards *shards);
