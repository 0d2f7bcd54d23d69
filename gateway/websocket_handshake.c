/* websocket_handshake.c - how a client asks for a WebSocket */
#include "gateway/websocket_handshake.h"

#include "gateway/header_value.h"

#include <ctype.h>
#include <string.h>

enum { KEY_LENGTH = 24, KEY_DIGITS = 22 }; /* 16 bytes in base64 */

static bool has_word(struct bytes list, const char *word)
{
    while (list.size > 0)
        if (header_is_word(header_take_part(&list, ','), word))
            return true;
    return false;
}

static bool is_key(struct bytes key)
{
    const char *at = key.data;

    if (key.size != KEY_LENGTH || memcmp(at + KEY_DIGITS, "==", 2) != 0)
        return false;
    for (size_t i = 0; i < KEY_DIGITS; i++)
        if (!isalnum((unsigned char)at[i]) && at[i] != '+' && at[i] != '/')
            return false;
    return true;
}

enum error websocket_handshake_check(const struct websocket_handshake *asked, struct fault *reterr)
{
    if (!has_word(asked->upgrade, "websocket") || !has_word(asked->connection, "upgrade") ||
        !header_is_word(header_trim(asked->version), WEBSOCKET_VERSION))
        return ERROR_UPGRADE_REQUIRED;
    if (is_key(asked->key))
        return ERROR_NONE;
    *reterr = (struct fault){ "Sec-WebSocket-Key",
                              asked->key.data ? "must be 16 bytes in base64" : "is missing" };
    return ERROR_BAD_FIELD;
}

bool websocket_bearer(struct bytes protocols, struct bytes *ret)
{
    static const char prefix[] = "bearer.";
    const size_t length = sizeof prefix - 1;

    while (protocols.size > 0) {
        struct bytes offered = header_take_part(&protocols, ',');

        if (offered.size > length && memcmp(offered.data, prefix, length) == 0) {
            *ret = (struct bytes){ (const char *)offered.data + length, offered.size - length };
            return true;
        }
    }
    return false;
}

bool websocket_handshake_offers_protocol(const struct websocket_handshake *asked)
{
    return has_word(asked->protocols, WEBSOCKET_PROTOCOL);
}
