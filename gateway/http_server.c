/* http_server.c - HTTP/1.1 in one loop: one libmicrohttpd daemon with external epoll */
#include "gateway/http_server_inside.h"

#include "gateway/http_server_tls.h"

#include "common/log.h"
#include "common/memory.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    IDLE_SECONDS = 75,            /* then a connection without a request is closed */
    CONNECTION_MEMORY = 8 * 1024, /* for a request's header; cleared after each request */
    AWAKE_MOST = 256,             /* exchanges that wait without being suspended */
};

/* libmicrohttpd calls these. */

static void *begin(void *context, const char *target, struct MHD_Connection *connection)
{
    struct http_server *server = context;
    struct http_exchange *exchange = server->callbacks->begin(server->context, target);

    server->has_moved = true;
    *exchange = (struct http_exchange){ .server = server, .connection = connection };
    return exchange;
}

static bool handle_step(struct http_exchange *exchange, const char *method, const char *version,
                        struct bytes piece)
{
    const struct http_callbacks *callbacks = exchange->server->callbacks;

    if (exchange->is_waiting)
        return true;
    exchange->server->has_moved = true;
    if (!exchange->has_headers) {
        exchange->has_headers = true;
        exchange->can_upgrade = strcmp(version, MHD_HTTP_VERSION_1_1) == 0;
        callbacks->header(exchange, method);
        return true;
    }
    if (piece.size > 0)
        return callbacks->body(exchange, piece);
    if (!exchange->is_answered)
        callbacks->whole(exchange);
    return true;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **exchange_)
{
    struct http_exchange *exchange = *exchange_;
    bool goes_on = handle_step(exchange, method, version, (struct bytes){ data, *size });

    (void)context;
    (void)connection;
    (void)url;
    *size = 0;
    return goes_on && !exchange->is_broken ? MHD_YES : MHD_NO;
}

/* It waits no more. */
static void wake(struct http_exchange *exchange)
{
    exchange->is_waiting = false;
    if (!exchange->is_suspended)
        exchange->server->awake_count--;
}

static void end(void *context, struct MHD_Connection *connection, void **exchange_,
                enum MHD_RequestTerminationCode code)
{
    struct http_exchange *exchange = *exchange_;

    (void)context;
    (void)connection;
    (void)code;
    if (!exchange)
        return;
    exchange->server->has_moved = true;
    if (exchange->is_tied)
        exchange->server->cut_count--;
    if (exchange->is_waiting)
        wake(exchange);
    exchange->server->callbacks->end(exchange);
    *exchange_ = NULL;
}

/* The loop calls these. */

static void on_epoll(void *context, uint32_t events)
{
    struct http_server *server = context;

    (void)events;
    server->is_readable = true;
}

/* With external epoll resuming wakes nobody, and MHD_get_timeout does not count it. */
static bool run_daemon(void *context)
{
    struct http_server *server = context;

    if (http_server_cut_ties(server))
        server->has_resumed = true;
    if (!server->is_readable && !server->has_resumed && loop_now_ms(server->loop) < server->run_ms)
        return false;
    server->is_readable = false;
    server->has_resumed = false;
    server->has_moved = false;
    server->run_ms = INT64_MAX;
    MHD_run(server->daemon);
    return true;
}

/* A connection that libmicrohttpd has done with is closed in the run after that, for which it does
 * not ask: see run_daemon.
 *
 * It takes a connection that waits awake for one that it can go on with at once, and then says
 * nothing of others. Where nothing moved there rarely is another: it need not be looked for without
 * a pause. */
static int64_t patience(void *context)
{
    struct http_server *server = context;
    MHD_UNSIGNED_LONG_LONG timeout_ms;
    bool has_timeout = MHD_get_timeout(server->daemon, &timeout_ms) == MHD_YES;

    if (server->cut_count > 0 && (!has_timeout || timeout_ms > CUT_MS)) {
        timeout_ms = CUT_MS;
        has_timeout = true;
    }
    if (!has_timeout)
        return -1;
    if (timeout_ms == 0 && server->awake_count > 0 && !server->has_moved)
        timeout_ms = 1;
    server->run_ms = loop_now_ms(server->loop) + (int64_t)timeout_ms;
    return (int64_t)timeout_ms;
}

