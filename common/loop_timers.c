/* loop_timers.c - a binary heap of timers that live in their owners */
#include "common/loop_timers.h"

#include "common/memory.h"

#include <stdlib.h>

static void set_place(struct loop_timers *timers, unsigned place, struct loop_timer *timer)
{
    timers->heap[place] = timer;
    timer->place = place;
}

static void sift_up(struct loop_timers *timers, struct loop_timer *timer)
{
    unsigned place = timer->place;

    while (place > 1 && timers->heap[place / 2]->at_ms > timer->at_ms) {
        set_place(timers, place, timers->heap[place / 2]);
        place /= 2;
    }
    set_place(timers, place, timer);
}

static void sift_down(struct loop_timers *timers, struct loop_timer *timer)
{
    unsigned place = timer->place;

    for (unsigned child; (child = place * 2) <= timers->count; place = child) {
        if (child < timers->count && timers->heap[child + 1]->at_ms < timers->heap[child]->at_ms)
            child++;
        if (timers->heap[child]->at_ms >= timer->at_ms)
            break;
        set_place(timers, place, timers->heap[child]);
    }
    set_place(timers, place, timer);
}

struct loop_timer *loop_timers_first(const struct loop_timers *timers)
{
    return timers->count ? timers->heap[1] : NULL;
}

void loop_timers_put(struct loop_timers *timers, struct loop_timer *timer)
{
    if (timer->place == 0) {
        if (timers->count + 1 >= timers->capacity) {
            timers->capacity = timers->capacity ? timers->capacity * 2 : 64;
            timers->heap = must_resize(timers->heap, timers->capacity, sizeof(struct loop_timer *));
        }
        set_place(timers, ++timers->count, timer);
    }
    sift_up(timers, timer);
    sift_down(timers, timer);
}

void loop_timers_drop(struct loop_timers *timers, struct loop_timer *timer)
{
    unsigned place = timer->place;
    struct loop_timer *last;

    if (place == 0)
        return;
    last = timers->heap[timers->count--];
    timer->place = 0;
    if (last == timer)
        return;
    set_place(timers, place, last);
    sift_up(timers, last);
    sift_down(timers, last);
}

void loop_timers_done(struct loop_timers *timers)
{
    free(timers->heap);
    *timers = (struct loop_timers){ 0 };
}
