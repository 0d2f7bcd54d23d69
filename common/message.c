/* message.c - the fields of messages: their checks and their places; messages read piece by piece
 */
#include "common/message_inside.h"

#include "common/text.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int message_refuse(struct fault *ret, const char *field, const char *problem)
{
    *ret = (struct fault){ field, problem };
    return -EINVAL;
}

const char *field_text(const struct field *f, const void *msg)
{
    return (const char *)msg + f->offset;
}

int64_t field_number(const struct field *f, const void *msg)
{
    const void *member = (const char *)msg + f->offset;

    switch (f->kind) {
    case FIELD_INT:
    case FIELD_TIME: return *(const int64_t *)member;
    case FIELD_BOOL: return *(const bool *)member;
    case FIELD_ENUM: return *(const unsigned *)member;
    default: return 0;
    }
}

static void set_number(const struct field *f, void *msg, int64_t number)
{
    void *member = (char *)msg + f->offset;

    switch (f->kind) {
    case FIELD_INT:
    case FIELD_TIME: *(int64_t *)member = number; break;
    case FIELD_BOOL: *(bool *)member = number != 0; break;
    case FIELD_ENUM: *(unsigned *)member = (unsigned)number; break;
    default: break;
    }
}

const char *field_case_text(const struct field *f, const void *msg)
{
    int64_t which = field_number(f, msg);

    assert(which <= f->most);
    return f->cases[which].text;
}

bool field_is_unset(const struct field *f, const void *msg)
{
    switch (f->kind) {
    case FIELD_INT:
    case FIELD_BOOL: return false;
    case FIELD_TIME:
    case FIELD_ENUM: return field_number(f, msg) == 0;
    default: return *field_text(f, msg) == '\0';
    }
}

/* The checks. Each says what is wrong with the value, or stores it and returns NULL. */

static const char *store_text(const struct field *f, void *msg, const struct value *v)
{
    char *member = (char *)msg + f->offset;

    if (v->type != VALUE_TEXT)
        return "must be text";
    if (v->length < (size_t)f->least)
        return "is too short";
    if (v->length > (size_t)f->most)
        return "is too long";
    if (memchr(v->text, '\0', v->length))
        return "has a NUL byte";
    if (f->kind == FIELD_TEXT && !text_is_utf8(v->text, v->length))
        return "is not UTF-8";
    if (f->kind != FIELD_TEXT && !text_is_agora(v->text, v->length))
        return "has a character that is not allowed";
    memcpy(member, v->text, v->length);
    member[v->length] = '\0';
    return NULL;
}

static const char *store_uid(const struct field *f, void *msg, const struct value *v)
{
    char *member = (char *)msg + f->offset;
    const char *problem;

    if (v->type == VALUE_INT) {
        if (v->number < 0)
            return "is out of range";
        snprintf(member, UID_MOST + 1, "%" PRId64, v->number);
    } else if (v->type != VALUE_TEXT) {
        return "must be text or a whole number";
    } else if ((problem = store_text(f, msg, v))) {
        return problem;
    }
    return strcmp(member, "0") == 0 ? "must not be 0" : NULL;
}

static const char *store_number(const struct field *f, void *msg, const struct value *v)
{
    if (v->type != VALUE_INT)
        return "must be a whole number";
    if (v->number < f->least || v->number > f->most)
        return "is out of range";
    set_number(f, msg, v->number);
    return NULL;
}

/* A number between services, a text from clients. */
static const char *store_time(const struct field *f, void *msg, const struct value *v)
{
    struct value number = { .type = VALUE_INT };

    if (v->type == VALUE_INT)
        return store_number(f, msg, v);
    if (v->type != VALUE_TEXT || !text_to_time(v->text, v->length, &number.number))
        return "must be a time as 2026-01-02T03:04:05.678Z";
    return store_number(f, msg, &number);
}

static const char *store_bool(const struct field *f, void *msg, const struct value *v)
{
    if (v->type != VALUE_BOOL)
        return "must be true or false";
    set_number(f, msg, v->number);
    return NULL;
}

