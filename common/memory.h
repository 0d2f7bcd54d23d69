/* memory.h - allocation that cannot fail: a process out of memory aborts and is restarted.
 * Inputs are bounded at the edge, so this is never how a client's size is refused. */
#pragma once

#include "common/auto.h"

#include <stddef.h>

/* Zeroed memory for `count` items of `size` bytes; the caller frees it with free(). */
void *must_alloc(size_t count, size_t size);

/* realloc() for `count` items; the new part is not zeroed. */
void *must_resize(void *memory, size_t count, size_t size);

/* A copy of `text`; the caller frees it. */
char *must_copy(const char *text);

/* As asprintf; the caller frees the text. */
char *must_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For AUTO(free_memory) on any pointer from here. */
void free_memory(void *pointer_to_pointer);
