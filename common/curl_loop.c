/* curl_loop.c - libcurl's multi interface, its sockets and its timer in a loop of ours */
#include "common/curl_loop.h"

#include "common/clock.h"
#include "common/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

struct curl_loop {
    struct loop *loop;
    struct loop_timer timer;
    CURLM *multi;
    curl_loop_function *function;
    void *context;
};

static void finish_all_done(struct curl_loop *curls)
{
    const CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(curls->multi, &left)) != NULL) {
        CURLcode code = message->data.result;
        char *transfer = NULL;

        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        curls->function(curls->context, transfer, code);
    }
}

static void act(struct curl_loop *curls, curl_socket_t socket, int events)
{
    int running;

    curl_multi_socket_action(curls->multi, socket, events, &running);
    finish_all_done(curls);
}

/* Kept by curl beside each socket that it waits for. */
struct watched {
    struct curl_loop *curls;
    curl_socket_t socket;
};

static void on_socket_event(void *context, uint32_t epoll_events)
{
    const struct watched *watched = context;
    int events = (epoll_events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                 (epoll_events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                 (epoll_events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);

    act(watched->curls, watched->socket, events);
}

static int watch_socket(CURL *curl, curl_socket_t socket, int what, void *context, void *kept)
{
    struct curl_loop *curls = context;
    struct watched *watched = kept;
    uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);

    (void)curl;
    if (what == CURL_POLL_REMOVE) {
        loop_remove_fd(curls->loop, socket);
        free(watched);
        return 0;
    }
    if (watched)
        return loop_change_fd(curls->loop, socket, events) < 0 ? -1 : 0;
    watched = must_alloc(1, sizeof *watched);
    *watched = (struct watched){ curls, socket };
    curl_multi_assign(curls->multi, socket, watched);
    return loop_add_fd(curls->loop, socket, events, on_socket_event, watched) < 0 ? -1 : 0;
}

static void on_timer(void *context)
{
    act(context, CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *multi, long timeout_ms, void *context)
{
    struct curl_loop *curls = context;

    (void)multi;
    if (timeout_ms < 0)
        loop_clear_timer(curls->loop, &curls->timer);
    else
        loop_set_timer(curls->loop, &curls->timer, clock_steady_ms() + timeout_ms, on_timer, curls);
    return 0;
}

int curl_loop_open(struct loop *loop, curl_loop_function *function, void *context,
                   struct curl_loop **ret)
{
    AUTO(curl_loop_freep) struct curl_loop *curls = must_alloc(1, sizeof *curls);

    curls->loop = loop;
    curls->function = function;
    curls->context = context;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return -ENOSYS;
    curls->multi = curl_multi_init();
    if (!curls->multi)
        return -ENOMEM;
    curl_multi_setopt(curls->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(curls->multi, CURLMOPT_SOCKETDATA, curls);
    curl_multi_setopt(curls->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(curls->multi, CURLMOPT_TIMERDATA, curls);
    *ret = TAKE(curls);
    return 0;
}

struct curl_loop *curl_loop_free(struct curl_loop *curls)
{
    if (!curls)
        return NULL;
    if (curls->multi)
        curl_multi_cleanup(curls->multi);
    loop_clear_timer(curls->loop, &curls->timer);
    free(curls);
    return NULL;
}

CURLM *curl_loop_multi(const struct curl_loop *curls)
{
    return curls->multi;
}
