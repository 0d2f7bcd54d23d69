/* buffer.h - bytes that grow at the end; cleared and used again rather than freed */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Visible, so that it can stand in another struct. { 0 } is an empty buffer. */
struct buffer {
    char *data; /* not NUL-terminated; NULL until something is added */
    size_t size;
    size_t capacity;
};

/* Some bytes that belong to somebody else. */
struct bytes {
    const void *data;
    size_t size;
};

/* Make room for `more` bytes at the end and return where they go; the size stays as it is. */
char *buffer_reserve(struct buffer *b, size_t more);

void buffer_add(struct buffer *b, const void *data, size_t size);
void buffer_add_text(struct buffer *b, const char *text);
void buffer_add_number(struct buffer *b, int64_t number);
void buffer_add_format(struct buffer *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A JSON string with its quotes; `text` is UTF-8 (checked where it came in). RFC 8259 section 7. */
void buffer_add_json_text(struct buffer *b, const char *text, size_t length);

/* For msgpack_packer_init(packer, buffer, buffer_write); always 0. */
int buffer_write(void *buffer, const char *data, size_t size);

static inline void buffer_clear(struct buffer *b)
{
    b->size = 0;
}

/* Free what it holds; it is empty and usable afterwards. Also for AUTO(buffer_done). */
void buffer_done(struct buffer *b);
