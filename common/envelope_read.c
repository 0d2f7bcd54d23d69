/* envelope_read.c - envelopes of the bus, read out of a frame that nobody vouches for */
#include "common/bus.h"

#include "common/frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Elements of one envelope, taken from left to right. What is missing or of a wrong type makes it
 * bad, and later reads of it do nothing. */
struct elements {
    const msgpack_object *at;
    uint32_t left;
    bool is_bad;
};

static const msgpack_object *take(struct elements *e, msgpack_object_type type)
{
    if (e->is_bad || e->left == 0 || e->at->type != type) {
        e->is_bad = true;
        return NULL;
    }
    e->left--;
    return e->at++;
}

static uint64_t take_count(struct elements *e)
{
    const msgpack_object *o = take(e, MSGPACK_OBJECT_POSITIVE_INTEGER);

    return o ? o->via.u64 : 0;
}

static bool take_bool(struct elements *e)
{
    const msgpack_object *o = take(e, MSGPACK_OBJECT_BOOLEAN);

    return o && o->via.boolean;
}

static struct bytes take_bulk(struct elements *e)
{
    const msgpack_object *o = take(e, MSGPACK_OBJECT_BIN);

    return o ? (struct bytes){ o->via.bin.ptr, o->via.bin.size } : (struct bytes){ 0 };
}

static int64_t take_left_ms(struct elements *e)
{
    uint64_t left_ms;

    if (e->left > 0 && e->at->type == MSGPACK_OBJECT_NEGATIVE_INTEGER) {
        (void)take(e, MSGPACK_OBJECT_NEGATIVE_INTEGER);
        return 0;
    }
    left_ms = take_count(e);
    return left_ms < BUS_LEFT_MOST_MS ? (int64_t)left_ms : BUS_LEFT_MOST_MS;
}

static enum error take_error(struct elements *e)
{
    uint64_t number = take_count(e);
    bool is_known =
        number <= INT16_MAX && (number == ERROR_NONE || number == ERROR_INTERNAL ||
                                error_text((enum error)number) != error_text(ERROR_INTERNAL));

    return is_known ? (enum error)number : ERROR_INTERNAL;
}

/* A name is of 1 to `most` printable characters: it goes into logs. */
static void take_name(struct elements *e, char *ret, size_t most)
{
    const msgpack_object *o = take(e, MSGPACK_OBJECT_STR);

    if (!o)
        return;
    e->is_bad = o->via.str.size == 0 || o->via.str.size > most;
    for (uint32_t i = 0; i < o->via.str.size && !e->is_bad; i++)
        e->is_bad = o->via.str.ptr[i] <= ' ' || o->via.str.ptr[i] > '~';
    if (!e->is_bad)
        *(char *)mempcpy(ret, o->via.str.ptr, o->via.str.size) = '\0';
}

static void take_traceparent(struct elements *e, char *ret)
{
    const msgpack_object *o = take(e, MSGPACK_OBJECT_STR);

    if (o && bus_is_traceparent(o->via.str.ptr, o->via.str.size))
        *(char *)mempcpy(ret, o->via.str.ptr, o->via.str.size) = '\0';
}

static void take_request(struct elements *e, struct envelope *ret)
{
    ret->id = take_count(e);
    take_name(e, ret->verb, BUS_VERB_MOST);
    ret->left_ms = take_left_ms(e);
    take_traceparent(e, ret->traceparent);
    ret->body = take(e, MSGPACK_OBJECT_MAP);
    ret->bulk = take_bulk(e);
}

static void take_reply(struct elements *e, struct envelope *ret)
{
    ret->id = take_count(e);
    ret->error = take_error(e);
    ret->body = take(e, MSGPACK_OBJECT_MAP);
    ret->bulk = take_bulk(e);
}

static void take_version(struct elements *e, struct envelope *ret)
{
    uint64_t version = take_count(e);

    ret->version = version <= INT32_MAX ? (int64_t)version : INT32_MAX;
}

static void take_welcome(struct elements *e, struct envelope *ret)
{
    take_version(e, ret);
    take_name(e, ret->service, BUS_VERB_MOST);
    take_name(e, ret->instance, BUS_INSTANCE_LENGTH);
    ret->is_ready = take_bool(e);
}

static void take_ping(struct elements *e, struct envelope *ret)
{
    ret->id = take_count(e);
}

static void take_pong(struct elements *e, struct envelope *ret)
{
    ret->id = take_count(e);
    take_name(e, ret->instance, BUS_INSTANCE_LENGTH);
    ret->is_ready = take_bool(e);
}

typedef void take_function(struct elements *e, struct envelope *ret);

static take_function *const takers[] = {
    [ENVELOPE_REQUEST] = take_request, [ENVELOPE_REPLY] = take_reply,
    [ENVELOPE_HELLO] = take_version,   [ENVELOPE_WELCOME] = take_welcome,
    [ENVELOPE_PING] = take_ping,       [ENVELOPE_PONG] = take_pong,
};

void envelope_reader_init(struct envelope_reader *reader)
{
    enum { ZONE_BYTES = 8192 };

    *reader = (struct envelope_reader){ 0 };
    if (!msgpack_zone_init(&reader->zone, ZONE_BYTES))
        abort();
}

void envelope_reader_done(struct envelope_reader *reader)
{
    msgpack_zone_destroy(&reader->zone);
}

void envelope_reader_begin(struct envelope_reader *reader, struct bytes frame)
{
    reader->left = frame;
}

/* The next item, unpacked into the zone; its texts and bins stay where they are in the frame. */
static int read_item(struct envelope_reader *reader, msgpack_object *ret)
{
    size_t size = frame_item_size(reader->left.data, reader->left.size);

    msgpack_zone_clear(&reader->zone);
    if (size == 0 ||
        msgpack_unpack(reader->left.data, size, NULL, &reader->zone, ret) != MSGPACK_UNPACK_SUCCESS)
        return -EBADMSG;
    reader->left.data = (const char *)reader->left.data + size;
    reader->left.size -= size;
    return 0;
}

static int give_up(struct envelope_reader *reader)
{
    reader->left = (struct bytes){ 0 };
    return -EBADMSG;
}

int envelope_next(struct envelope_reader *reader, struct envelope *ret)
{
    while (reader->left.size > 0) {
        msgpack_object item;
        struct elements elements;
        uint64_t kind;

        if (read_item(reader, &item) < 0 || item.type != MSGPACK_OBJECT_ARRAY)
            return give_up(reader);
        elements = (struct elements){ item.via.array.ptr, item.via.array.size, false };
        kind = take_count(&elements);
        if (elements.is_bad)
            return give_up(reader);
        if (kind >= COUNT_OF(takers) || !takers[kind])
            continue;
        *ret = (struct envelope){ .kind = (enum envelope_kind)kind };
        takers[kind](&elements, ret);
        return elements.is_bad ? give_up(reader) : 0;
    }
    return -ENOENT;
}