static const char *store_case(const struct field *f, void *msg, const struct value *v)
{
    if (v->type != VALUE_TEXT)
        return "must be text";
    for (int64_t i = f->least; i <= f->most; i++) {
        const char *text = f->cases[i].text;

        if (strlen(text) == v->length && memcmp(text, v->text, v->length) == 0) {
            set_number(f, msg, i);
            return NULL;
        }
    }
    return "is not one of its values";
}

/* All checks on a value are here, whatever format it came in. */
static const char *store(const struct field *f, void *msg, const struct value *v)
{
    static const char *(*const stores[])(const struct field *, void *, const struct value *) = {
        [FIELD_TEXT] = store_text,  [FIELD_UID] = store_uid,   [FIELD_CHANNEL] = store_text,
        [FIELD_INT] = store_number, [FIELD_BOOL] = store_bool, [FIELD_TIME] = store_time,
        [FIELD_ENUM] = store_case,
    };

    return stores[f->kind](f, msg, v);
}

void draft_begin(struct draft *d, const struct message *m, void *target)
{
    memset(target, 0, m->size);
    *d = (struct draft){ .message = m, .target = target };
}

static bool is_named(const struct field *f, const char *name, size_t length)
{
    return f->name_length == length && memcmp(f->name, name, length) == 0;
}

const struct field *draft_find(struct draft *d, const char *name, size_t length)
{
    const struct message *m = d->message;

    for (size_t i = 0; i < m->field_count; i++) {
        size_t at = d->next + i < m->field_count ? d->next + i : d->next + i - m->field_count;

        if (is_named(&m->fields[at], name, length)) {
            d->next = at + 1;
            return &m->fields[at];
        }
    }
    return NULL;
}

int draft_add(struct draft *d, const struct field *f, const struct value *v, struct fault *reterr)
{
    uint64_t bit = UINT64_C(1) << (f - d->message->fields);
    const char *problem;

    if (v->type == VALUE_NIL && f->need != NEED_REQUIRED)
        return 0;
    if (d->seen & bit)
        return message_refuse(reterr, f->name, "is given twice");
    d->seen |= bit;
    problem = store(f, d->target, v);
    return problem ? message_refuse(reterr, f->name, problem) : 0;
}

/* A text as the value that its field takes; what cannot be converted stays text and is refused. */
static struct value value_of_text(const struct field *f, struct bytes text)
{
    static const struct {
        const char *text;
        bool is_true;
    } words[] = {
        {"true",   true },
        { "false", false},
        { "1",     true },
        { "0",     false}
    };
    struct value v = { .type = VALUE_TEXT,
                       .text = text.size > 0 ? text.data : "",
                       .length = text.size };

    if (f->kind == FIELD_INT && text_to_int64(v.text, v.length, &v.number))
        v.type = VALUE_INT;
    for (size_t i = 0; f->kind == FIELD_BOOL && i < COUNT_OF(words); i++)
        if (strlen(words[i].text) == v.length && memcmp(words[i].text, v.text, v.length) == 0)
            v = (struct value){ .type = VALUE_BOOL, .number = words[i].is_true };
    return v;
}

int draft_add_text(struct draft *d, struct bytes name, struct bytes value, struct fault *reterr)
{
    const struct field *f = draft_find(d, name.data, name.size);
    struct value v;

    if (!f)
        return 0;
    v = value_of_text(f, value);
    return draft_add(d, f, &v, reterr);
}

int draft_finish(struct draft *d, struct fault *reterr)
{
    const struct message *m = d->message;

    for (size_t i = 0; i < m->field_count; i++) {
        const struct field *f = &m->fields[i];

        if (d->seen & UINT64_C(1) << i)
            continue;
        if (f->need == NEED_REQUIRED)
            return message_refuse(reterr, f->name, "is missing");
        set_number(f, d->target, f->fallback);
    }
    return 0;
}
