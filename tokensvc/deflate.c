/* deflate.c - see deflate.h */
#define ZLIB_CONST
#include "tokensvc/deflate.h"

#include "common/memory.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

enum {
    LEVEL = 6,
    WINDOW_BITS = 15,
    /* Instead of 8: resetting clears 4 KiB rather than 64. Up to 1022 bytes come out the same. */
    MEMORY_LEVEL = 4,
};

struct deflater {
    z_stream deflate;
    z_stream inflate;
};

/* zlib fails here only for want of memory. */
static void must_succeed(int status)
{
    if (status != Z_OK)
        abort();
}

struct deflater *deflater_new(void)
{
    struct deflater *deflater = must_alloc(1, sizeof *deflater);

    must_succeed(deflateInit2(&deflater->deflate, LEVEL, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL,
                              Z_DEFAULT_STRATEGY));
    must_succeed(inflateInit(&deflater->inflate));
    return deflater;
}

struct deflater *deflater_free(struct deflater *deflater)
{
    if (deflater) {
        (void)deflateEnd(&deflater->deflate);
        (void)inflateEnd(&deflater->inflate);
    }
    free(deflater);
    return NULL;
}

static void set_in_and_out(z_stream *stream, const void *in, size_t in_size, void *out,
                           size_t out_size)
{
    stream->next_in = in;
    stream->avail_in = (uInt)in_size;
    stream->next_out = out;
    stream->avail_out = (uInt)out_size;
}

size_t deflater_compress(struct deflater *deflater, const void *data, size_t size, void *ret)
{
    z_stream *stream = &deflater->deflate;
    int status;

    assert(size <= DEFLATE_MOST);
    must_succeed(deflateReset(stream));
    set_in_and_out(stream, data, size, ret, DEFLATED_MOST(size));
    status = deflate(stream, Z_FINISH);
    assert(status == Z_STREAM_END);
    return stream->total_out;
}

int deflater_expand(struct deflater *deflater, const void *data, size_t size, void *ret,
                    size_t most, size_t *ret_size)
{
    z_stream *stream = &deflater->inflate;

    must_succeed(inflateReset(stream));
    set_in_and_out(stream, data, size, ret, most);
    if (inflate(stream, Z_FINISH) != Z_STREAM_END || stream->avail_in > 0)
        return -EBADMSG;
    *ret_size = stream->total_out;
    return 0;
}
