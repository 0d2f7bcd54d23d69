/* recent.c - index entries in memory: buckets by the first bits of the key, short enough to be
 * looked through */
#include "callsvc/recent.h"

#include "common/memory.h"

#include <stdlib.h>

enum { BUCKET_BITS = 12 };

_Static_assert(1 << BUCKET_BITS == RECENT_BUCKETS, "as many buckets as bits can name");

struct bucket {
    struct recent_entry *entries;
    size_t count;
    size_t capacity;
};

struct recent {
    struct bucket buckets[RECENT_BUCKETS];
    size_t count;
    uint16_t *added; /* the bucket of each entry since recent_keep */
    size_t added_count;
    size_t added_capacity;
};

struct recent *recent_new(void)
{
    return must_alloc(1, sizeof(struct recent));
}

struct recent *recent_free(struct recent *recent)
{
    for (size_t i = 0; recent && i < RECENT_BUCKETS; i++)
        free(recent->buckets[i].entries);
    if (recent)
        free(recent->added);
    free(recent);
    return NULL;
}

/* In order of signed keys, as the database sorts them. */
static size_t bucket_of(int64_t key)
{
    return ((uint64_t)key ^ (UINT64_C(1) << 63)) >> (64 - BUCKET_BITS);
}

void recent_add(struct recent *recent, int64_t key, int64_t call)
{
    struct bucket *bucket = &recent->buckets[bucket_of(key)];

    if (bucket->count == bucket->capacity) {
        bucket->capacity = bucket->capacity ? bucket->capacity * 2 : 8;
        bucket->entries = must_resize(bucket->entries, bucket->capacity, sizeof *bucket->entries);
    }
    if (recent->added_count == recent->added_capacity) {
        recent->added_capacity = recent->added_capacity ? recent->added_capacity * 2 : 256;
        recent->added = must_resize(recent->added, recent->added_capacity, sizeof *recent->added);
    }
    bucket->entries[bucket->count++] = (struct recent_entry){ key, call };
    recent->added[recent->added_count++] = (uint16_t)bucket_of(key);
    recent->count++;
}

void recent_keep(struct recent *recent)
{
    recent->added_count = 0;
}

void recent_take_back(struct recent *recent)
{
    recent->count -= recent->added_count;
    while (recent->added_count > 0)
        recent->buckets[recent->added[--recent->added_count]].count--;
}

size_t recent_count(const struct recent *recent)
{
    return recent->count;
}

/* The latest are looked at first, and an entry comes behind them; the processor sees by itself
 * where that leads to. */
void recent_foresee(const struct recent *recent, int64_t key)
{
    const struct bucket *bucket = &recent->buckets[bucket_of(key)];

    __builtin_prefetch(bucket->entries + bucket->count);
    if (bucket->count > 0)
        __builtin_prefetch(bucket->entries + bucket->count - 1);
}

bool recent_next(const struct recent *recent, int64_t key, size_t *cursor, int64_t *ret_call)
{
    const struct bucket *bucket = &recent->buckets[bucket_of(key)];
    size_t place = *cursor < bucket->count ? *cursor : bucket->count;

    while (place-- > 0) {
        if (bucket->entries[place].key != key)
            continue;
        *ret_call = bucket->entries[place].call;
        *cursor = place;
        return true;
    }
    return false;
}

static int compare(const void *left, const void *right)
{
    const struct recent_entry *a = left;
    const struct recent_entry *b = right;

    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return (a->call > b->call) - (a->call < b->call);
}

const struct recent_entry *recent_sort_bucket(struct recent *recent, size_t bucket,
                                              size_t *ret_count)
{
    struct bucket *b = &recent->buckets[bucket];

    if (b->count > 1)
        qsort(b->entries, b->count, sizeof *b->entries, compare);
    *ret_count = b->count;
    return b->entries;
}
