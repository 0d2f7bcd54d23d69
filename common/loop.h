/* loop.h - one thread's event loop: file descriptors, timers, and work at the end of each turn.
 *
 * A turn is: wait; call what became ready; call timers that are due; then call every turn hook, in
 * the order they were added, again and again until none of them reports progress. Batches live from
 * that: receive hooks come first, send hooks last, and a hook that moved something lets the others
 * look once more before the thread sleeps (ZeroMQ's descriptors signal edges: what was not drained
 * stays unseen). Under steady load a turn ends after a number of rounds and the next one begins
 * without sleep, so that descriptors and timers have their turn. Nothing here may be called from
 * another thread, except loop_wake and loop_stop. */
#pragma once

#include "common/auto.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;

typedef void loop_fd_function(void *context, uint32_t epoll_events);
typedef void loop_timer_function(void *context);
typedef bool loop_hook_function(void *context); /* true: something moved */

/* How long the thread may sleep at most, in ms from now; -1: as long as it likes. */
typedef int64_t loop_patience_function(void *context);

/* 0 or -errno. The caller frees *ret. */
int loop_open(struct loop **ret) MUST_CHECK;
struct loop *loop_free(struct loop *loop); /* NULL is fine; returns NULL */
DEFINE_AUTO(struct loop *, loop_free)

/* Watch a descriptor, level-triggered. 0 or -errno. A descriptor is watched once. */
int loop_add_fd(struct loop *loop, int fd, uint32_t epoll_events, loop_fd_function *function,
                void *context) MUST_CHECK;
/* Watch it for other events from now on. */
int loop_change_fd(struct loop *loop, int fd, uint32_t epoll_events) MUST_CHECK;
/* Also from within its own function; no event of it is delivered afterwards. */
void loop_remove_fd(struct loop *loop, int fd);

/* Call `function` once at `steady_ms` (clock.h). Timers are embedded in their owner, zeroed at
 * first; setting one that is set moves it. */
struct loop_timer {
    loop_timer_function *function;
    void *context;
    int64_t at_ms;
    unsigned place; /* in the heap, counted from 1; 0: not set */
};
void loop_set_timer(struct loop *loop, struct loop_timer *timer, int64_t steady_ms,
                    loop_timer_function *function, void *context);
void loop_clear_timer(struct loop *loop, struct loop_timer *timer);

/* Work at the end of each turn; `patience` may be NULL. */
void loop_add_hook(struct loop *loop, loop_hook_function *hook, loop_patience_function *patience,
                   void *context);
/* The hook is not called again; also from within a hook. */
void loop_remove_hook(struct loop *loop, loop_hook_function *hook, void *context);

/* Run turns until loop_stop. 0 or -errno. */
int loop_run(struct loop *loop) MUST_CHECK;

/* One turn that sleeps `most_ms` at the longest (-1: no limit): for tests and for draining. */
int loop_turn(struct loop *loop, int64_t most_ms) MUST_CHECK;

/* From any thread: end the sleep, so that hooks look again. */
void loop_wake(struct loop *loop);
/* From any thread: leave loop_run after this turn. */
void loop_stop(struct loop *loop);

/* Steady time at the start of this turn's work, read once a turn. */
int64_t loop_now_ms(const struct loop *loop);
