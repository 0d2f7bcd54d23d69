/* buffer.c - bytes that grow at the end */
#include "common/buffer.h"

#include "common/memory.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void grow(struct buffer *b, size_t more)
{
    size_t wanted = b->capacity ? b->capacity : 256;

    while (wanted - b->size < more)
        wanted *= 2;
    b->data = must_resize(b->data, wanted, 1);
    b->capacity = wanted;
}

/* Inline, and so is add: what msgpack-c writes comes in pieces of a few bytes, most of them of one.
 */
static inline char *reserve(struct buffer *b, size_t more)
{
    if (b->capacity - b->size < more)
        grow(b, more);
    return b->data + b->size;
}

char *buffer_reserve(struct buffer *b, size_t more)
{
    return reserve(b, more);
}

static inline void add(struct buffer *b, const void *data, size_t size)
{
    char *at;

    if (size == 0)
        return;
    at = reserve(b, size);
    if (size == 1)
        *at = *(const char *)data;
    else
        memcpy(at, data, size);
    b->size += size;
}

void buffer_add(struct buffer *b, const void *data, size_t size)
{
    add(b, data, size);
}

void buffer_add_text(struct buffer *b, const char *text)
{
    buffer_add(b, text, strlen(text));
}

void buffer_add_number(struct buffer *b, int64_t number)
{
    char digits[21];
    char *at = digits + sizeof digits;
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

    do
        *--at = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (number < 0)
        *--at = '-';
    buffer_add(b, at, (size_t)(digits + sizeof digits - at));
}

void buffer_add_format(struct buffer *b, const char *format, ...)
{
    va_list arguments;
    va_list again;
    int length;

    va_start(arguments, format);
    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, arguments);
    if (length < 0)
        abort();
    vsnprintf(buffer_reserve(b, (size_t)length + 1), (size_t)length + 1, format, again);
    b->size += (size_t)length;
    va_end(again);
    va_end(arguments);
}

static void add_escape(struct buffer *b, unsigned char c)
{
    static const char short_forms[] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                        ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\' };

    if (c < sizeof short_forms && short_forms[c])
        buffer_add(b, (char[]){ '\\', short_forms[c] }, 2);
    else
        buffer_add_format(b, "\\u%04x", c);
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\';
}

/* The same of eight bytes at once: a byte's highest bit is set in a sum where it is not plain. A
 * carry can name a byte too many, which then is looked at alone. */
static bool are_plain(const char *text)
{
    const uint64_t each = UINT64_C(0x0101010101010101);
    uint64_t bytes;
    uint64_t quotes;
    uint64_t backslashes;

    memcpy(&bytes, text, sizeof bytes);
    quotes = bytes ^ each * '"';
    backslashes = bytes ^ each * '\\';
    return ((((bytes - each * 0x20) & ~bytes) | ((quotes - each) & ~quotes) |
             ((backslashes - each) & ~backslashes)) &
            each * 0x80) == 0;
}

/* How many bytes at the beginning need no escape. */
static size_t plain_length(const char *text, size_t length)
{
    size_t i = 0;

    while (length - i >= sizeof(uint64_t) && are_plain(text + i))
        i += sizeof(uint64_t);
    while (i < length && is_plain((unsigned char)text[i]))
        i++;
    return i;
}

void buffer_add_json_text(struct buffer *b, const char *text, size_t length)
{
    add(b, "\"", 1);
    for (;;) {
        size_t plain = plain_length(text, length);

        add(b, text, plain);
        if (plain == length)
            break;
        add_escape(b, (unsigned char)text[plain]);
        text += plain + 1;
        length -= plain + 1;
    }
    add(b, "\"", 1);
}

int buffer_write(void *buffer, const char *data, size_t size)
{
    add(buffer, data, size);
    return 0;
}

void buffer_done(struct buffer *b)
{
    free(b->data);
    *b = (struct buffer){ 0 };
}
