/* ringing.c - a hash table from a pair's key to a call: open addressing, linear probing */
#include "callsvc/ringing.h"

#include "common/memory.h"

#include <stdlib.h>

struct entry {
    int64_t key;  /* hashed already: its low bits are the place */
    int64_t call; /* 0: the place is free */
};

struct ringing {
    struct entry *entries;
    size_t mask; /* places - 1; places are a power of two */
    size_t count;
};

enum { PLACES_AT_FIRST = 1024 };

static struct entry *new_entries(size_t places)
{
    return must_alloc(places, sizeof(struct entry));
}

struct ringing *ringing_new(void)
{
    struct ringing *ringing = must_alloc(1, sizeof *ringing);

    ringing->entries = new_entries(PLACES_AT_FIRST);
    ringing->mask = PLACES_AT_FIRST - 1;
    return ringing;
}

struct ringing *ringing_free(struct ringing *ringing)
{
    if (ringing)
        free(ringing->entries);
    free(ringing);
    return NULL;
}

/* Where the key is, or the free place where it would be. */
static size_t find_place(const struct ringing *ringing, int64_t key)
{
    size_t place = (size_t)key & ringing->mask;

    while (ringing->entries[place].call != 0 && ringing->entries[place].key != key)
        place = (place + 1) & ringing->mask;
    return place;
}

static void grow(struct ringing *ringing)
{
    struct entry *old = ringing->entries;
    size_t places = ringing->mask + 1;

    ringing->entries = new_entries(places * 2);
    ringing->mask = places * 2 - 1;
    for (size_t i = 0; i < places; i++)
        if (old[i].call != 0)
            ringing->entries[find_place(ringing, old[i].key)] = old[i];
    free(old);
}

void ringing_note(struct ringing *ringing, int64_t key, int64_t call)
{
    size_t place;

    if (ringing->count * 2 > ringing->mask)
        grow(ringing);
    place = find_place(ringing, key);
    ringing->count += ringing->entries[place].call == 0;
    ringing->entries[place] = (struct entry){ key, call };
}

int64_t ringing_find(const struct ringing *ringing, int64_t key)
{
    return ringing->entries[find_place(ringing, key)].call;
}

void ringing_foresee(const struct ringing *ringing, int64_t key)
{
    __builtin_prefetch(&ringing->entries[(size_t)key & ringing->mask]);
}

/* Free a place and move up what was put further on because it was taken. */
static void free_place(struct ringing *ringing, size_t place)
{
    struct entry *entries = ringing->entries;

    for (size_t next = (place + 1) & ringing->mask; entries[next].call != 0;
         next = (next + 1) & ringing->mask) {
        size_t wanted = (size_t)entries[next].key & ringing->mask;

        if (((next - wanted) & ringing->mask) < ((next - place) & ringing->mask))
            continue;
        entries[place] = entries[next];
        place = next;
    }
    entries[place] = (struct entry){ 0 };
    ringing->count--;
}

void ringing_forget(struct ringing *ringing, int64_t key, int64_t call)
{
    size_t place = find_place(ringing, key);

    if (call != 0 && ringing->entries[place].call == call)
        free_place(ringing, place);
}

size_t ringing_count(const struct ringing *ringing)
{
    return ringing->count;
}
