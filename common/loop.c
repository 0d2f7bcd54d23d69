/* loop.c - one thread's event loop on epoll */
#include "common/loop.h"

#include "common/clock.h"
#include "common/loop_timers.h"
#include "common/memory.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    MOST_EVENTS = 128, /* taken from epoll in one turn */
    MOST_ROUNDS = 16,  /* of hooks in one turn: timers and other descriptors must have theirs */
};

struct watch {
    loop_fd_function *function; /* NULL: not watched */
    void *context;
    uint32_t generation; /* tells an event of a removed descriptor from one of its successor */
};

struct hook {
    loop_hook_function *function; /* NULL: removed */
    loop_patience_function *patience;
    void *context;
};

struct loop {
    int epoll;
    int wakeup; /* eventfd */
    atomic_bool is_stopping;
    bool is_calling_timers;
    bool is_unfinished; /* hooks still moved something when the turn ended */
    int64_t now_ms;
    struct watch *watches; /* by descriptor */
    size_t watch_count;
    uint32_t last_generation;
    struct loop_timers timers;
    struct hook *hooks;
    size_t hook_count;
};

/* Its only purpose is that the sleep ended. */
static void on_wakeup(void *context, uint32_t epoll_events)
{
    const struct loop *loop = context;
    uint64_t count;

    (void)epoll_events;
    while (read(loop->wakeup, &count, sizeof count) < 0 && errno == EINTR)
        ;
}

int loop_open(struct loop **ret)
{
    AUTO(loop_freep) struct loop *loop = must_alloc(1, sizeof *loop);
    int r;

    loop->now_ms = clock_steady_ms();
    loop->wakeup = -1;
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll < 0)
        return -errno;
    loop->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->wakeup < 0)
        return -errno;
    r = loop_add_fd(loop, loop->wakeup, EPOLLIN, on_wakeup, loop);
    if (r < 0)
        return r;
    *ret = TAKE(loop);
    return 0;
}

struct loop *loop_free(struct loop *loop)
{
    if (!loop)
        return NULL;
    if (loop->wakeup >= 0)
        close(loop->wakeup);
    if (loop->epoll >= 0)
        close(loop->epoll);
    loop_timers_done(&loop->timers);
    free(loop->watches);
    free(loop->hooks);
    free(loop);
    return NULL;
}

static struct watch *find_watch(struct loop *loop, int fd)
{
    if (fd < 0 || (size_t)fd >= loop->watch_count || !loop->watches[fd].function)
        return NULL;
    return &loop->watches[fd];
}

static void make_room_for_watch(struct loop *loop, int fd)
{
    size_t wanted = loop->watch_count ? loop->watch_count : 64;

    if ((size_t)fd < loop->watch_count)
        return;
    while (wanted <= (size_t)fd)
        wanted *= 2;
    loop->watches = must_resize(loop->watches, wanted, sizeof *loop->watches);
    for (size_t i = loop->watch_count; i < wanted; i++)
        loop->watches[i] = (struct watch){ 0 };
    loop->watch_count = wanted;
}

static int control_epoll(struct loop *loop, int operation, int fd, uint32_t epoll_events)
{
    uint64_t generation = loop->watches[fd].generation;
    struct epoll_event event = { .events = epoll_events,
                                 .data.u64 = generation << 32 | (uint32_t)fd };

    return epoll_ctl(loop->epoll, operation, fd, &event) < 0 ? -errno : 0;
}

int loop_add_fd(struct loop *loop, int fd, uint32_t epoll_events, loop_fd_function *function,
                void *context)
{
    int r;

    if (fd < 0)
        return -EBADF;
    if (find_watch(loop, fd))
        return -EEXIST;
    make_room_for_watch(loop, fd);
    loop->watches[fd].generation = ++loop->last_generation;
    r = control_epoll(loop, EPOLL_CTL_ADD, fd, epoll_events);
    if (r < 0)
        return r;
    loop->watches[fd].function = function;
    loop->watches[fd].context = context;
    return 0;
}

int loop_change_fd(struct loop *loop, int fd, uint32_t epoll_events)
{
    if (!find_watch(loop, fd))
        return -ENOENT;
    return control_epoll(loop, EPOLL_CTL_MOD, fd, epoll_events);
}

