/* test_deflate.c - small zlib streams */
#include "test.h"

#include "common/text.h"
#include "tokensvc/deflate.h"

#include <errno.h>
#include <zlib.h>

/* The working memory is smaller than zlib's default; the bytes must not be others. */
static void compression_is_that_of_zlib_by_default(void **state)
{
    AUTO(deflater_freep) struct deflater *deflater = deflater_new();

    (void)state;
    for (size_t size = 0; size <= DEFLATE_MOST; size++) {
        unsigned char data[DEFLATE_MOST];
        unsigned char expected[DEFLATED_MOST(DEFLATE_MOST)];
        unsigned char compressed[DEFLATED_MOST(DEFLATE_MOST)];
        uLongf expected_size = sizeof expected;

        random_bytes(data, sizeof data);
        for (size_t i = 0; i < size; i++)
            data[i] &= size % 7 < 3 ? 0xff : 0x03;
        assert_int_equal(compress2(expected, &expected_size, data, size, Z_DEFAULT_COMPRESSION),
                         Z_OK);
        assert_int_equal(deflater_compress(deflater, data, size, compressed), expected_size);
        assert_memory_equal(compressed, expected, expected_size);
    }
}

static void what_was_compressed_expands_to_as_much_as_there_is_room_for(void **state)
{
    AUTO(deflater_freep) struct deflater *deflater = deflater_new();
    static const unsigned char zeros[DEFLATE_MOST];
    unsigned char compressed[DEFLATED_MOST(DEFLATE_MOST)];
    unsigned char expanded[DEFLATE_MOST];
    size_t size = deflater_compress(deflater, zeros, sizeof zeros, compressed);
    size_t expanded_size;

    (void)state;
    assert_int_equal(
        deflater_expand(deflater, compressed, size, expanded, sizeof expanded - 1, &expanded_size),
        -EBADMSG);
    assert_int_equal(
        deflater_expand(deflater, compressed, size, expanded, sizeof expanded, &expanded_size), 0);
    assert_int_equal(expanded_size, sizeof zeros);
    assert_memory_equal(expanded, zeros, sizeof zeros);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compression_is_that_of_zlib_by_default),
        cmocka_unit_test(what_was_compressed_expands_to_as_much_as_there_is_room_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
