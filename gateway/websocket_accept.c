/* websocket_accept.c - the answer to a WebSocket's key */
#include "gateway/websocket_accept.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

void websocket_accept(struct bytes key, char ret[WEBSOCKET_ACCEPT_LENGTH + 1])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char hash[EVP_MAX_MD_SIZE];
    char text[128];
    unsigned size;

    if (key.size > sizeof text - sizeof guid)
        abort(); /* the caller has checked it */
    memcpy(mempcpy(text, key.data, key.size), guid, sizeof guid - 1);
    if (!EVP_Digest(text, key.size + sizeof guid - 1, hash, &size, EVP_sha1(), NULL))
        abort();
    EVP_EncodeBlock((unsigned char *)ret, hash, (int)size);
}
