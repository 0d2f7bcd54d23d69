/* live_socket.h - a client's WebSocket in the loop of those that have one: it is written to, asked
 * whether it is there, and dropped when it does not keep to the limits.
 *
 * What a client does not take waits here, LIVE_WAITING_MOST bytes at most; the kernel holds twice
 * as much at most, so that one that does not read costs less than 64 KiB. While something waits
 * nothing is read: a client cannot ask for answers faster than it takes them. */
#pragma once

#include "gateway/http_server.h"
#include "gateway/websocket.h"

#include "common/loop.h"

#include <sys/queue.h>

enum {
    LIVE_WAITING_MOST = 20 * 1024,
    LIVE_HEARD_MOST = 64 * 1024, /* bytes that a client may send between two pings */
    LIVE_READ_BYTES = 4096,      /* in one turn */
};

struct live_sockets;

/* Its members are live_socket's own. */
struct live_socket {
    struct live_sockets *sockets;
    LIST_ENTRY(live_socket) place;
    TAILQ_ENTRY(live_socket) marked_place;
    struct http_socket socket;
    struct websocket *websocket;
    struct loop_timer timer;
    int64_t ping_ms;  /* when it is asked next */
    int64_t stuck_ms; /* when it is too slow, if nothing was taken until then */
    uint32_t watched; /* epoll events */
    size_t heard;     /* bytes since it was asked */
    bool is_heard;
    bool is_marked; /* to be looked at at the end of the turn */
    bool is_closing;
    bool is_gone;
};

struct live_sockets_options {
    struct loop *loop;
    int64_t
        ping_ms; /* between two pings: who has not said anything since the last one is dropped */
    /* All that was said is with the kernel. */
    void (*on_drained)(struct live_socket *socket);
    /* The connection is closed, and the socket not used any more. */
    void (*on_gone)(struct live_socket *socket);
    struct metric *slow; /* counts those that were dropped because they do not read */
};

struct live_sockets *live_sockets_new(const struct live_sockets_options *options);
/* None must be left. */
struct live_sockets *live_sockets_free(struct live_sockets *sockets);
DEFINE_AUTO(struct live_sockets *, live_sockets_free)

/* Begin with a socket whose memory is zeroed and stays until on_gone; `early` came with its
 * request. 0, or -errno: the connection is closed then, and on_gone is not called. */
int live_socket_open(struct live_sockets *sockets, struct live_socket *socket,
                     struct http_socket connection, struct bytes early) MUST_CHECK;

/* Never calls back: what comes of it is seen at the end of the turn. */
void live_socket_say(struct live_socket *socket, struct bytes text);
void live_socket_close(struct live_socket *socket, enum websocket_code code, const char *reason);

/* Nothing that was said waits. */
bool live_socket_is_drained(const struct live_socket *socket);

void live_sockets_close_all(struct live_sockets *sockets, enum websocket_code code,
                            const char *reason);
/* At once, without a word: the process leaves. */
void live_sockets_drop_all(struct live_sockets *sockets);

/* At the end of a turn: send what was said, one packet a socket. True if something moved. */
bool live_sockets_flush(struct live_sockets *sockets);
