/* fuzz_websocket.c - whatever clients send as frames is taken, answered or the end, and costs
 * little
 */
/* links: gateway */
/* The first byte is the size of the pieces in which the rest comes. */
#include "gateway/websocket.h"

#include <stdlib.h>
#include <string.h>

/* Frames of a server, whole and one after another: text, close, ping and pong, none masked. True if
 * the last one says goodbye. */
static bool read_output(const struct buffer *output)
{
    const unsigned char *at = (const unsigned char *)output->data;
    size_t left = output->size;
    bool is_closed = false;

    while (left > 0) {
        unsigned opcode = at[0] & 0x0f;

        if (left < 2 || is_closed || (at[0] & 0xf0) != 0x80 || at[1] >= 126 || left - 2 < at[1] ||
            (opcode != 8 && opcode != 10))
            abort();
        is_closed = opcode == 8;
        left -= 2 + (size_t)at[1];
        at += 2 + at[1];
    }
    return is_closed;
}

static void take_all(struct websocket *websocket, const uint8_t *data, size_t size, size_t piece)
{
    for (size_t at = 0; at < size; at += piece) {
        size_t left = size - at;
        char *copy = malloc(left < piece ? left : piece);

        memcpy(copy, data + at, left < piece ? left : piece);
        websocket_take(websocket, (struct bytes){ copy, left < piece ? left : piece });
        free(copy);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct websocket *websocket;
    const struct buffer *output;

    if (size == 0)
        return 0;
    websocket = websocket_new();
    output = websocket_output(websocket);
    take_all(websocket, data + 1, size - 1, 1 + (size_t)data[0] * 16);
    /* A pong has six bytes less than its ping; a goodbye has 4 bytes where it answers none. */
    if (output->size > size + 4 || read_output(output) != websocket_is_closing(websocket))
        abort();
    if (websocket_is_over(websocket) && !websocket_is_closing(websocket))
        abort();
    websocket_free(websocket);
    return 0;
}
