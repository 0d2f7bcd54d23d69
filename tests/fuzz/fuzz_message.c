/* fuzz_message.c - whatever bytes arrive as msgpack or JSON, a message is refused or comes back */
#include "common/messages/call.h"

#include <stdlib.h>
#include <string.h>

static void expect(bool is_true)
{
    if (!is_true)
        abort();
}

/* What was accepted reads the same after its own encoding: padding and all, structs are cleared. */
static void try_msgpack(const struct message *m, struct bytes list)
{
    _Alignas(max_align_t) char first[MESSAGE_MOST_BYTES], second[MESSAGE_MOST_BYTES];
    AUTO(buffer_done) struct buffer again = { 0 };
    struct bytes written;
    struct fault fault;

    while (message_next(m, &list, first, &fault) == 0) {
        buffer_clear(&again);
        message_to_json(m, first, &again);
        buffer_clear(&again);
        message_to_msgpack(m, first, &again);
        written = (struct bytes){ again.data, again.size };
        expect(message_next(m, &written, second, &fault) == 0);
        expect(memcmp(first, second, m->size) == 0);
    }
}

static void try_json(const struct message *m, const char *text, size_t length)
{
    _Alignas(max_align_t) char msg[MESSAGE_MOST_BYTES];
    AUTO(buffer_done) struct buffer again = { 0 };
    json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    struct fault fault;
    json_t *reread;

    if (message_from_json(m, json, msg, &fault) == 0) {
        message_to_json(m, msg, &again);
        reread = json_loadb(again.data, again.size, JSON_REJECT_DUPLICATES, NULL);
        expect(reread != NULL);
        json_decref(reread);
    }
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_msgpack(call_start_message(), (struct bytes){ data, size });
    try_msgpack(call_message(), (struct bytes){ data, size });
    try_json(call_start_message(), (const char *)data, size);
    return 0;
}