static struct MHD_Daemon *start_daemon(const struct http_server_options *options,
                                       struct http_server *server)
{
    unsigned tls = http_server_tls_is_open() ? MHD_USE_TLS : 0;

    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE | tls, 0,
        http_server_may_connect, server, handle, server, MHD_OPTION_LISTEN_SOCKET,
        options->listen_fd, MHD_OPTION_URI_LOG_CALLBACK, begin, server, MHD_OPTION_NOTIFY_COMPLETED,
        end, server, MHD_OPTION_CONNECTION_LIMIT, options->most_connections,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_ARRAY, http_server_tls_options(),
        MHD_OPTION_NOTIFY_CONNECTION, http_server_count_connection, server, MHD_OPTION_END);
}

int http_server_open(const struct http_server_options *options, struct http_server **ret)
{
    AUTO(http_server_freep) struct http_server *server = must_alloc(1, sizeof *server);
    const union MHD_DaemonInfo *info;
    int r;

    server->loop = options->loop;
    server->limits = options->limits;
    server->callbacks = options->callbacks;
    server->context = options->context;
    server->epoll_fd = -1;
    server->daemon = start_daemon(options, server);
    if (!server->daemon) {
        close(options->listen_fd);
        return -EIO;
    }
    info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (!info)
        return -EIO;
    r = loop_add_fd(server->loop, info->epoll_fd, EPOLLIN, on_epoll, server);
    if (r < 0)
        return r;
    server->epoll_fd = info->epoll_fd;
    loop_add_hook(server->loop, run_daemon, patience, server);
    *ret = TAKE(server);
    return 0;
}

struct http_server *http_server_free(struct http_server *server)
{
    if (!server)
        return NULL;
    if (server->epoll_fd >= 0)
        loop_remove_fd(server->loop, server->epoll_fd);
    loop_remove_hook(server->loop, run_daemon, server);
    if (server->daemon) {
        (void)http_server_cut_ties(server);
        MHD_run(server->daemon);
        MHD_stop_daemon(server->daemon);
    }
    free(server);
    return NULL;
}

struct bytes http_exchange_header(const struct http_exchange *exchange, const char *name)
{
    const char *value;
    size_t size;

    if (MHD_lookup_connection_value_n(exchange->connection, MHD_HEADER_KIND, name, strlen(name),
                                      &value, &size) != MHD_YES)
        return (struct bytes){ NULL, 0 };
    return (struct bytes){ value ? value : "", size };
}

/* Suspending costs three system calls: the connection leaves the epoll set and comes back, and is
 * read in vain, since something may have come meanwhile. Without it libmicrohttpd asks for the
 * answer whenever it runs, which is cheaper as long as there are not many to ask for. */
void http_exchange_wait(struct http_exchange *exchange)
{
    exchange->is_waiting = true;
    exchange->is_suspended = exchange->server->awake_count >= AWAKE_MOST;
    if (exchange->is_suspended)
        MHD_suspend_connection(exchange->connection);
    else
        exchange->server->awake_count++;
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (value && MHD_add_response_header(response, name, value) != MHD_YES)
        abort();
}

static void add_further_headers(struct MHD_Response *response, struct bytes headers)
{
    const char *end = (const char *)headers.data + headers.size;

    for (const char *name = headers.data; name < end;) {
        const char *value = name + strlen(name) + 1;

        add_header(response, name, value);
        name = value + strlen(value) + 1;
    }
}

void http_server_add_headers(struct MHD_Response *response, const struct http_answer *answer)
{
    add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->content_type);
    add_header(response, "X-Request-Id", answer->request_id);
    add_header(response, MHD_HTTP_HEADER_CONNECTION, answer->closes_connection ? "close" : NULL);
    add_further_headers(response, answer->headers);
}

void http_server_queue(struct http_exchange *exchange, unsigned status,
                       struct MHD_Response *response)
{
    struct MHD_Connection *connection = exchange->connection;
    bool is_suspended = exchange->is_waiting && exchange->is_suspended;

    if (exchange->is_waiting) {
        exchange->server->has_resumed = true;
        wake(exchange);
    }
    exchange->is_answered = true;
    /* Queued before it is resumed: libmicrohttpd need not ask for the answer again. When this
     * succeeds the exchange may have ended. */
    if (MHD_queue_response(connection, status, response) != MHD_YES)
        exchange->is_broken = true;
    MHD_destroy_response(response);
    if (is_suspended)
        MHD_resume_connection(connection);
}

void http_exchange_answer(struct http_exchange *exchange, const struct http_answer *answer)
{
    /* PERSISTENT: the bytes stay ours and are not copied. The interface lacks a const. */
    struct MHD_Response *response = MHD_create_response_from_buffer(
        answer->body.size, (void *)(uintptr_t)answer->body.data, MHD_RESPMEM_PERSISTENT);

    if (!response)
        abort();
    http_server_add_headers(response, answer);
    http_server_queue(exchange, answer->status, response);
}
