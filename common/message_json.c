/* message_json.c - messages from jansson's objects, and to JSON text without going through them */
#include "common/message_inside.h"

#include "common/text.h"

#include <string.h>

static struct value value_of_json(const struct field *f, const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_NULL: return (struct value){ .type = VALUE_NIL };
    case JSON_STRING:
        return (struct value){ .type = VALUE_TEXT,
                               .text = json_string_value(json),
                               .length = json_string_length(json) };
    case JSON_INTEGER:
        if (f->kind == FIELD_TIME) /* written as RFC 3339: a number is nothing that we said */
            break;
        return (struct value){ .type = VALUE_INT, .number = json_integer_value(json) };
    case JSON_TRUE:
    case JSON_FALSE: return (struct value){ .type = VALUE_BOOL, .number = json_is_true(json) };
    default: break;
    }
    return (struct value){ .type = VALUE_OTHER };
}

/* By the message's fields, not the object's: whatever else is in it costs nothing. */
int draft_add_json(struct draft *d, const json_t *object, struct fault *reterr)
{
    const struct message *m = d->message;

    if (!json_is_object(object))
        return message_refuse(reterr, m->name, "must be a JSON object");
    for (size_t i = 0; i < m->field_count; i++) {
        const struct field *f = &m->fields[i];
        const json_t *member = json_object_get(object, f->name);
        struct value v;
        int r;

        if (!member)
            continue;
        v = value_of_json(f, member);
        if ((r = draft_add(d, f, &v, reterr)) < 0)
            return r;
    }
    return 0;
}

int message_from_json(const struct message *m, const json_t *json, void *ret, struct fault *reterr)
{
    _Alignas(max_align_t) char msg[MESSAGE_MOST_BYTES];
    struct draft draft;
    int r;

    draft_begin(&draft, m, msg);
    if ((r = draft_add_json(&draft, json, reterr)) < 0)
        return r;
    if ((r = draft_finish(&draft, reterr)) < 0)
        return r;
    memcpy(ret, msg, m->size);
    return 0;
}

static void add_name(struct buffer *out, const struct field *f, bool is_first)
{
    char *start = buffer_reserve(out, f->name_length + 4);
    char *at = start;

    if (!is_first)
        *at++ = ',';
    *at++ = '"';
    at = mempcpy(at, f->name, f->name_length);
    *at++ = '"';
    *at++ = ':';
    out->size += (size_t)(at - start);
}

static void add_text(struct buffer *out, const struct field *f, const char *text)
{
    if (f->as_number && text_is_integer_uid(text))
        buffer_add_text(out, text);
    else
        buffer_add_json_text(out, text, strlen(text));
}

static void add_time(struct buffer *out, int64_t ms)
{
    char text[TIME_TEXT_MOST];

    text_from_time(ms, text);
    buffer_add_json_text(out, text, strlen(text));
}

static void add_value(struct buffer *out, const struct field *f, const void *msg)
{
    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_UID:
    case FIELD_CHANNEL: add_text(out, f, field_text(f, msg)); break;
    case FIELD_INT: buffer_add_number(out, field_number(f, msg)); break;
    case FIELD_BOOL: buffer_add_text(out, field_number(f, msg) ? "true" : "false"); break;
    case FIELD_TIME: add_time(out, field_number(f, msg)); break;
    case FIELD_ENUM: add_text(out, f, field_case_text(f, msg)); break;
    }
}

bool message_members_to_json(const struct message *m, const void *msg, struct buffer *out)
{
    bool is_first = true;

    for (size_t i = 0; i < m->field_count; i++) {
        const struct field *f = &m->fields[i];
        bool is_unset = f->need != NEED_REQUIRED && field_is_unset(f, msg);

        if (is_unset && f->need == NEED_OPTIONAL)
            continue;
        add_name(out, f, is_first);
        is_first = false;
        if (is_unset)
            buffer_add_text(out, "null");
        else
            add_value(out, f, msg);
    }
    return !is_first;
}

void message_to_json(const struct message *m, const void *msg, struct buffer *out)
{
    buffer_add(out, "{", 1);
    (void)message_members_to_json(m, msg, out);
    buffer_add(out, "}", 1);
}
