/* timers.c - a binary heap of (time, call) */
#include "callsvc/timers.h"

#include "common/memory.h"

#include <stdlib.h>

struct entry {
    int64_t due_ms;
    int64_t call;
};

struct timers {
    struct entry *entries;
    size_t count;
    size_t capacity;
};

struct timers *timers_new(void)
{
    return must_alloc(1, sizeof(struct timers));
}

struct timers *timers_free(struct timers *timers)
{
    if (timers)
        free(timers->entries);
    free(timers);
    return NULL;
}

void timers_add(struct timers *timers, int64_t due_ms, int64_t call)
{
    size_t place = timers->count++;

    if (place == timers->capacity) {
        timers->capacity = place ? place * 2 : 1024;
        timers->entries = must_resize(timers->entries, timers->capacity, sizeof *timers->entries);
    }
    while (place > 0 && timers->entries[(place - 1) / 2].due_ms > due_ms) {
        timers->entries[place] = timers->entries[(place - 1) / 2];
        place = (place - 1) / 2;
    }
    timers->entries[place] = (struct entry){ due_ms, call };
}

int64_t timers_next(const struct timers *timers)
{
    return timers->count > 0 ? timers->entries[0].due_ms : INT64_MAX;
}

/* Let the last entry sink from the top to where it belongs. */
static void sink_last(struct timers *timers)
{
    struct entry last = timers->entries[--timers->count];
    size_t place = 0;

    for (;;) {
        size_t child = 2 * place + 1;

        if (child >= timers->count)
            break;
        if (child + 1 < timers->count &&
            timers->entries[child + 1].due_ms < timers->entries[child].due_ms)
            child++;
        if (timers->entries[child].due_ms >= last.due_ms)
            break;
        timers->entries[place] = timers->entries[child];
        place = child;
    }
    timers->entries[place] = last;
}

bool timers_take(struct timers *timers, int64_t now_ms, int64_t *ret_call)
{
    if (timers_next(timers) > now_ms)
        return false;
    *ret_call = timers->entries[0].call;
    sink_last(timers);
    return true;
}

size_t timers_count(const struct timers *timers)
{
    return timers->count;
}
