/* live_socket.c - a client's WebSocket in the loop of those that have one */
#include "gateway/live_socket.h"

#include "common/memory.h"
#include "common/metrics.h"
#include "common/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
    STUCK_MS = 10000, /* without having taken anything of what waits */
    CLOSE_MS = 2000,  /* that a client has for its part of the goodbye: less than a drain has */
    SLOW_MS = 10000,  /* that one has to read it who did not read before */
};

LIST_HEAD(live_list, live_socket);
TAILQ_HEAD(live_queue, live_socket);

struct live_sockets {
    struct live_sockets_options options;
    struct live_list all;
    struct live_queue marked;
    char read[LIVE_READ_BYTES];
};

struct live_sockets *live_sockets_new(const struct live_sockets_options *options)
{
    struct live_sockets *sockets = must_alloc(1, sizeof *sockets);

    sockets->options = *options;
    LIST_INIT(&sockets->all);
    TAILQ_INIT(&sockets->marked);
    return sockets;
}

struct live_sockets *live_sockets_free(struct live_sockets *sockets)
{
    free(sockets);
    return NULL;
}

static struct loop *loop_of(const struct live_socket *socket)
{
    return socket->sockets->options.loop;
}

static struct buffer *output_of(const struct live_socket *socket)
{
    return websocket_output(socket->websocket);
}

static void mark(struct live_socket *socket)
{
    if (socket->is_marked)
        return;
    socket->is_marked = true;
    TAILQ_INSERT_TAIL(&socket->sockets->marked, socket, marked_place);
}

static void lose(struct live_socket *socket)
{
    socket->is_gone = true;
    mark(socket);
}

static void on_timer(void *context);

/* The kernel did not take all that was said. */
static bool is_stuck(const struct live_socket *socket)
{
    return socket->watched == EPOLLOUT;
}

static void set_timer(struct live_socket *socket)
{
    int64_t at_ms = socket->ping_ms;

    if (is_stuck(socket) && socket->stuck_ms < at_ms)
        at_ms = socket->stuck_ms;
    loop_set_timer(loop_of(socket), &socket->timer, at_ms, on_timer, socket);
}

static void begin_end(struct live_socket *socket, int64_t wait_ms)
{
    socket->is_closing = true;
    loop_set_timer(loop_of(socket), &socket->timer, loop_now_ms(loop_of(socket)) + wait_ms,
                   on_timer, socket);
}

static void say_goodbye(struct live_socket *socket, enum websocket_code code, const char *reason,
                        int64_t wait_ms)
{
    if (socket->is_closing)
        return;
    websocket_close(socket->websocket, code, reason);
    begin_end(socket, wait_ms);
    mark(socket);
}

void live_socket_close(struct live_socket *socket, enum websocket_code code, const char *reason)
{
    say_goodbye(socket, code, reason, CLOSE_MS);
}

static void drop_slow(struct live_socket *socket)
{
    metric_add(socket->sockets->options.slow, 1);
    say_goodbye(socket, WEBSOCKET_POLICY, "you do not read", SLOW_MS);
}

static void ping(struct live_socket *socket)
{
    socket->is_heard = false;
    socket->heard = 0;
    socket->ping_ms = loop_now_ms(loop_of(socket)) + socket->sockets->options.ping_ms;
    websocket_ping(socket->websocket);
    set_timer(socket);
    mark(socket);
}

static void on_timer(void *context)
{
    struct live_socket *socket = context;
    int64_t now_ms = loop_now_ms(loop_of(socket));

    if (socket->is_closing)
        lose(socket);
    else if (is_stuck(socket) && now_ms >= socket->stuck_ms)
        drop_slow(socket);
    else if (now_ms < socket->ping_ms)
        set_timer(socket);
    else if (socket->is_heard)
        ping(socket);
    else
        live_socket_close(socket, WEBSOCKET_POLICY, "you do not answer pings");
}

static void take(struct live_socket *socket, struct bytes bytes)
{
    socket->is_heard = true;
    socket->heard += bytes.size;
    if (socket->heard > LIVE_HEARD_MOST)
        live_socket_close(socket, WEBSOCKET_POLICY, "you say too much");
    websocket_take(socket->websocket, bytes);
    mark(socket);
}

static void on_ready(void *context, uint32_t events)
{
    struct live_socket *socket = context;
    char *target = socket->sockets->read;
    ssize_t got;

    if (events & EPOLLOUT)
        mark(socket);
    if (!(events & ~(uint32_t)EPOLLOUT))
        return;
    got = recv(socket->socket.fd, target, LIVE_READ_BYTES, 0);
    if (got > 0)
        take(socket, (struct bytes){ target, (size_t)got });
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        lose(socket);
}

/* libmicrohttpd does not say that a client over TLS is gone. */
static void on_network_end(void *context, uint32_t events)
{
    struct live_socket *socket = context;

    (void)events;
    lose(socket);
}

/* The first ping comes earlier for some than for others: those that came at once, after a gateway
 * was lost, are not asked at once for ever after. */
static int64_t first_ping_ms(const struct live_socket *socket)
{
    uint32_t number;

    random_bytes(&number, sizeof number);
    return loop_now_ms(loop_of(socket)) +
           socket->sockets->options.ping_ms * (int64_t)(512 + number % 512) / 1024;
}

