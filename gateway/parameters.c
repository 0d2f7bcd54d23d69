/* parameters.c - the ways in which clients pass parameters */
#include "gateway/parameters.h"

#include "gateway/header_value.h"
#include "gateway/path_pattern.h"

#include "common/text.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static int refuse(struct fault *fault, const char *field, const char *problem)
{
    *fault = (struct fault){ field, problem };
    return -EINVAL;
}

/* Content-Type (RFC 9110 section 8.3.1) */

static struct bytes unquote(struct bytes text)
{
    const char *at = text.data;

    if (text.size >= 2 && at[0] == '"' && at[text.size - 1] == '"')
        return (struct bytes){ at + 1, text.size - 2 };
    return text;
}

static bool is_charset_known(struct bytes parameters)
{
    while (parameters.size > 0) {
        struct bytes value = header_take_part(&parameters, ';');

        if (!header_is_word(header_take_part(&value, '='), "charset"))
            continue;
        value = unquote(header_trim(value));
        if (!header_is_word(value, "utf-8") && !header_is_word(value, "utf8") &&
            !header_is_word(value, "us-ascii"))
            return false;
    }
    return true;
}

enum body_form body_form_read(struct bytes content_type)
{
    static const struct {
        const char *type;
        enum body_form form;
    } forms[] = {
        {"application/json",                   BODY_JSON      },
        { "application/x-www-form-urlencoded", BODY_URLENCODED},
        { "multipart/form-data",               BODY_MULTIPART },
    };
    struct bytes type;

    if (content_type.size == 0 || memchr(content_type.data, '\0', content_type.size))
        return BODY_UNKNOWN;
    type = header_take_part(&content_type, ';');
    for (size_t i = 0; i < COUNT_OF(forms); i++)
        if (header_is_word(type, forms[i].type))
            return is_charset_known(content_type) ? forms[i].form : BODY_UNKNOWN;
    return BODY_UNKNOWN;
}

/* application/x-www-form-urlencoded */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decode where it stands; in a path a '+' is itself. */
static struct bytes decode(char *text, size_t size, char plus)
{
    size_t kept = 0;

    for (size_t i = 0; i < size; i++) {
        char c = (char)(text[i] == '+' ? plus : text[i]);

        if (c == '%' && size - i > 2 && hex_digit(text[i + 1]) >= 0 &&
            hex_digit(text[i + 2]) >= 0) {
            c = (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        }
        text[kept++] = c;
    }
    return (struct bytes){ text, kept };
}

static int add_pair(struct draft *draft, char *pair, size_t size, struct fault *reterr)
{
    char *equals = memchr(pair, '=', size);
    size_t name_size = equals ? (size_t)(equals - pair) : size;
    size_t value_start = equals ? name_size + 1 : size;
    struct bytes name = decode(pair, name_size, ' ');

    return draft_add_text(draft, name, decode(pair + value_start, size - value_start, ' '), reterr);
}

int parameters_add_urlencoded(struct draft *draft, char *text, size_t size, struct fault *reterr)
{
    while (size > 0) {
        char *end = memchr(text, '&', size);
        size_t pair_size = end ? (size_t)(end - text) : size;
        size_t taken = end ? pair_size + 1 : pair_size;
        int r;

        if (pair_size > 0 && (r = add_pair(draft, text, pair_size, reterr)) < 0)
            return r;
        text += taken;
        size -= taken;
    }
    return 0;
}

int parameters_add_path(struct draft *draft, const char *pattern, struct bytes path,
                        struct fault *reterr)
{
    struct path_walk walk = { pattern, path };
    struct bytes name;
    struct bytes segment;

    while (path_walk_next(&walk, &name, &segment)) {
        /* What does not fit is too long for any field, even where every byte of it is escaped. */
        char text[3 * (CHANNEL_MOST + 1)];
        size_t size = segment.size < sizeof text ? segment.size : sizeof text;
        int r;

        memcpy(text, segment.data, size);
        r = draft_add_text(draft, name, decode(text, size, '+'), reterr);
        if (r < 0)
            return r;
    }
    return 0;
}

/* JSON */

/* jansson tells a duplicate key only within its text: … near '"uid"'. */
static const char *find_quoted_field(const struct message *m, const char *text)
{
    for (size_t i = 0; i < m->field_count; i++) {
        const struct field *f = &m->fields[i];
        const char *found = strstr(text, f->name);

        if (found && found > text && found[-1] == '"' && found[f->name_length] == '"')
            return f->name;
    }
    return NULL;
}

static int refuse_json(const struct message *m, const json_error_t *error, struct fault *reterr)
{
    const char *field;

    switch (json_error_code(error)) {
    case json_error_duplicate_key:
        field = find_quoted_field(m, error->text);
        return refuse(reterr, field, field ? "is given twice" : "a JSON member is given twice");
    case json_error_invalid_utf8: return refuse(reterr, NULL, "it is not UTF-8");
    case json_error_numeric_overflow: return refuse(reterr, NULL, "a number is too large");
    case json_error_stack_overflow: return refuse(reterr, NULL, "its JSON is nested too deeply");
    default: return refuse(reterr, NULL, "it is not JSON");
    }
}

static int add_any_json(struct draft *draft, struct bytes body, struct fault *reterr)
{
    /* NUL bytes are let through here so that the draft refuses them by the field's name. */
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;
    json_error_t error;
    AUTO(json_decrefp) json_t *json = json_loadb(body.data, body.size, flags, &error);

    if (!json)
        return refuse_json(draft->message, &error, reterr);
    if (!json_is_object(json))
        return refuse(reterr, NULL, "it is not a JSON object");
    return draft_add_json(draft, json, reterr);
}

int parameters_add_json(struct draft *draft, struct bytes body, struct fault *reterr)
{
    int r = draft_add_plain_json(draft, body, reterr);

    return r == -ENOTSUP ? add_any_json(draft, body, reterr) : r;
}
