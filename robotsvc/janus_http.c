/* janus_http.c - JSON over HTTP to Janus, in the loop and never blocking */
#include "robotsvc/janus_http.h"

#include "common/buffer.h"
#include "common/clock.h"
#include "common/memory.h"
#include "common/metrics.h"
#include "robotsvc/list.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

enum {
    CONNECT_MOST_MS = 1000,
    MOST_CONNECTIONS = 16, /* requests beyond that wait for one of these */
};

struct transfer {
    struct list entry;
    struct janus_http *http;
    CURL *curl;
    struct buffer answer;
    janus_http_function *function;
    void *context;
    uint64_t tag;
    int64_t begun_us;
    bool is_measured;
};

struct janus_http {
    struct loop *loop;
    struct loop_timer timer;
    char *url;
    CURLM *multi;
    struct curl_slist *headers;
    struct list transfers;
    struct metric *seconds;
    struct metric *errors;
};

static void free_transfer(struct transfer *transfer)
{
    list_remove(&transfer->entry);
    curl_multi_remove_handle(transfer->http->multi, transfer->curl);
    curl_easy_cleanup(transfer->curl);
    buffer_done(&transfer->answer);
    free(transfer);
}

static int outcome(CURL *curl, CURLcode code)
{
    long status = 0;

    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    switch (code) {
    case CURLE_OK: return status == 200 ? 0 : -EPROTO;
    case CURLE_WRITE_ERROR: return -EMSGSIZE;
    case CURLE_OPERATION_TIMEDOUT: return -ETIMEDOUT;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST: return -ECONNREFUSED;
    default: return -ECONNRESET;
    }
}

/* The function may make new requests and cancel all others: this one is out of the list by then. */
static void finish(struct transfer *transfer, int r)
{
    struct janus_http *http = transfer->http;
    janus_http_function *function = transfer->function;
    void *context = transfer->context;
    uint64_t tag = transfer->tag;
    json_t *answer = NULL;

    if (transfer->is_measured)
        metric_observe_us(http->seconds, clock_steady_us() - transfer->begun_us);
    if (r == 0) {
        answer = json_loadb(transfer->answer.data ? transfer->answer.data : "",
                            transfer->answer.size, 0, NULL);
        r = answer ? 0 : -EPROTO;
    }
    if (r < 0)
        metric_add(http->errors, 1);
    free_transfer(transfer);
    function(context, tag, r, answer);
    json_decref(answer);
}

static void finish_all_done(struct janus_http *http)
{
    const CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
        char *transfer = NULL;
        CURLcode code = message->data.result;

        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        finish((struct transfer *)(void *)transfer, outcome(message->easy_handle, code));
    }
}

static void act(struct janus_http *http, curl_socket_t socket, int events)
{
    int running;

    curl_multi_socket_action(http->multi, socket, events, &running);
    finish_all_done(http);
}

/* Kept by curl beside each socket that it waits for. */
struct watched {
    struct janus_http *http;
    curl_socket_t socket;
};

static void on_socket_event(void *context, uint32_t epoll_events)
{
    const struct watched *watched = context;
    int events = (epoll_events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                 (epoll_events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                 (epoll_events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);

    act(watched->http, watched->socket, events);
}

static int watch_socket(CURL *curl, curl_socket_t socket, int what, void *context, void *kept)
{
    struct janus_http *http = context;
    struct watched *watched = kept;
    uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);

    (void)curl;
    if (what == CURL_POLL_REMOVE) {
        loop_remove_fd(http->loop, socket);
        free(watched);
        return 0;
    }
    if (watched)
        return loop_change_fd(http->loop, socket, events) < 0 ? -1 : 0;
    watched = must_alloc(1, sizeof *watched);
    *watched = (struct watched){ http, socket };
    curl_multi_assign(http->multi, socket, watched);
    return loop_add_fd(http->loop, socket, events, on_socket_event, watched) < 0 ? -1 : 0;
}

static void on_timer(void *context)
{
    act(context, CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *multi, long timeout_ms, void *context)
{
    struct janus_http *http = context;

    (void)multi;
    if (timeout_ms < 0)
        loop_clear_timer(http->loop, &http->timer);
    else
        loop_set_timer(http->loop, &http->timer, clock_steady_ms() + timeout_ms, on_timer, http);
    return 0;
}

int janus_http_open(struct loop *loop, const char *url, struct janus_http **ret)
{
    AUTO(janus_http_freep) struct janus_http *http = must_alloc(1, sizeof *http);

    http->loop = loop;
    http->url = must_copy(url);
    list_init(&http->transfers);
    http->seconds = metric_seconds("dapi_media_request_seconds", "",
                                   "from a request to Janus to its answer, without long polls");
    http->errors = metric_counter("dapi_media_request_errors_total", "",
                                  "requests to Janus that failed on their way");
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return -ENOSYS;
    http->multi = curl_multi_init();
    http->headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (!http->multi || !http->headers)
        return -ENOMEM;
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)MOST_CONNECTIONS);
    *ret = TAKE(http);
    return 0;
}

struct janus_http *janus_http_free(struct janus_http *http)
{
    if (!http)
        return NULL;
    janus_http_cancel(http);
    if (http->multi)
        curl_multi_cleanup(http->multi);
    loop_clear_timer(http->loop, &http->timer);
    curl_slist_free_all(http->headers);
    free(http->url);
    free(http);
    return NULL;
}

static size_t keep_answer(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;

    if (size * count > JANUS_MOST_ANSWER_BYTES - transfer->answer.size)
        return 0;
    buffer_add(&transfer->answer, data, size * count);
    return size * count;
}

/* Neither proxies of the environment nor redirections: this is a private conversation. */
static void set_options(const struct transfer *transfer, const char *path, int64_t most_ms)
{
    AUTO(free_memory) char *url = must_format("%s%s", transfer->http->url, path);
    CURL *curl = transfer->curl;

    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MOST_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)most_ms);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, transfer->http->headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep_answer);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_PRIVATE, transfer);
}

static void start(struct janus_http *http, const char *path, const char *body, int64_t most_ms,
                  janus_http_function *function, void *context, uint64_t tag)
{
    struct transfer *transfer = must_alloc(1, sizeof *transfer);

    transfer->http = http;
    transfer->function = function;
    transfer->context = context;
    transfer->tag = tag;
    transfer->begun_us = clock_steady_us();
    transfer->curl = curl_easy_init();
    if (!transfer->curl)
        abort(); /* out of memory, as in must_alloc */
    set_options(transfer, path, most_ms);
    transfer->is_measured = body != NULL;
    if (body)
        curl_easy_setopt(transfer->curl, CURLOPT_COPYPOSTFIELDS, body);
    list_append(&http->transfers, &transfer->entry);
    curl_multi_add_handle(http->multi, transfer->curl);
}

void janus_http_post(struct janus_http *http, const char *path, const char *body, int64_t most_ms,
                     janus_http_function *function, void *context, uint64_t tag)
{
    start(http, path, body, most_ms, function, context, tag);
}

void janus_http_get(struct janus_http *http, const char *path, int64_t most_ms,
                    janus_http_function *function, void *context, uint64_t tag)
{
    start(http, path, NULL, most_ms, function, context, tag);
}

void janus_http_cancel(struct janus_http *http)
{
    struct list *first;

    while ((first = list_first(&http->transfers)) != NULL)
        free_transfer(LIST_MEMBER(first, struct transfer, entry));
}
