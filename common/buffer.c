/* buffer.c - bytes that grow at the end */
#include "common/buffer.h"

#include "common/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *buffer_reserve(struct buffer *b, size_t more)
{
    if (b->capacity - b->size < more) {
        size_t wanted = b->capacity ? b->capacity : 256;

        while (wanted - b->size < more)
            wanted *= 2;
        b->data = must_resize(b->data, wanted, 1);
        b->capacity = wanted;
    }
    return b->data + b->size;
}

void buffer_add(struct buffer *b, const void *data, size_t size)
{
    if (size == 0)
        return;
    memcpy(buffer_reserve(b, size), data, size);
    b->size += size;
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

void buffer_add_json_text(struct buffer *b, const char *text, size_t length)
{
    size_t start = 0;

    buffer_add(b, "\"", 1);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buffer_add(b, text + start, i - start);
        add_escape(b, c);
        start = i + 1;
    }
    buffer_add(b, text + start, length - start);
    buffer_add(b, "\"", 1);
}

int buffer_write(void *buffer, const char *data, size_t size)
{
    buffer_add(buffer, data, size);
    return 0;
}

void buffer_done(struct buffer *b)
{
    free(b->data);
    *b = (struct buffer){ 0 };
}
