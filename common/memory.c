/* memory.c - allocation that cannot fail */
#include "common/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_abort(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

void *must_alloc(size_t count, size_t size)
{
    return or_abort(calloc(count ? count : 1, size ? size : 1));
}

void *must_resize(void *memory, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        abort();
    return or_abort(realloc(memory, count > 0 && size > 0 ? count * size : 1));
}

char *must_copy(const char *text)
{
    return or_abort(strdup(text));
}

char *must_format(const char *format, ...)
{
    va_list arguments;
    char *text = NULL;
    int r;

    va_start(arguments, format);
    r = vasprintf(&text, format, arguments);
    va_end(arguments);
    return or_abort(r < 0 ? NULL : text);
}

void free_memory(void *pointer_to_pointer)
{
    free(*(void **)pointer_to_pointer);
}
