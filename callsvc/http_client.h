/* http_client.h - requests to foreign servers, in a loop and never blocking; over HTTP/2 where the
 * server can */
#pragma once

#include "common/buffer.h"
#include "common/loop.h"

struct http_client;

enum { HTTP_MOST_ANSWER_BYTES = 64 * 1024 };

/* Once, before threads are started. 0 or -errno. */
int http_client_start(void) MUST_CHECK;

struct http_client_options {
    struct loop *loop;
    const char *ca_file;       /* trusted beside the system's; NULL or "": none */
    unsigned most_connections; /* to one host; 0: as many as there are requests */
    bool may_assume_http2;     /* where there is no TLS by which to agree on it */
};
/* 0 or -errno. The strings are borrowed. */
int http_client_open(const struct http_client_options *options,
                     struct http_client **ret) MUST_CHECK;
/* What is in hand is forgotten: its function is not called. Not from within such a function. */
struct http_client *http_client_free(struct http_client *client);
DEFINE_AUTO(struct http_client *, http_client_free)

struct http_answer {
    /* 0: there is a status. -ENOTCONN: there was no connection, and none may be opened;
     * -EHOSTUNREACH: the address is not allowed; -ECONNREFUSED: it cannot be reached;
     * -EKEYREJECTED: its certificate is not trusted; -ETIMEDOUT; -EMSGSIZE: the answer is too long;
     * -ECONNRESET: anything else. */
    int r;
    unsigned status;
    struct bytes body;      /* borrowed */
    int64_t retry_after_ms; /* -1: not given, or as a date */
};

/* May make new requests. */
typedef void http_answer_function(void *context, const struct http_answer *answer);

struct http_ask {
    const char *url;
    const char *const *headers; /* "name: value"; ends with NULL */
    struct bytes body;          /* borrowed until the answer */
    int64_t most_ms;
    bool may_not_connect; /* only over a connection that stands */
    bool refuses_private; /* only public addresses, whatever the name is */
    http_answer_function *function;
    void *context;
};
/* POST it. Redirections are not followed. */
void http_client_post(struct http_client *client, const struct http_ask *ask);
