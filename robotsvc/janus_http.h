/* janus_http.h - JSON over HTTP to Janus, in the loop and never blocking: by libcurl */
#pragma once

#include "common/auto.h"
#include "common/loop.h"

#include <jansson.h>
#include <stdint.h>

enum { JANUS_MOST_ANSWER_BYTES = 4 << 20 };

struct janus_http;

/* Called once for each request, from a loop turn; `tag` is the request's own. r: 0; -ECONNREFUSED
 * if nobody answered, -ECONNRESET if the connection broke, -ETIMEDOUT, -EMSGSIZE; -EPROTO for an
 * answer that is not JSON or not status 200. The answer is borrowed. */
typedef void janus_http_function(void *context, uint64_t tag, int r, const json_t *answer);

/* `url` is http://host:port/path, to which every request's path is added. 0 or -errno. */
int janus_http_open(struct loop *loop, const char *url, struct janus_http **ret) MUST_CHECK;
struct janus_http *janus_http_free(struct janus_http *http); /* requests end without a call */
DEFINE_AUTO(struct janus_http *, janus_http_free)

/* `body` is copied. */
void janus_http_post(struct janus_http *http, const char *path, const char *body, int64_t most_ms,
                     janus_http_function *function, void *context, uint64_t tag);
void janus_http_get(struct janus_http *http, const char *path, int64_t most_ms,
                    janus_http_function *function, void *context, uint64_t tag);

/* End all requests without a call of their functions. */
void janus_http_cancel(struct janus_http *http);
