/* test_frame.c - msgpack bytes are measured before msgpack-c may allocate for them */
#include "test.h"

#include "common/auto.h"
#include "common/buffer.h"
#include "common/frame.h"

#include <msgpack.h>
#include <string.h>

#define SIZE_OF_ITEM(literal) frame_item_size(literal, sizeof(literal) - 1)

static void items_of_fixed_size_are_measured(void **state)
{
    (void)state;
    assert_int_equal(SIZE_OF_ITEM("\x00"), 1);
    assert_int_equal(SIZE_OF_ITEM("\x7f"), 1);
    assert_int_equal(SIZE_OF_ITEM("\xe0"), 1);
    assert_int_equal(SIZE_OF_ITEM("\xff"), 1);
    assert_int_equal(SIZE_OF_ITEM("\xc0"), 1);
    assert_int_equal(SIZE_OF_ITEM("\xc2"), 1);
    assert_int_equal(SIZE_OF_ITEM("\xc3"), 1);
    assert_int_equal(SIZE_OF_ITEM("\xcc\1"), 2);
    assert_int_equal(SIZE_OF_ITEM("\xcd\1\2"), 3);
    assert_int_equal(SIZE_OF_ITEM("\xce\1\2\3\4"), 5);
    assert_int_equal(SIZE_OF_ITEM("\xcf\1\2\3\4\5\6\7\10"), 9);
    assert_int_equal(SIZE_OF_ITEM("\xd0\1"), 2);
    assert_int_equal(SIZE_OF_ITEM("\xd3\1\2\3\4\5\6\7\10"), 9);
    assert_int_equal(SIZE_OF_ITEM("\xca\1\2\3\4"), 5);
    assert_int_equal(SIZE_OF_ITEM("\xcb\1\2\3\4\5\6\7\10"), 9);
    assert_int_equal(SIZE_OF_ITEM("\xd4\1\2"), 3);
    assert_int_equal(SIZE_OF_ITEM("\xd8\1\2\3\4\5\6\7\10\1\2\3\4\5\6\7\10\1"), 18);
}

static void items_with_a_length_are_measured(void **state)
{
    (void)state;
    assert_int_equal(SIZE_OF_ITEM("\xa0"), 1);
    assert_int_equal(SIZE_OF_ITEM("\xa3yes"), 4);
    assert_int_equal(SIZE_OF_ITEM("\xd9\3yes"), 5);
    assert_int_equal(SIZE_OF_ITEM("\xda\0\3yes"), 6);
    assert_int_equal(SIZE_OF_ITEM("\xdb\0\0\0\3yes"), 8);
    assert_int_equal(SIZE_OF_ITEM("\xc4\3yes"), 5);
    assert_int_equal(SIZE_OF_ITEM("\xc5\0\3yes"), 6);
    assert_int_equal(SIZE_OF_ITEM("\xc6\0\0\0\3yes"), 8);
    assert_int_equal(SIZE_OF_ITEM("\xc7\3\1yes"), 6);
    assert_int_equal(SIZE_OF_ITEM("\xc9\0\0\0\0\1"), 6);
}

static void containers_are_measured_with_all_they_hold(void **state)
{
    (void)state;
    assert_int_equal(SIZE_OF_ITEM("\x80"), 1);
    assert_int_equal(SIZE_OF_ITEM("\x90"), 1);
    assert_int_equal(SIZE_OF_ITEM("\x92\1\xa1x"), 4);
    assert_int_equal(SIZE_OF_ITEM("\x81\xa1x\x92\1\2"), 6);
    assert_int_equal(SIZE_OF_ITEM("\xdc\0\2\1\2"), 5);
    assert_int_equal(SIZE_OF_ITEM("\xdd\0\0\0\2\1\2"), 7);
    assert_int_equal(SIZE_OF_ITEM("\xde\0\1\1\2"), 5);
    assert_int_equal(SIZE_OF_ITEM("\xdf\0\0\0\1\1\2"), 7);
    assert_int_equal(SIZE_OF_ITEM("\x92\x90\x92\1\2"), 5);
}