static int watch_connection(struct loop *loop, struct live_socket *socket,
                            const struct http_socket *connection)
{
    int r = loop_add_fd(loop, connection->fd, EPOLLIN, on_ready, socket);

    if (r == 0 && connection->network_fd >= 0) {
        r = loop_add_fd(loop, connection->network_fd, EPOLLRDHUP, on_network_end, socket);
        if (r < 0)
            loop_remove_fd(loop, connection->fd);
    }
    return r;
}

int live_socket_open(struct live_sockets *sockets, struct live_socket *socket,
                     struct http_socket connection, struct bytes early)
{
    int r = watch_connection(sockets->options.loop, socket, &connection);

    if (r < 0) {
        http_socket_close(&connection);
        return r;
    }
    socket->sockets = sockets;
    socket->socket = connection;
    socket->websocket = websocket_new();
    socket->watched = EPOLLIN;
    socket->is_heard = true;
    socket->ping_ms = first_ping_ms(socket);
    LIST_INSERT_HEAD(&sockets->all, socket, place);
    set_timer(socket);
    for (size_t taken = 0; taken < early.size; taken += LIVE_READ_BYTES) {
        size_t left = early.size - taken;

        take(socket, (struct bytes){ (const char *)early.data + taken,
                                     left < LIVE_READ_BYTES ? left : LIVE_READ_BYTES });
    }
    return 0;
}

static void send_waiting(struct live_socket *socket)
{
    struct buffer *output = output_of(socket);
    ssize_t sent;

    if (output->size == 0 || socket->is_gone)
        return;
    sent = send(socket->socket.fd, output->data, output->size, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        socket->is_gone = true;
        return;
    }
    if (sent > 0) {
        output->size -= (size_t)sent;
        memmove(output->data, output->data + sent, output->size);
        socket->stuck_ms = loop_now_ms(loop_of(socket)) + STUCK_MS;
    }
    if (output->size == 0)
        buffer_done(output); /* most sockets have nothing to say most of the time */
}

void live_socket_say(struct live_socket *socket, struct bytes text)
{
    if (socket->is_closing || socket->is_gone)
        return;
    if (output_of(socket)->size + text.size > LIVE_WAITING_MOST)
        send_waiting(socket);
    mark(socket);
    if (output_of(socket)->size + text.size > LIVE_WAITING_MOST)
        drop_slow(socket);
    else
        websocket_say(socket->websocket, text);
}

bool live_socket_is_drained(const struct live_socket *socket)
{
    return output_of(socket)->size == 0;
}

void live_sockets_close_all(struct live_sockets *sockets, enum websocket_code code,
                            const char *reason)
{
    struct live_socket *socket = LIST_FIRST(&sockets->all);

    for (; socket; socket = LIST_NEXT(socket, place)) {
        live_socket_close(socket, code, reason);
        begin_end(socket, CLOSE_MS); /* also of those that were given longer */
    }
}

static void end(struct live_socket *socket)
{
    struct live_sockets *sockets = socket->sockets;

    loop_remove_fd(sockets->options.loop, socket->socket.fd);
    loop_remove_fd(sockets->options.loop, socket->socket.network_fd);
    loop_clear_timer(sockets->options.loop, &socket->timer);
    if (socket->is_marked)
        TAILQ_REMOVE(&sockets->marked, socket, marked_place);
    LIST_REMOVE(socket, place);
    http_socket_close(&socket->socket);
    socket->websocket = websocket_free(socket->websocket);
    sockets->options.on_gone(socket);
}

void live_sockets_drop_all(struct live_sockets *sockets)
{
    struct live_socket *socket;

    while ((socket = LIST_FIRST(&sockets->all)))
        end(socket);
}

static void watch(struct live_socket *socket)
{
    uint32_t wanted = output_of(socket)->size > 0 ? EPOLLOUT : EPOLLIN;

    if (wanted == socket->watched)
        return;
    socket->watched = wanted;
    if (loop_change_fd(loop_of(socket), socket->socket.fd, wanted) < 0)
        socket->is_gone = true;
    if (wanted == EPOLLOUT && !socket->is_closing) {
        socket->stuck_ms = loop_now_ms(loop_of(socket)) + STUCK_MS;
        set_timer(socket);
    }
}

/* All is said: the client closes when it sees our end, or its time passes. Closing at once could
 * make the kernel throw away what the client has not read yet. */
static void finish(struct live_socket *socket)
{
    if (socket->socket.tie || shutdown(socket->socket.fd, SHUT_WR) < 0)
        socket->is_gone = true;
}

static void look_at(struct live_socket *socket)
{
    bool was_waiting = output_of(socket)->size > 0;

    send_waiting(socket);
    if (!socket->is_gone)
        watch(socket);
    if (!socket->is_gone && websocket_is_closing(socket->websocket) && !socket->is_closing)
        begin_end(socket, CLOSE_MS); /* the client's goodbye, or its fault */
    if (!socket->is_gone && output_of(socket)->size == 0 && websocket_is_over(socket->websocket))
        finish(socket);
    if (socket->is_gone)
        end(socket);
    else if (was_waiting && output_of(socket)->size == 0)
        socket->sockets->options.on_drained(socket);
}

bool live_sockets_flush(struct live_sockets *sockets)
{
    struct live_socket *socket;
    bool is_any = false;

    while ((socket = TAILQ_FIRST(&sockets->marked))) {
        TAILQ_REMOVE(&sockets->marked, socket, marked_place);
        socket->is_marked = false;
        look_at(socket);
        is_any = true;
    }
    return is_any;
}
