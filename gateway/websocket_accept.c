/* websocket_accept.c - the answer to a WebSocket's key */
#include "gateway/websocket_accept.h"

#include "gateway/crypto.h"

#include <stdlib.h>
#include <string.h>

void websocket_accept(struct bytes key, char ret[WEBSOCKET_ACCEPT_LENGTH + 1])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char hash[CRYPTO_SHA1_BYTES];
    char text[128];

    _Static_assert(WEBSOCKET_ACCEPT_LENGTH == CRYPTO_BASE64_LENGTH(sizeof hash), "it is the hash");
    if (key.size > sizeof text - sizeof guid)
        abort(); /* the caller has checked it */
    memcpy(mempcpy(text, key.data, key.size), guid, sizeof guid - 1);
    crypto_sha1((struct bytes){ text, key.size + sizeof guid - 1 }, hash);
    crypto_base64((struct bytes){ hash, sizeof hash }, ret);
}
