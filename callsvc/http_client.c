/* http_client.c - requests to foreign servers, by libcurl */
#include "callsvc/http_client.h"

#include "callsvc/public_address.h"
#include "common/curl_loop.h"
#include "common/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECT_MOST_MS = 5000,
    SPARE_MOST = 256,           /* handles that are kept for the next requests */
    IDLE_MOST_SECONDS = 604800, /* connections are kept until the server closes them */
    KEEPALIVE_SECONDS = 60,
};

struct transfer {
    LIST_ENTRY(transfer) place;
    struct http_client *client;
    CURL *curl;
    struct curl_slist *headers;
    struct buffer answer;
    http_answer_function *function;
    void *context;
    bool may_not_connect;
    bool refuses_private;
    int refused; /* why no socket was opened */
};

LIST_HEAD(transfers, transfer);

struct http_client {
    const char *ca_file;
    bool may_assume_http2;
    struct curl_loop *curls;
    struct transfers in_hand;
    struct transfers spare;
    unsigned spare_count;
};

static void free_transfer(struct transfer *transfer)
{
    LIST_REMOVE(transfer, place);
    curl_easy_cleanup(transfer->curl);
    curl_slist_free_all(transfer->headers);
    buffer_done(&transfer->answer);
    free(transfer);
}

static struct transfer *take_transfer(struct http_client *client)
{
    struct transfer *transfer = LIST_FIRST(&client->spare);

    if (transfer) {
        LIST_REMOVE(transfer, place);
        client->spare_count--;
    } else {
        transfer = must_alloc(1, sizeof *transfer);
        transfer->client = client;
        transfer->curl = curl_easy_init();
        if (!transfer->curl)
            abort(); /* out of memory, as in must_alloc */
    }
    LIST_INSERT_HEAD(&client->in_hand, transfer, place);
    return transfer;
}

static void put_back(struct transfer *transfer)
{
    struct http_client *client = transfer->client;

    if (client->spare_count >= SPARE_MOST) {
        free_transfer(transfer);
        return;
    }
    LIST_REMOVE(transfer, place);
    curl_easy_reset(transfer->curl);
    curl_slist_free_all(transfer->headers);
    transfer->headers = NULL;
    buffer_clear(&transfer->answer);
    transfer->refused = 0;
    LIST_INSERT_HEAD(&client->spare, transfer, place);
    client->spare_count++;
}

static int outcome(const struct transfer *transfer, CURLcode code)
{
    if (code == CURLE_OK)
        return 0;
    if (transfer->refused)
        return transfer->refused;
    switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST: return -ECONNREFUSED;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE: return -EKEYREJECTED;
    case CURLE_OPERATION_TIMEDOUT: return -ETIMEDOUT;
    case CURLE_WRITE_ERROR: return -EMSGSIZE;
    default: return -ECONNRESET;
    }
}

static int64_t read_retry_after(CURL *curl)
{
    curl_off_t seconds = 0;

    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds);
    return seconds > 0 ? (int64_t)seconds * 1000 : -1;
}

static void finish(void *context, void *transfer_, CURLcode code)
{
    struct transfer *transfer = transfer_;
    struct http_answer answer = { .r = outcome(transfer, code), .retry_after_ms = -1 };
    long status = 0;

    (void)context;
    curl_multi_remove_handle(curl_loop_multi(transfer->client->curls), transfer->curl);
    if (answer.r == 0) {
        curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
        answer.status = (unsigned)status;
        answer.body = (struct bytes){ transfer->answer.data, transfer->answer.size };
        answer.retry_after_ms = read_retry_after(transfer->curl);
    }
    transfer->function(transfer->context, &answer);
    put_back(transfer);
}

int http_client_start(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -ENOSYS;
}

int http_client_open(const struct http_client_options *options, struct http_client **ret)
{
    AUTO(http_client_freep) struct http_client *client = must_alloc(1, sizeof *client);
    CURLM *multi;
    int r;

    client->ca_file = options->ca_file && *options->ca_file ? options->ca_file : NULL;
    client->may_assume_http2 = options->may_assume_http2;
    r = curl_loop_open(options->loop, finish, client, &client->curls);
    if (r < 0)
        return r;
    multi = curl_loop_multi(client->curls);
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
    curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, 1000L);
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)options->most_connections);
    *ret = TAKE(client);
    return 0;
}

static void free_transfers(struct transfer *transfer)
{
    while (transfer) {
        struct transfer *next = LIST_NEXT(transfer, place);

        curl_multi_remove_handle(curl_loop_multi(transfer->client->curls), transfer->curl);
        free_transfer(transfer);
        transfer = next;
    }
}

struct http_client *http_client_free(struct http_client *client)
{
    if (!client)
        return NULL;
    free_transfers(LIST_FIRST(&client->in_hand));
    free_transfers(LIST_FIRST(&client->spare));
    curl_loop_free(client->curls);
    free(client);
    return NULL;
}

static size_t keep_answer(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;

    if (size * count > HTTP_MOST_ANSWER_BYTES - transfer->answer.size)
        return 0;
    buffer_add(&transfer->answer, data, size * count);
    return size * count;
}

/* The address that is connected to is looked at, not the name: a name may change its mind. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *transfer = context;

    (void)purpose;
    if (transfer->may_not_connect)
        transfer->refused = -ENOTCONN;
    else if (transfer->refuses_private && !is_public_address(&address->addr))
        transfer->refused = -EHOSTUNREACH;
    else
        return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    return CURL_SOCKET_BAD;
}

static void set_trust(const struct transfer *transfer)
{
    if (!transfer->client->ca_file)
        return;
    curl_easy_setopt(transfer->curl, CURLOPT_CAINFO, transfer->client->ca_file);
    curl_easy_setopt(transfer->curl, CURLOPT_CAPATH, "/etc/ssl/certs");
}

static long version_of(const struct http_client *client, const char *url)
{
    return client->may_assume_http2 && strncmp(url, "http:", 5) == 0
               ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
               : CURL_HTTP_VERSION_2TLS;
}

/* Neither proxies of the environment nor redirections. */
static void set_options(const struct transfer *transfer, const struct http_ask *ask)
{
    CURL *curl = transfer->curl;

    curl_easy_setopt(curl, CURLOPT_URL, ask->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, version_of(transfer->client, ask->url));
    curl_easy_setopt(curl, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MOST_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)ask->most_ms);
    curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, (long)IDLE_MOST_SECONDS);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_SECONDS);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_SECONDS / 4);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)ask->body.size);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, ask->body.data);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep_answer);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_PRIVATE, transfer);
    set_trust(transfer);
}

void http_client_post(struct http_client *client, const struct http_ask *ask)
{
    struct transfer *transfer = take_transfer(client);

    for (const char *const *header = ask->headers; *header; header++)
        transfer->headers = curl_slist_append(transfer->headers, *header);
    transfer->function = ask->function;
    transfer->context = ask->context;
    transfer->may_not_connect = ask->may_not_connect;
    transfer->refuses_private = ask->refuses_private;
    set_options(transfer, ask);
    curl_multi_add_handle(curl_loop_multi(client->curls), transfer->curl);
}