void loop_remove_fd(struct loop *loop, int fd)
{
    struct watch *watch = find_watch(loop, fd);

    if (!watch)
        return;
    watch->function = NULL;
    /* It fails for a descriptor that was closed already: epoll has forgotten that one by itself. */
    (void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
}

void loop_set_timer(struct loop *loop, struct loop_timer *timer, int64_t steady_ms,
                    loop_timer_function *function, void *context)
{
    /* A timer that sets itself for "now" must not keep the turn from ending. */
    if (loop->is_calling_timers && steady_ms <= loop->now_ms)
        steady_ms = loop->now_ms + 1;
    timer->function = function;
    timer->context = context;
    timer->at_ms = steady_ms;
    loop_timers_put(&loop->timers, timer);
}

void loop_clear_timer(struct loop *loop, struct loop_timer *timer)
{
    loop_timers_drop(&loop->timers, timer);
}

void loop_add_hook(struct loop *loop, loop_hook_function *hook, loop_patience_function *patience,
                   void *context)
{
    loop->hooks = must_resize(loop->hooks, loop->hook_count + 1, sizeof *loop->hooks);
    loop->hooks[loop->hook_count++] = (struct hook){ hook, patience, context };
}

void loop_remove_hook(struct loop *loop, loop_hook_function *hook, void *context)
{
    for (size_t i = 0; i < loop->hook_count; i++)
        if (loop->hooks[i].function == hook && loop->hooks[i].context == context)
            loop->hooks[i] = (struct hook){ 0 };
}

/* Close the gaps that removed hooks left: between turns, when nobody walks through them. */
static void forget_removed_hooks(struct loop *loop)
{
    size_t kept = 0;

    for (size_t i = 0; i < loop->hook_count; i++)
        if (loop->hooks[i].function)
            loop->hooks[kept++] = loop->hooks[i];
    loop->hook_count = kept;
}

static int64_t shorter(int64_t a_ms, int64_t b_ms)
{
    if (a_ms < 0 || b_ms < 0)
        return a_ms < 0 ? b_ms : a_ms;
    return a_ms < b_ms ? a_ms : b_ms;
}

static int sleep_ms(const struct loop *loop, int64_t most_ms)
{
    const struct loop_timer *first = loop_timers_first(&loop->timers);

    if (loop->is_unfinished)
        return 0;
    if (first) {
        int64_t left_ms = first->at_ms - clock_steady_ms();

        most_ms = shorter(most_ms, left_ms > 0 ? left_ms : 0);
    }
    for (size_t i = 0; i < loop->hook_count; i++)
        if (loop->hooks[i].patience)
            most_ms = shorter(most_ms, loop->hooks[i].patience(loop->hooks[i].context));
    return most_ms > INT_MAX ? INT_MAX : (int)most_ms;
}

static void call_watches(struct loop *loop, const struct epoll_event *events, int count)
{
    for (int i = 0; i < count; i++) {
        const struct watch *watch = find_watch(loop, (int)(events[i].data.u64 & UINT32_MAX));

        if (watch && watch->generation == events[i].data.u64 >> 32)
            watch->function(watch->context, events[i].events);
    }
}

static void call_timers(struct loop *loop)
{
    struct loop_timer *timer;

    loop->is_calling_timers = true;
    while ((timer = loop_timers_first(&loop->timers)) && timer->at_ms <= loop->now_ms) {
        loop_timers_drop(&loop->timers, timer);
        timer->function(timer->context);
    }
    loop->is_calling_timers = false;
}

static bool call_hooks(struct loop *loop)
{
    bool has_moved = false;

    for (size_t i = 0; i < loop->hook_count; i++)
        if (loop->hooks[i].function && loop->hooks[i].function(loop->hooks[i].context))
            has_moved = true;
    return has_moved;
}

int loop_turn(struct loop *loop, int64_t most_ms)
{
    struct epoll_event events[MOST_EVENTS];
    int rounds = 0;
    int count;

    forget_removed_hooks(loop);
    count = epoll_wait(loop->epoll, events, MOST_EVENTS, sleep_ms(loop, most_ms));
    if (count < 0 && errno != EINTR)
        return -errno;
    loop->now_ms = clock_steady_ms();
    call_watches(loop, events, count);
    call_timers(loop);
    do
        loop->is_unfinished = call_hooks(loop);
    while (loop->is_unfinished && ++rounds < MOST_ROUNDS);
    return 0;
}

int loop_run(struct loop *loop)
{
    int r = 0;

    while (r == 0 && !atomic_exchange(&loop->is_stopping, false))
        r = loop_turn(loop, -1);
    return r;
}

void loop_wake(struct loop *loop)
{
    uint64_t one = 1;

    while (write(loop->wakeup, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

void loop_stop(struct loop *loop)
{
    atomic_store(&loop->is_stopping, true);
    loop_wake(loop);
}

int64_t loop_now_ms(const struct loop *loop)
{
    return loop->now_ms;
}
