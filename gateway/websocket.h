/* websocket.h - the frames of one WebSocket (RFC 6455), on the server's side: bytes in, bytes out.
 * The only place that knows libwslay.
 *
 * It speaks and does not listen: what a client says is checked, answered where the protocol asks
 * for that (ping, close), and thrown away. */
#pragma once

#include "common/auto.h"
#include "common/buffer.h"

#include <stdbool.h>

struct websocket;

enum { WEBSOCKET_FRAME_MOST = 4096 }; /* bytes of a client's frame; a longer one ends it */

/* Why a WebSocket is closed: status codes of RFC 6455 section 7.4. */
enum websocket_code {
    WEBSOCKET_GOING_AWAY = 1001,  /* this process leaves */
    WEBSOCKET_POLICY = 1008,      /* the client does not keep to the limits */
    WEBSOCKET_TOKEN_ENDED = 4401, /* of an application: the token that it came with has expired */
};

struct websocket *websocket_new(void);
struct websocket *websocket_free(struct websocket *websocket); /* NULL is fine; returns NULL */
DEFINE_AUTO(struct websocket *, websocket_free)

/* Bytes that came from the client: a few KiB at a time, for each may ask for an answer. */
void websocket_take(struct websocket *websocket, struct bytes bytes);

/* Say a text, UTF-8; ask whether the client is there; say that this is the end, and nothing after
 * that. */
void websocket_say(struct websocket *websocket, struct bytes text);
void websocket_ping(struct websocket *websocket);
void websocket_close(struct websocket *websocket, enum websocket_code code, const char *reason);

/* Bytes for the client: whoever sends some takes them away. */
struct buffer *websocket_output(struct websocket *websocket);

/* The end was said, by whichever side: nothing can be said any more. */
bool websocket_is_closing(const struct websocket *websocket);

/* There is nothing to wait for: once the output is sent the connection is done with. */
bool websocket_is_over(const struct websocket *websocket);
