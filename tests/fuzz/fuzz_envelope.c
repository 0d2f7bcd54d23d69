/* fuzz_envelope.c - a frame of the bus is read to its end or refused, and every text has an end */
#include "common/bus.h"
#include "common/messages/call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void expect(bool is_true)
{
    if (!is_true)
        abort();
}

static void read_all(struct bytes bytes)
{
    static volatile unsigned char sum;

    for (size_t i = 0; i < bytes.size; i++)
        sum = (unsigned char)(sum + ((const unsigned char *)bytes.data)[i]);
}

static void check(const struct envelope *e)
{
    struct call_start start;
    struct fault fault;
    int r;

    expect(strnlen(e->verb, sizeof e->verb) <= BUS_VERB_MOST);
    expect(strnlen(e->service, sizeof e->service) <= BUS_VERB_MOST);
    expect(strnlen(e->instance, sizeof e->instance) <= BUS_INSTANCE_LENGTH);
    expect(!*e->traceparent || strlen(e->traceparent) == TRACEPARENT_LENGTH);
    expect(e->left_ms >= 0 && e->left_ms <= BUS_LEFT_MOST_MS);
    if (e->kind != ENVELOPE_REQUEST && e->kind != ENVELOPE_REPLY)
        return;
    r = message_from_msgpack(call_start_message(), e->body, &start, &fault);
    expect(r == 0 || r == -EINVAL);
    read_all(e->bulk);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct envelope_reader reader;
    struct envelope envelope;
    int r;

    envelope_reader_init(&reader);
    envelope_reader_begin(&reader, (struct bytes){ data, size });
    while ((r = envelope_next(&reader, &envelope)) == 0)
        check(&envelope);
    expect(r == -ENOENT || r == -EBADMSG);
    envelope_reader_done(&reader);
    return 0;
}
