/* event_shards.c - a hash table from a shard to a number */
#include "common/event_shards.h"

#include "common/memory.h"

#include <stdlib.h>

enum { PLACES_AT_FIRST = 16 };

void event_shards_done(struct event_shards *shards)
{
    free(shards->entries);
    *shards = (struct event_shards){ 0 };
}

/* Where the shard is, or the free place where it would be; there are places. */
static size_t find_place(const struct event_shards *shards, unsigned shard)
{
    size_t mask = shards->places - 1;
    size_t place = shard & mask;

    while (shards->entries[place].is_used && shards->entries[place].shard != shard)
        place = (place + 1) & mask;
    return place;
}

uint32_t *event_shards_find(const struct event_shards *shards, unsigned shard)
{
    struct event_shard_entry *entry;

    if (shards->count == 0)
        return NULL;
    entry = &shards->entries[find_place(shards, shard)];
    return entry->is_used ? &entry->number : NULL;
}

/* Half of the places stay free. */
static void make_room(struct event_shards *shards)
{
    struct event_shards old = *shards;

    if (2 * (shards->count + 1) <= shards->places)
        return;
    shards->places = old.places ? 2 * old.places : PLACES_AT_FIRST;
    shards->entries = must_alloc(shards->places, sizeof *shards->entries);
    for (size_t i = 0; i < old.places; i++)
        if (old.entries[i].is_used)
            shards->entries[find_place(shards, old.entries[i].shard)] = old.entries[i];
    free(old.entries);
}

void event_shards_put(struct event_shards *shards, unsigned shard, uint32_t number)
{
    struct event_shard_entry *entry;

    make_room(shards);
    entry = &shards->entries[find_place(shards, shard)];
    shards->count += !entry->is_used;
    *entry = (struct event_shard_entry){ shard, number, true };
}

/* What was put further on because the place was taken moves up to where it will be looked for. */
static void close_gap(struct event_shards *shards, size_t place)
{
    struct event_shard_entry *entries = shards->entries;
    size_t mask = shards->places - 1;

    for (size_t next = (place + 1) & mask; entries[next].is_used; next = (next + 1) & mask) {
        size_t wanted = entries[next].shard & mask;

        if (((next - wanted) & mask) < ((next - place) & mask))
            continue;
        entries[place] = entries[next];
        place = next;
    }
    entries[place] = (struct event_shard_entry){ 0 };
}

bool event_shards_drop(struct event_shards *shards, unsigned shard)
{
    size_t place;

    if (shards->count == 0)
        return false;
    place = find_place(shards, shard);
    if (!shards->entries[place].is_used)
        return false;
    close_gap(shards, place);
    shards->count--;
    return true;
}

unsigned *event_shards_list(const struct event_shards *shards)
{
    unsigned *list = must_alloc(shards->count + 1, sizeof *list);
    size_t listed = 0;

    for (size_t i = 0; i < shards->places; i++)
        if (shards->entries[i].is_used)
            list[listed++] = shards->entries[i].shard;
    return list;
}
