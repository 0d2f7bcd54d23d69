/* message_json_plain.c - the JSON that clients nearly always send, read as it stands: one object of
 * plain texts and whole numbers. Building a tree for it takes jansson six times as long, a tenth of
 * what the gateway does for a request. Whatever is not as plain is jansson's. */
#include "common/message_inside.h"

#include "common/text.h"

#include <errno.h>
#include <string.h>

enum { MEMBERS_MOST = 8 };

struct member {
    struct bytes name;
    struct value value;
};

struct scanner {
    const char *at;
    const char *end;
};

/* The next character that is no white space; '\0' at the end, which is not plain either. */
static char peek(struct scanner *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t'))
        s->at++;
    return (char)(s->at < s->end ? *s->at : '\0');
}

static bool take(struct scanner *s, char c)
{
    if (peek(s) != c)
        return false;
    s->at++;
    return true;
}

/* Without escapes, and ASCII only: there is nothing to decode, and nothing to check. */
static bool take_text(struct scanner *s, struct bytes *ret)
{
    const char *start;

    if (!take(s, '"'))
        return false;
    start = s->at;
    while (s->at < s->end && *s->at >= ' ' && *s->at != '"' && *s->at != '\\')
        s->at++;
    *ret = (struct bytes){ start, (size_t)(s->at - start) };
    return s->at < s->end && *s->at++ == '"';
}

/* One that is too large is of no type that a field takes: it is refused by its field's name, which
 * jansson would not tell, and passed over where no field has its name. */
static bool take_number(struct scanner *s, struct value *ret)
{
    const char *start = s->at;
    size_t digits;

    while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
        s->at++;
    digits = (size_t)(s->at - start);
    ret->type = text_to_int64(start, digits, &ret->number) ? VALUE_INT : VALUE_OTHER;
    return digits > 0 && (*start != '0' || digits == 1);
}

/* Of a fraction or an exponent the rest stays, which no object goes on with. */
static bool take_value(struct scanner *s, struct value *ret)
{
    struct bytes text;

    if (peek(s) != '"')
        return take_number(s, ret);
    if (!take_text(s, &text))
        return false;
    *ret = (struct value){ .type = VALUE_TEXT, .text = text.data, .length = text.size };
    return true;
}

static bool is_new(const struct member *members, size_t count, struct bytes name)
{
    for (size_t i = 0; i < count; i++)
        if (members[i].name.size == name.size &&
            memcmp(members[i].name.data, name.data, name.size) == 0)
            return false;
    return true;
}

static bool take_member(struct scanner *s, struct member *members, size_t *count)
{
    struct member member = { .value = { .type = VALUE_OTHER } };

    if (*count == MEMBERS_MOST || !take_text(s, &member.name) || !take(s, ':') ||
        !take_value(s, &member.value) || !is_new(members, *count, member.name))
        return false;
    members[(*count)++] = member;
    return true;
}

static bool take_object(struct bytes text, struct member *members, size_t *count)
{
    struct scanner s = { text.data, (const char *)text.data + text.size };

    if (!take(&s, '{'))
        return false;
    if (!take(&s, '}')) {
        do {
            if (!take_member(&s, members, count))
                return false;
        } while (take(&s, ','));
        if (!take(&s, '}'))
            return false;
    }
    (void)peek(&s);
    return s.at == s.end;
}

/* A number is no time that we wrote: those are RFC 3339. */
static int add_member(struct draft *d, const struct field *f, struct value value,
                      struct fault *reterr)
{
    if (f->kind == FIELD_TIME && value.type == VALUE_INT)
        value.type = VALUE_OTHER;
    return draft_add(d, f, &value, reterr);
}

int draft_add_plain_json(struct draft *d, struct bytes text, struct fault *reterr)
{
    struct member members[MEMBERS_MOST];
    size_t count = 0;

    if (text.size == 0 || !take_object(text, members, &count))
        return -ENOTSUP;
    for (size_t i = 0; i < count; i++) {
        const struct field *f = draft_find(d, members[i].name.data, members[i].name.size);
        int r = f ? add_member(d, f, members[i].value, reterr) : 0;

        if (r < 0)
            return r;
    }
    return 0;
}
