/* janus_http.c - JSON over HTTP to Janus, in the loop and never blocking */
#include "robotsvc/janus_http.h"

#include "common/buffer.h"
#include "common/clock.h"
#include "common/curl_loop.h"
#include "common/memory.h"
#include "common/metrics.h"
#include "robotsvc/list.h"

#include <errno.h>
#include <stdlib.h>

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
    char *url;
    struct curl_loop *curls;
    struct curl_slist *headers;
    struct list transfers;
    struct metric *seconds;
    struct metric *errors;
};

static void free_transfer(struct transfer *transfer)
{
    list_remove(&transfer->entry);
    curl_multi_remove_handle(curl_loop_multi(transfer->http->curls), transfer->curl);
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

static void on_done(void *context, void *transfer_, CURLcode code)
{
    struct transfer *transfer = transfer_;

    (void)context;
    finish(transfer, outcome(transfer->curl, code));
}

int janus_http_open(struct loop *loop, const char *url, struct janus_http **ret)
{
    AUTO(janus_http_freep) struct janus_http *http = must_alloc(1, sizeof *http);
    int r;

    http->url = must_copy(url);
    list_init(&http->transfers);
    http->seconds = metric_seconds("dapi_media_request_seconds", "",
                                   "from a request to Janus to its answer, without long polls");
    http->errors = metric_counter("dapi_media_request_errors_total", "",
                                  "requests to Janus that failed on their way");
    r = curl_loop_open(loop, on_done, NULL, &http->curls);
    if (r < 0)
        return r;
    http->headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (!http->headers)
        return -ENOMEM;
    curl_multi_setopt(curl_loop_multi(http->curls), CURLMOPT_MAX_TOTAL_CONNECTIONS,
                      (long)MOST_CONNECTIONS);
    *ret = TAKE(http);
    return 0;
}

struct janus_http *janus_http_free(struct janus_http *http)
{
    if (!http)
        return NULL;
    janus_http_cancel(http);
    curl_loop_free(http->curls);
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
    curl_multi_add_handle(curl_loop_multi(http->curls), transfer->curl);
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
