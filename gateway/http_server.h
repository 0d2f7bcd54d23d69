/* http_server.h - HTTP/1.1 in one loop. http_server*.c are the only ones that know libmicrohttpd.
 *
 * It runs with external epoll: with its own it would stall whenever a multiple of 128 connections
 * become ready at once (0.9.75). */
#pragma once

#include "common/buffer.h"
#include "common/loop.h"

#include <stdbool.h>

struct http_server;
struct limits;
struct sockaddr;

/* One request and its answer: stands at the beginning of the object that `begin` returns. Its
 * members are http_server's own. */
struct http_exchange {
    struct http_server *server;
    void *connection;
    bool has_headers;
    bool can_upgrade; /* HTTP/1.1 is spoken */
    bool is_tied;     /* it was upgraded, and libmicrohttpd stays in between */
    bool is_waiting;
    bool is_suspended; /* while it waits, libmicrohttpd does not look at it */
    bool is_answered;
    bool is_broken;
};

/* A connection that has left HTTP: its bytes are its owner's now. */
struct http_socket {
    int fd;         /* not blocking; closed by http_socket_close alone */
    int network_fd; /* with TLS: its EPOLLRDHUP says that the client is gone, which fd does not */
    struct http_tie *tie; /* with TLS: to the server, which stays between fd and the network */
};
#define HTTP_NO_SOCKET ((struct http_socket){ -1, -1, NULL })

/* What becomes of a request, in this order; `body` as often as there are pieces. */
struct http_callbacks {
    /* A request line was read: `target` is what it asks for, as it was sent. */
    struct http_exchange *(*begin)(void *context, const char *target);
    /* The header is there. May answer: the connection is then closed, the body stays unread. */
    void (*header)(struct http_exchange *exchange, const char *method);
    /* A piece of the body. False cuts the connection off. */
    bool (*body)(struct http_exchange *exchange, struct bytes piece);
    /* The request is whole: answer it, or let it wait. */
    void (*whole)(struct http_exchange *exchange);
    /* 101 was sent (http_exchange_upgrade): take the socket. `early` came after the request. */
    void (*upgraded)(struct http_exchange *exchange, struct http_socket socket, struct bytes early);
    /* The answer was sent, or the client is gone: the object is not used any more. Also while it
     * waits: whatever could bring its answer must be forgotten. */
    void (*end)(struct http_exchange *exchange);
};

struct http_server_options {
    struct loop *loop;
    int listen_fd;             /* listens, not blocking; the server closes it */
    unsigned most_connections; /* those that have left HTTP without TLS are not among them */
    struct limits *limits;     /* who may connect */
    const struct http_callbacks *callbacks;
    void *context; /* of `begin` */
};

/* Join the loop with a hook: hooks that were added before it bring answers, those after it send
 * what requests asked. 0, or -EIO if libmicrohttpd does not start. */
int http_server_open(const struct http_server_options *options,
                     struct http_server **ret) MUST_CHECK;
/* Every exchange must have been answered, or wait no more. Sends what can be sent at once. */
struct http_server *http_server_free(struct http_server *server);
DEFINE_AUTO(struct http_server *, http_server_free)

/* Let nobody connect any more without failing anybody who does: first nobody begins to, and once
 * who had begun is through, the socket closes. Whose connection was made is served on. */
void http_server_begin_shut(struct http_server *server);
void http_server_shut(struct http_server *server);
unsigned http_server_connections(const struct http_server *server);

/* A header of the request as it was sent, { NULL, 0 } if it was not. */
struct bytes http_exchange_header(const struct http_exchange *exchange, const char *name);

/* Append all headers of this name, joined by commas in the order in which they were sent. */
void http_exchange_join_headers(const struct http_exchange *exchange, const char *name,
                                struct buffer *out);
/* Where the connection comes from. */
const struct sockaddr *http_exchange_peer(const struct http_exchange *exchange);

/* The answer comes later. Nothing must have been asked yet that could bring it. */
void http_exchange_wait(struct http_exchange *exchange);

struct http_answer {
    unsigned status;
    struct bytes body;        /* stays where it is until `end` */
    const char *content_type; /* NULL: there is no body */
    const char *request_id;
    struct bytes headers; /* further ones: name, NUL, value, NUL, and so on */
    bool closes_connection;
};
/* The exchange may have ended when this returns. */
void http_exchange_answer(struct http_exchange *exchange, const struct http_answer *answer);

/* HTTP/1.0 has no upgrades. */
bool http_exchange_can_upgrade(const struct http_exchange *exchange);
/* Leave HTTP: answer 101 with the answer's headers and no body. `upgraded` is called next, unless
 * the client is gone. */
void http_exchange_upgrade(struct http_exchange *exchange, const struct http_answer *answer);

/* From any thread, while the server is there; of HTTP_NO_SOCKET there is nothing to close. */
void http_socket_close(struct http_socket *socket);

/* A field of a form; text is as it was sent. 0, or -errno to stop. */
typedef int http_form_function(void *context, struct bytes name, struct bytes value);

/* Read a multipart/form-data body: 0, -EBADMSG if it cannot be read, or what `function` said. */
int http_exchange_read_form(const struct http_exchange *exchange, struct bytes body,
                            http_form_function *function, void *context) MUST_CHECK;
