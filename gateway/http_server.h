/* http_server.h - HTTP/1.1 in one loop. http_server*.c are the only ones that know libmicrohttpd.
 *
 * It runs with external epoll: with its own it would stall whenever a multiple of 128 connections
 * become ready at once (0.9.75). */
#pragma once

#include "common/buffer.h"
#include "common/loop.h"

#include <stdbool.h>

struct http_server;

/* One request and its answer: stands at the beginning of the object that `begin` returns. Its
 * members are http_server's own. */
struct http_exchange {
    struct http_server *server;
    void *connection;
    bool has_headers;
    bool is_waiting;
    bool is_answered;
    bool is_broken;
};

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
    /* The answer was sent, or the client is gone: the object is not used any more. A waiting
     * exchange never ends: that its client is gone is seen when it is answered. */
    void (*end)(struct http_exchange *exchange);
};

struct http_server_options {
    struct loop *loop;
    int listen_fd; /* listens, not blocking; the server closes it */
    unsigned most_connections;
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

/* A header of the request as it was sent, { NULL, 0 } if it was not. */
struct bytes http_exchange_header(const struct http_exchange *exchange, const char *name);

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
void http_exchange_answer(struct http_exchange *exchange, const struct http_answer *answer);

/* A field of a form; text is as it was sent. 0, or -errno to stop. */
typedef int http_form_function(void *context, struct bytes name, struct bytes value);

/* Read a multipart/form-data body: 0, -EBADMSG if it cannot be read, or what `function` said. */
int http_exchange_read_form(const struct http_exchange *exchange, struct bytes body,
                            http_form_function *function, void *context) MUST_CHECK;
