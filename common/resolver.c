/* resolver.c - a thread that looks names up again and again */
#include "common/resolver.h"

#include "common/clock.h"
#include "common/endpoint.h"
#include "common/memory.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    AGAIN_MS = 2000,   /* from one lookup of a name to its next */
    GOODBYE_MS = 1000, /* how long resolver_free waits for a lookup that is under way */
};

/* One endpoint of a watch's list and what it stands for now. */
struct entry {
    struct endpoint_set found; /* the last good set */
    int64_t due_ms;
};

struct resolver_watch {
    struct loop *loop;
    resolver_function *function;
    void *context;
    int news; /* eventfd: the thread found something else than before */
    struct endpoint *endpoints;
    struct entry *entries; /* of each endpoint; under the resolver's lock */
    size_t count;
    struct endpoint_set told; /* what the function was told last; of the loop's thread */
    struct resolver *resolver;
    struct resolver_watch *next;
    uint64_t number; /* never used again: finds the watch after a lookup, if it is still there */
};

struct resolver {
    pthread_mutex_t lock;
    pthread_cond_t has_changed; /* there is work, or an owner less */
    pthread_t thread;
    bool has_thread;
    bool is_stopping;
    unsigned owners; /* the caller, and the thread while it runs: the last one frees */
    uint64_t last_number;
    struct resolver_watch *watches;
};

int resolver_open(struct resolver **ret)
{
    struct resolver *resolver = must_alloc(1, sizeof *resolver);

    pthread_mutex_init(&resolver->lock, NULL);
    pthread_cond_init(&resolver->has_changed, NULL);
    resolver->owners = 1;
    *ret = resolver;
    return 0;
}

static void give_up(struct resolver *resolver)
{
    bool is_last;

    pthread_mutex_lock(&resolver->lock);
    is_last = --resolver->owners == 0;
    pthread_cond_signal(&resolver->has_changed);
    pthread_mutex_unlock(&resolver->lock);
    if (!is_last)
        return;
    pthread_cond_destroy(&resolver->has_changed);
    pthread_mutex_destroy(&resolver->lock);
    free(resolver);
}

static struct timespec to_timespec(int64_t steady_ms)
{
    return (struct timespec){ .tv_sec = steady_ms / 1000, .tv_nsec = steady_ms % 1000 * 1000000 };
}

/* True once the thread has left; false if that takes too long. */
static bool stop_thread(struct resolver *resolver)
{
    struct timespec until = to_timespec(clock_steady_ms() + GOODBYE_MS);
    bool has_left;
    int r = 0;

    pthread_mutex_lock(&resolver->lock);
    resolver->is_stopping = true;
    pthread_cond_signal(&resolver->has_changed);
    while (resolver->owners > 1 && r == 0)
        r = pthread_cond_clockwait(&resolver->has_changed, &resolver->lock, CLOCK_MONOTONIC,
                                   &until);
    has_left = resolver->owners == 1;
    pthread_mutex_unlock(&resolver->lock);
    return has_left;
}

/* getaddrinfo cannot be interrupted: a thread that waits for a dead name server is left behind and
 * frees what it shares with us when it comes back. */
struct resolver *resolver_free(struct resolver *resolver)
{
    if (!resolver)
        return NULL;
    if (resolver->has_thread && stop_thread(resolver))
        pthread_join(resolver->thread, NULL);
    else if (resolver->has_thread)
        pthread_detach(resolver->thread);
    give_up(resolver);
    return NULL;
}

/* The name to look up next, under the lock: true and where it belongs if one is due now, else
 * *ret_due_ms is when the next one is (-1: none). */
static bool find_due(const struct resolver *resolver, struct resolver_watch **ret,
                     size_t *ret_place, int64_t *ret_due_ms)
{
    int64_t now_ms = clock_steady_ms();

    *ret_due_ms = -1;
    for (struct resolver_watch *watch = resolver->watches; watch; watch = watch->next) {
        for (size_t i = 0; i < watch->count; i++) {
            int64_t due_ms = watch->entries[i].due_ms;

            if (!watch->endpoints[i].host)
                continue;
            if (due_ms <= now_ms) {
                *ret = watch;
                *ret_place = i;
                return true;
            }
            if (*ret_due_ms < 0 || due_ms < *ret_due_ms)
                *ret_due_ms = due_ms;
        }
    }
    return false;
}

