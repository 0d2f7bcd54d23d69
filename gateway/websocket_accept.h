/* websocket_accept.h - the answer to a WebSocket's key (RFC 6455 section 4.2.2) */
#pragma once

#include "common/buffer.h"

enum { WEBSOCKET_ACCEPT_LENGTH = 28 };

/* base64(SHA1(key and RFC 6455's GUID)); of a key that websocket_handshake.h takes. */
void websocket_accept(struct bytes key, char ret[WEBSOCKET_ACCEPT_LENGTH + 1]);
