/* fuzz_handshake.c - whatever clients send as headers of a WebSocket is refused, or has a key */
/* links: gateway */
/* A header's value a line. */
#include "gateway/websocket_accept.h"
#include "gateway/websocket_handshake.h"

#include <stdlib.h>
#include <string.h>

static struct bytes next_line(struct bytes *text)
{
    const char *start = text->data;
    const char *end = text->size > 0 ? memchr(start, '\n', text->size) : NULL;
    struct bytes line = { start, end ? (size_t)(end - start) : text->size };
    size_t taken = end ? line.size + 1 : line.size;

    *text = (struct bytes){ start + taken, text->size - taken };
    return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = { data, size };
    const struct websocket_handshake asked = {
        .connection = next_line(&text),
        .upgrade = next_line(&text),
        .version = next_line(&text),
        .key = next_line(&text),
        .protocols = next_line(&text),
    };
    char accept[WEBSOCKET_ACCEPT_LENGTH + 1];
    struct fault fault = { NULL, NULL };
    enum error error = websocket_handshake_check(&asked, &fault);

    (void)websocket_handshake_offers_protocol(&asked);
    if ((error == ERROR_BAD_FIELD) != (fault.problem != NULL))
        abort();
    if (error != ERROR_NONE)
        return 0;
    websocket_accept(asked.key, accept);
    if (strlen(accept) != WEBSOCKET_ACCEPT_LENGTH)
        abort();
    return 0;
}