static void post_news(const struct resolver_watch *watch)
{
    uint64_t one = 1;

    while (write(watch->news, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

/* Under the lock: keep what was found, if the watch is still there and this is new to it. */
static void store_found(struct resolver *resolver, uint64_t number, size_t place,
                        struct endpoint_set *found)
{
    struct resolver_watch *watch = resolver->watches;
    struct endpoint_set *last;

    while (watch && watch->number != number)
        watch = watch->next;
    if (!watch || endpoint_set_compare(&watch->entries[place].found, found) == 0)
        return;
    last = &watch->entries[place].found;
    endpoint_set_done(last);
    *last = *found;
    *found = (struct endpoint_set){ 0 };
    post_news(watch);
}

/* Look one name up. The lock is held before and after, but not while the name server is asked. */
static void look_up(struct resolver *resolver, struct resolver_watch *watch, size_t place)
{
    AUTO(endpoint_set_done) struct endpoint_set found = { 0 };
    AUTO(free_memory) char *host = must_copy(watch->endpoints[place].host);
    AUTO(free_memory) char *port = must_copy(watch->endpoints[place].port);
    uint64_t number = watch->number;
    int r;

    watch->entries[place].due_ms = clock_steady_ms() + AGAIN_MS;
    pthread_mutex_unlock(&resolver->lock);
    r = endpoint_look_up(host, port, &found);
    pthread_mutex_lock(&resolver->lock);
    if (r == 0)
        store_found(resolver, number, place, &found);
}

static void wait_for_work(struct resolver *resolver, int64_t due_ms)
{
    struct timespec until = to_timespec(due_ms);

    if (due_ms < 0)
        pthread_cond_wait(&resolver->has_changed, &resolver->lock);
    else
        pthread_cond_clockwait(&resolver->has_changed, &resolver->lock, CLOCK_MONOTONIC, &until);
}

static void *run_thread(void *context)
{
    struct resolver *resolver = context;
    struct resolver_watch *watch;
    size_t place;
    int64_t due_ms;

    pthread_mutex_lock(&resolver->lock);
    while (!resolver->is_stopping)
        if (find_due(resolver, &watch, &place, &due_ms))
            look_up(resolver, watch, place);
        else
            wait_for_work(resolver, due_ms);
    pthread_mutex_unlock(&resolver->lock);
    give_up(resolver);
    return NULL;
}

/* Signals belong to the process' own threads. */
static int start_thread(struct resolver *resolver)
{
    sigset_t all;
    sigset_t before;
    int r;

    if (resolver->has_thread)
        return 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    resolver->owners = 2;
    r = pthread_create(&resolver->thread, NULL, run_thread, resolver);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    resolver->has_thread = r == 0;
    if (r != 0)
        resolver->owners = 1;
    return -r;
}

/* In the loop's thread: put the endpoints' sets together and tell them if they are new. */
static void on_news(void *context, uint32_t epoll_events)
{
    struct resolver_watch *watch = context;
    AUTO(endpoint_set_done) struct endpoint_set now = { 0 };
    uint64_t count;

    (void)epoll_events;
    while (read(watch->news, &count, sizeof count) < 0 && errno == EINTR)
        ;
    pthread_mutex_lock(&watch->resolver->lock);
    for (size_t i = 0; i < watch->count; i++)
        for (size_t j = 0; j < watch->entries[i].found.count; j++)
            endpoint_set_add(&now, watch->entries[i].found.texts[j]);
    pthread_mutex_unlock(&watch->resolver->lock);
    if (now.count == 0 || endpoint_set_compare(&now, &watch->told) == 0)
        return;
    endpoint_set_done(&watch->told);
    watch->told = now;
    now = (struct endpoint_set){ 0 };
    watch->function(watch->context, (const char *const *)watch->told.texts, watch->told.count);
}

static struct resolver_watch *free_watch(struct resolver_watch *watch)
{
    if (watch->news >= 0)
        close(watch->news);
    for (size_t i = 0; i < watch->count; i++)
        endpoint_set_done(&watch->entries[i].found);
    free(watch->entries);
    endpoints_free(watch->endpoints, watch->count);
    endpoint_set_done(&watch->told);
    free(watch);
    return NULL;
}
DEFINE_AUTO(struct resolver_watch *, free_watch)

/* What needs no lookup is known at once. True if a name is left for the thread. */
static bool fill_in_addresses(struct resolver_watch *watch)
{
    bool has_name = false;

    watch->entries = must_alloc(watch->count, sizeof *watch->entries);
    for (size_t i = 0; i < watch->count; i++)
        if (watch->endpoints[i].host)
            has_name = true;
        else
            endpoint_set_add(&watch->entries[i].found, watch->endpoints[i].text);
    return has_name;
}

static void link_watch(struct resolver *resolver, struct resolver_watch *watch)
{
    pthread_mutex_lock(&resolver->lock);
    watch->number = ++resolver->last_number;
    watch->next = resolver->watches;
    resolver->watches = watch;
    pthread_cond_signal(&resolver->has_changed);
    pthread_mutex_unlock(&resolver->lock);
}

int resolver_add_watch(struct resolver *resolver, struct loop *loop, const char *endpoints,
                       resolver_function *function, void *context, struct resolver_watch **ret)
{
    AUTO(free_watchp) struct resolver_watch *watch = must_alloc(1, sizeof *watch);
    bool has_name;
    int r;

    *watch = (struct resolver_watch){
        .loop = loop, .function = function, .context = context, .news = -1, .resolver = resolver
    };
    r = endpoints_read(endpoints, &watch->endpoints, &watch->count);
    if (r < 0)
        return r;
    has_name = fill_in_addresses(watch);
    watch->news = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK); /* 1: a first look is due */
    if (watch->news < 0)
        return -errno;
    r = has_name ? start_thread(resolver) : 0;
    if (r < 0)
        return r;
    r = loop_add_fd(loop, watch->news, EPOLLIN, on_news, watch);
    if (r < 0)
        return r;
    link_watch(resolver, watch);
    *ret = TAKE(watch);
    return 0;
}

void resolver_remove_watch(struct resolver *resolver, struct resolver_watch *watch)
{
    struct resolver_watch **at = &resolver->watches;

    pthread_mutex_lock(&resolver->lock);
    while (*at && *at != watch)
        at = &(*at)->next;
    if (*at)
        *at = watch->next;
    pthread_mutex_unlock(&resolver->lock);
    loop_remove_fd(watch->loop, watch->news);
    free_watch(watch);
}
