/* fuzz_frame.c - what frame_item_size accepts msgpack-c unpacks, whole and in bounded memory */
#include "common/frame.h"

#include <msgpack.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data;
    size_t item;

    while ((item = frame_item_size(at, size)) > 0) {
        msgpack_zone *zone = msgpack_zone_new(1024);
        msgpack_object object;
        size_t parsed = 0;

        if (item > size ||
            msgpack_unpack(at, item, &parsed, zone, &object) != MSGPACK_UNPACK_SUCCESS ||
            parsed != item)
            abort();
        msgpack_zone_free(zone);
        at += item;
        size -= item;
    }
    return 0;
}
