/* deflate.h - zlib streams of small things, with working memory that is kept */
#pragma once

#include "common/auto.h"

#include <stddef.h>

enum { DEFLATE_MOST = 512 }; /* bytes to compress at once */

struct deflater;

struct deflater *deflater_new(void);
struct deflater *deflater_free(struct deflater *deflater);
DEFINE_AUTO(struct deflater *, deflater_free)

/* Enough for any `size` bytes, even those that cannot be made smaller (zlib's deflateBound). */
#define DEFLATED_MOST(size) ((size) + ((size) >> 12) + ((size) >> 14) + 13 + 7)

/* Compress as zlib does by default (level 6); the bytes written. There is room for
 * DEFLATED_MOST(size); size is at most DEFLATE_MOST. */
size_t deflater_compress(struct deflater *deflater, const void *data, size_t size, void *ret);

/* Expand to at most `most` bytes: 0 and *ret_size, or -EBADMSG if it would be more, is cut off, is
 * followed by anything, or is no zlib stream. `ret` may be written to even then. */
int deflater_expand(struct deflater *deflater, const void *data, size_t size, void *ret,
                    size_t most, size_t *ret_size) MUST_CHECK;
