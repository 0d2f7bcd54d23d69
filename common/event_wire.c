/* event_wire.c - what publisher and subscriber agree on */
#include "common/event_wire.h"

#include <errno.h>
#include <string.h>

unsigned event_shard(const char *uid)
{
    uint32_t hash = 2166136261;

    for (const char *c = uid; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619;
    return (hash ^ hash >> 22) & (EVENT_SHARD_ROBOTS - 1);
}

void event_topic(unsigned shard, char ret[EVENT_TOPIC_LENGTH + 1])
{
    static const char digits[] = "0123456789abcdef";

    ret[0] = 's';
    for (int i = EVENT_TOPIC_LENGTH - 1; i > 0; i--, shard >>= 4)
        ret[i] = digits[shard & 15];
    ret[EVENT_TOPIC_LENGTH] = '\0';
}

bool event_topic_read(const char topic[EVENT_TOPIC_LENGTH], unsigned *ret)
{
    unsigned shard = 0;

    if (topic[0] != 's')
        return false;
    for (int i = 1; i < EVENT_TOPIC_LENGTH; i++) {
        char c = topic[i];

        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
            return false;
        shard = shard << 4 | (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    if (shard >= EVENT_SHARDS)
        return false;
    *ret = shard;
    return true;
}

static int read_epoch(const msgpack_object *object, char *ret)
{
    if (object->type != MSGPACK_OBJECT_STR || object->via.str.size == 0 ||
        object->via.str.size > BUS_INSTANCE_LENGTH)
        return -EBADMSG;
    *(char *)mempcpy(ret, object->via.str.ptr, object->via.str.size) = '\0';
    return 0;
}

static int read_number(const msgpack_object *object, uint64_t most, uint64_t *ret)
{
    if (object->type != MSGPACK_OBJECT_POSITIVE_INTEGER || object->via.u64 > most)
        return -EBADMSG;
    *ret = object->via.u64;
    return 0;
}

static int read_count(const msgpack_object pair[2], struct event_count *ret)
{
    uint64_t shard, counter;

    if (read_number(&pair[0], EVENT_SHARDS - 1, &shard) < 0 ||
        read_number(&pair[1], UINT32_MAX, &counter) < 0)
        return -EBADMSG;
    *ret = (struct event_count){ (unsigned)shard, (uint32_t)counter };
    return 0;
}

int event_news_read(const msgpack_object *object, struct event_news *ret)
{
    enum { EPOCH, COUNT, FIRST_ITEM = COUNT + 2 };
    const msgpack_object_array *array = &object->via.array;

    if (object->type != MSGPACK_OBJECT_ARRAY || array->size < FIRST_ITEM ||
        (array->size - FIRST_ITEM) % 3 != 0)
        return -EBADMSG;
    if (read_epoch(&array->ptr[EPOCH], ret->epoch) < 0 ||
        read_count(&array->ptr[COUNT], &ret->count) < 0)
        return -EBADMSG;
    ret->items = array->ptr + FIRST_ITEM;
    ret->item_count = array->size - FIRST_ITEM;
    return 0;
}

int event_beat_read(const msgpack_object *object, struct event_beat *ret)
{
    enum { EPOCH, NUMBER, COUNTS, ELEMENTS };
    const msgpack_object_array *array = &object->via.array;
    const msgpack_object *counts;

    if (object->type != MSGPACK_OBJECT_ARRAY || array->size < ELEMENTS)
        return -EBADMSG;
    counts = &array->ptr[COUNTS];
    if (read_epoch(&array->ptr[EPOCH], ret->epoch) < 0 ||
        read_number(&array->ptr[NUMBER], UINT64_MAX, &ret->number) < 0 ||
        counts->type != MSGPACK_OBJECT_ARRAY || counts->via.array.size % 2 != 0)
        return -EBADMSG;
    ret->counts = counts->via.array.ptr;
    ret->count = counts->via.array.size / 2;
    return 0;
}

int event_count_read(const struct event_beat *beat, uint32_t i, struct event_count *ret)
{
    return read_count(&beat->counts[2 * (size_t)i], ret);
}
