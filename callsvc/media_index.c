/* media_index.c - a sorted array: new calls come at its end, and those that are over stay as empty
 * entries until they are half of it */
#include "callsvc/media_index.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

struct media_index {
    struct media_entry *entries; /* by ascending id */
    size_t count;
    size_t capacity;
    size_t empty_count;
};

enum { COMPACT_AT_LEAST = 64 };

struct media_index *media_index_new(void)
{
    return must_alloc(1, sizeof(struct media_index));
}

struct media_index *media_index_free(struct media_index *index)
{
    if (index)
        free(index->entries);
    free(index);
    return NULL;
}

static bool is_empty(const struct media_entry *entry)
{
    return !entry->has_node && !entry->has_robot;
}

/* The first entry of a call whose id is not below this one. */
static size_t find_place(const struct media_index *index, int64_t call)
{
    size_t low = 0;
    size_t high = index->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (index->entries[middle].call < call)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct media_index *index, size_t place, int64_t call)
{
    return place < index->count && index->entries[place].call == call;
}

/* Make an empty entry of a new call. */
static void insert(struct media_index *index, size_t place, int64_t call)
{
    if (index->count == index->capacity) {
        index->capacity = index->capacity ? index->capacity * 2 : COMPACT_AT_LEAST;
        index->entries = must_resize(index->entries, index->capacity, sizeof *index->entries);
    }
    memmove(&index->entries[place + 1], &index->entries[place],
            (index->count - place) * sizeof *index->entries);
    index->entries[place] = (struct media_entry){ .call = call };
    index->count++;
    index->empty_count++;
}

static void compact(struct media_index *index)
{
    size_t kept = 0;

    if (index->empty_count < COMPACT_AT_LEAST || index->empty_count * 2 < index->count)
        return;
    for (size_t i = 0; i < index->count; i++)
        if (!is_empty(&index->entries[i]))
            index->entries[kept++] = index->entries[i];
    index->count = kept;
    index->empty_count = 0;
}

void media_index_note(struct media_index *index, const struct call_record *record)
{
    const struct media_entry news = {
        .call = record->id,
        .has_node = call_is_open(record) && *record->node,
        .has_robot = call_is_open(record) && call_has_robot(record),
    };
    size_t place = find_place(index, record->id);
    struct media_entry *entry;

    if (!is_at(index, place, record->id)) {
        if (is_empty(&news))
            return;
        insert(index, place, record->id);
    }
    entry = &index->entries[place];
    index->empty_count -= is_empty(entry);
    index->empty_count += is_empty(&news);
    if (!news.has_robot || strcmp(entry->replica, record->robot_replica) != 0)
        entry->offered_until_ms = 0;
    entry->has_node = news.has_node;
    entry->has_robot = news.has_robot;
    memcpy(entry->replica, record->robot_replica, sizeof entry->replica);
    compact(index);
}

static struct media_entry *skip_empty(struct media_index *index, size_t place)
{
    while (place < index->count && is_empty(&index->entries[place]))
        place++;
    return place < index->count ? &index->entries[place] : NULL;
}

struct media_entry *media_index_first(struct media_index *index, int64_t after)
{
    return skip_empty(index, after < INT64_MAX ? find_place(index, after + 1) : index->count);
}

struct media_entry *media_index_next(struct media_index *index, struct media_entry *entry)
{
    return skip_empty(index, (size_t)(entry - index->entries) + 1);
}

size_t media_index_count(const struct media_index *index)
{
    return index->count - index->empty_count;
}
