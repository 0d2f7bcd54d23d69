/* websocket_handshake.h - how a client asks for a WebSocket (RFC 6455 section 4.2.1) */
#pragma once

#include "common/buffer.h"
#include "common/errors.h"
#include "common/message.h"

/* Headers as they were sent, { NULL, 0 } for one that was not. */
struct websocket_handshake {
    struct bytes connection;
    struct bytes upgrade;
    struct bytes version;   /* Sec-WebSocket-Version */
    struct bytes key;       /* Sec-WebSocket-Key */
    struct bytes protocols; /* Sec-WebSocket-Protocol */
};

#define WEBSOCKET_VERSION  "13"
#define WEBSOCKET_PROTOCOL "dapi" /* the subprotocol that is chosen when a client offers some */

/* ERROR_NONE; ERROR_UPGRADE_REQUIRED if it asks for none, or for another version; or
 * ERROR_BAD_FIELD with *reterr filled in. */
enum error websocket_handshake_check(const struct websocket_handshake *asked, struct fault *reterr);

/* The token of an offered "bearer.TOKEN": browsers let a page say nothing else. */
bool websocket_bearer(struct bytes protocols, struct bytes *ret);

/* The client offers our subprotocol. Browsers want one chosen when they offer any: beside that
 * which carries a token, say. */
bool websocket_handshake_offers_protocol(const struct websocket_handshake *asked);
