/* header_value.c - what values of request headers say */
#include "gateway/header_value.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct bytes header_trim(struct bytes text)
{
    const char *at = text.data;

    while (text.size > 0 && (at[0] == ' ' || at[0] == '\t')) {
        at++;
        text.size--;
    }
    while (text.size > 0 && (at[text.size - 1] == ' ' || at[text.size - 1] == '\t'))
        text.size--;
    return (struct bytes){ at, text.size };
}

struct bytes header_take_part(struct bytes *text, char separator)
{
    const char *start = text->data;
    const char *end = text->size > 0 ? memchr(start, separator, text->size) : NULL;
    struct bytes part = { start, end ? (size_t)(end - start) : text->size };
    size_t taken = end ? part.size + 1 : part.size;

    *text = (struct bytes){ start + taken, text->size - taken };
    return header_trim(part);
}

bool header_is_word(struct bytes text, const char *word)
{
    return text.size == strlen(word) && strncasecmp(text.data, word, text.size) == 0;
}

bool header_is_type(struct bytes content_type, const char *type)
{
    return content_type.data && header_is_word(header_take_part(&content_type, ';'), type);
}

/* How closely a range names the type: 3 itself, 2 "application/…", 1 anything, 0 not at all. */
static unsigned closeness(struct bytes range, const char *type)
{
    size_t family_size = (size_t)(strchr(type, '/') - type) + 1;
    struct bytes family = { range.data, range.size > 0 ? range.size - 1 : 0 };

    if (header_is_word(range, type))
        return 3;
    if (family.size == family_size && strncasecmp(range.data, type, family_size) == 0 &&
        type[family_size] != '\0' && ((const char *)range.data)[family_size] == '*')
        return 2;
    return header_is_word(range, "*/*") ? 1 : 0;
}

/* Whether a range's parameters say q=0: that it is not wanted at all. */
static bool is_unwanted(struct bytes parameters)
{
    while (parameters.size > 0) {
        struct bytes value = header_take_part(&parameters, ';');
        const char *at;

        if (!header_is_word(header_take_part(&value, '='), "q"))
            continue;
        value = header_trim(value);
        at = value.data;
        for (size_t i = 0; i < value.size; i++)
            if (at[i] != '0' && at[i] != '.')
                return false;
        return value.size > 0;
    }
    return false;
}

bool header_accepts(struct bytes accept, const char *type)
{
    unsigned closest = 0;
    bool is_accepted;

    if (!accept.data)
        return true;
    is_accepted = header_trim(accept).size == 0;
    while (accept.size > 0) {
        struct bytes parameters = header_take_part(&accept, ',');
        unsigned close = closeness(header_take_part(&parameters, ';'), type);

        if (close > closest) {
            closest = close;
            is_accepted = !is_unwanted(parameters);
        }
    }
    return is_accepted;
}

static bool is_token(struct bytes text)
{
    const char *at = text.data;

    for (size_t i = 0; i < text.size; i++)
        if (!isalnum((unsigned char)at[i]) && !strchr("-._~+/=", at[i]))
            return false;
    return true;
}

bool header_bearer(struct bytes authorization, struct bytes *ret)
{
    struct bytes token = header_trim(authorization);

    if (token.size == 0 || !header_is_word(header_take_part(&token, ' '), "Bearer"))
        return false;
    token = header_trim(token);
    if (token.size == 0)
        return false;
    *ret = is_token(token) ? token : (struct bytes){ "", 0 };
    return true;
}
