/* event_wire.c - what publisher and subscriber agree on */
#include "common/event_wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

unsigned event_shard(const char *uid)
{
    uint32_t hash = 2166136261;

    for (const char *c = uid; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619;
    return (hash ^ hash >> 8 ^ hash >> 16 ^ hash >> 24) & 0xff;
}

void event_topic(unsigned shard, char ret[EVENT_TOPIC_LENGTH + 1])
{
    snprintf(ret, EVENT_TOPIC_LENGTH + 1, "s%03u", shard % 1000);
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

int event_news_read(const msgpack_object *object, struct event_news *ret)
{
    enum { EPOCH, SHARD, COUNTER, FIRST_ITEM };
    const msgpack_object_array *array = &object->via.array;
    uint64_t shard;

    if (object->type != MSGPACK_OBJECT_ARRAY || array->size < FIRST_ITEM ||
        (array->size - FIRST_ITEM) % 3 != 0)
        return -EBADMSG;
    if (read_epoch(&array->ptr[EPOCH], ret->epoch) < 0 ||
        read_number(&array->ptr[SHARD], EVENT_SHARDS - 1, &shard) < 0 ||
        read_number(&array->ptr[COUNTER], UINT64_MAX, &ret->counter) < 0)
        return -EBADMSG;
    ret->shard = (unsigned)shard;
    ret->items = array->ptr + FIRST_ITEM;
    ret->item_count = array->size - FIRST_ITEM;
    return 0;
}

int event_beat_read(const msgpack_object *object, struct event_beat *ret)
{
    const msgpack_object_array *array = &object->via.array;
    const msgpack_object_array *counters;

    if (object->type != MSGPACK_OBJECT_ARRAY || array->size < 2 ||
        array->ptr[1].type != MSGPACK_OBJECT_ARRAY || read_epoch(&array->ptr[0], ret->epoch) < 0)
        return -EBADMSG;
    counters = &array->ptr[1].via.array;
    if (counters->size != EVENT_SHARDS)
        return -EBADMSG;
    for (uint32_t i = 0; i < counters->size; i++)
        if (read_number(&counters->ptr[i], UINT64_MAX, &ret->counters[i]) < 0)
            return -EBADMSG;
    return 0;
}