static void only_the_first_of_several_items_is_measured(void **state)
{
    (void)state;
    assert_int_equal(SIZE_OF_ITEM("\x92\1\2\x81\1\2"), 3);
    assert_int_equal(SIZE_OF_ITEM("\1\xdd\xff\xff\xff\xff"), 1);
}

static void claims_beyond_the_frame_are_refused(void **state)
{
    (void)state;
    assert_int_equal(SIZE_OF_ITEM("\xdd\xff\xff\xff\xff"), 0);
    assert_int_equal(SIZE_OF_ITEM("\xdf\xff\xff\xff\xff"), 0);
    assert_int_equal(SIZE_OF_ITEM("\xdf\x80\0\0\0\1\1\1\1"), 0);
    assert_int_equal(SIZE_OF_ITEM("\xdb\xff\xff\xff\xff"), 0);
    assert_int_equal(SIZE_OF_ITEM("\xc6\xff\xff\xff\xff"), 0);
    assert_int_equal(SIZE_OF_ITEM("\xc9\xff\xff\xff\xff\1"), 0);
    assert_int_equal(SIZE_OF_ITEM("\xdc\0\3\1\2"), 0);
    assert_int_equal(SIZE_OF_ITEM("\x93\x93\x93\1\1\1\1"), 0); /* each claim fits, all do not */
}

static void what_cannot_be_msgpack_is_refused(void **state)
{
    (void)state;
    assert_int_equal(frame_item_size(NULL, 0), 0);
    assert_int_equal(SIZE_OF_ITEM("\xc1"), 0);
    assert_int_equal(SIZE_OF_ITEM("\x92\1\xc1"), 0);
}

/* `depth` arrays within one another, the innermost with a number. */
static size_t size_of_nested(size_t depth)
{
    char frame[64];

    memset(frame, '\x91', depth);
    frame[depth] = 1;
    return frame_item_size(frame, depth + 1);
}

static void deep_nesting_is_refused(void **state)
{
    char hostile[100000];
    (void)state;

    assert_int_equal(size_of_nested(1), 2);
    assert_int_equal(size_of_nested(16), 17);
    assert_int_equal(size_of_nested(17), 0);
    memset(hostile, '\x91', sizeof hostile);
    assert_int_equal(frame_item_size(hostile, sizeof hostile), 0);
}

static void pack_everything(struct buffer *frame)
{
    msgpack_packer packer;

    msgpack_packer_init(&packer, frame, buffer_write);
    msgpack_pack_array(&packer, 6);
    msgpack_pack_map(&packer, 1);
    msgpack_pack_str_with_body(&packer, "name", 4);
    msgpack_pack_uint64(&packer, UINT64_MAX);
    msgpack_pack_str_with_body(&packer, "a text of more than thirty-one bytes", 36);
    msgpack_pack_bin_with_body(&packer, "bin", 3);
    msgpack_pack_ext_with_body(&packer, "extension", 9, 5);
    msgpack_pack_double(&packer, 1.5);
    msgpack_pack_nil(&packer);
}

static void a_frame_cut_off_at_any_byte_is_refused(void **state)
{
    AUTO(buffer_done) struct buffer frame = { 0 };
    (void)state;

    pack_everything(&frame);
    assert_int_equal(frame_item_size(frame.data, frame.size), frame.size);
    for (size_t size = 0; size < frame.size; size++)
        assert_int_equal(frame_item_size(frame.data, size), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_of_fixed_size_are_measured),
        cmocka_unit_test(items_with_a_length_are_measured),
        cmocka_unit_test(containers_are_measured_with_all_they_hold),
        cmocka_unit_test(only_the_first_of_several_items_is_measured),
        cmocka_unit_test(claims_beyond_the_frame_are_refused),
        cmocka_unit_test(what_cannot_be_msgpack_is_refused),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(a_frame_cut_off_at_any_byte_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
