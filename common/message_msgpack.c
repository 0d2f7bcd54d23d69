/* message_msgpack.c - messages from and to msgpack maps, and lists of them */
#include "common/message_inside.h"

#include "common/frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct value value_of_msgpack(const msgpack_object *o)
{
    switch (o->type) {
    case MSGPACK_OBJECT_NIL: return (struct value){ .type = VALUE_NIL };
    case MSGPACK_OBJECT_STR:
        return (
            struct value){ .type = VALUE_TEXT, .text = o->via.str.ptr, .length = o->via.str.size };
    case MSGPACK_OBJECT_BOOLEAN:
        return (struct value){ .type = VALUE_BOOL, .number = o->via.boolean };
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        return (struct value){ .type = VALUE_INT, .number = o->via.i64 };
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        if (o->via.u64 <= INT64_MAX)
            return (struct value){ .type = VALUE_INT, .number = (int64_t)o->via.u64 };
        break;
    default: break;
    }
    return (struct value){ .type = VALUE_OTHER };
}

static int add_msgpack(struct draft *d, const msgpack_object *o, struct fault *reterr)
{
    if (o->type != MSGPACK_OBJECT_MAP)
        return message_refuse(reterr, d->message->name, "must be a map");
    for (uint32_t i = 0; i < o->via.map.size; i++) {
        const msgpack_object_kv *pair = &o->via.map.ptr[i];
        const struct field *f;
        struct value v;
        int r;

        if (pair->key.type != MSGPACK_OBJECT_STR)
            return message_refuse(reterr, d->message->name, "has a key that is not text");
        f = draft_find(d, pair->key.via.str.ptr, pair->key.via.str.size);
        if (!f)
            continue;
        v = value_of_msgpack(&pair->val);
        if ((r = draft_add(d, f, &v, reterr)) < 0)
            return r;
    }
    return 0;
}

int message_from_msgpack(const struct message *m, const msgpack_object *o, void *ret,
                         struct fault *reterr)
{
    _Alignas(max_align_t) char msg[MESSAGE_MOST_BYTES];
    struct draft draft;
    int r;

    draft_begin(&draft, m, msg);
    if ((r = add_msgpack(&draft, o, reterr)) < 0)
        return r;
    if ((r = draft_finish(&draft, reterr)) < 0)
        return r;
    memcpy(ret, msg, m->size);
    return 0;
}

/* What reads the same when it is absent is left out. So is an enum of 0, which has no text: where
 * it is required, the reader's "is missing" names it. */
static bool is_left_out(const struct field *f, const void *msg)
{
    if (f->kind == FIELD_ENUM)
        return field_number(f, msg) == 0;
    if (f->need == NEED_REQUIRED)
        return false;
    if (f->kind == FIELD_INT || f->kind == FIELD_BOOL)
        return field_number(f, msg) == f->fallback;
    return field_is_unset(f, msg);
}

static void pack_text(msgpack_packer *packer, const char *text, size_t length)
{
    msgpack_pack_str(packer, length);
    msgpack_pack_str_body(packer, text, length);
}

static void pack_value(msgpack_packer *packer, const struct field *f, const void *msg)
{
    const char *text;

    switch (f->kind) {
    case FIELD_INT:
    case FIELD_TIME: msgpack_pack_int64(packer, field_number(f, msg)); return;
    case FIELD_BOOL:
        if (field_number(f, msg))
            msgpack_pack_true(packer);
        else
            msgpack_pack_false(packer);
        return;
    case FIELD_ENUM: text = field_case_text(f, msg); break;
    default: text = field_text(f, msg); break;
    }
    pack_text(packer, text, strlen(text));
}

void message_to_msgpack(const struct message *m, const void *msg, struct buffer *out)
{
    const struct field *written[MESSAGE_MOST_FIELDS];
    size_t count = 0;
    msgpack_packer packer;

    for (size_t i = 0; i < m->field_count; i++)
        if (!is_left_out(&m->fields[i], msg))
            written[count++] = &m->fields[i];
    msgpack_packer_init(&packer, out, buffer_write);
    msgpack_pack_map(&packer, count);
    for (size_t i = 0; i < count; i++) {
        pack_text(&packer, written[i]->name, written[i]->name_length);
        pack_value(&packer, written[i], msg);
    }
}

int message_next(const struct message *m, struct bytes *list, void *ret, struct fault *reterr)
{
    AUTO(msgpack_zone_destroy) msgpack_zone zone;
    enum { ZONE_BYTES = 1024 };
    size_t size;
    msgpack_object o;
    int r;

    if (!msgpack_zone_init(&zone, ZONE_BYTES))
        abort();
    if (list->size == 0)
        return -ENOENT;
    size = frame_item_size(list->data, list->size);
    if (size == 0 || msgpack_unpack(list->data, size, NULL, &zone, &o) != MSGPACK_UNPACK_SUCCESS)
        return message_refuse(reterr, m->name, "cannot be read");
    if ((r = message_from_msgpack(m, &o, ret, reterr)) < 0)
        return r;
    *list = (struct bytes){ (const char *)list->data + size, list->size - size };
    return 0;
}
