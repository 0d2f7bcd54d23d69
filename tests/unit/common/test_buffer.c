/* test_buffer.c - bytes that grow at the end */
#include "test.h"

#include "common/auto.h"
#include "common/buffer.h"

#include <string.h>

static void assert_holds(const struct buffer *b, const char *expected)
{
    assert_int_equal(b->size, strlen(expected));
    assert_memory_equal(b->data, expected, b->size);
}

static void an_empty_buffer_holds_nothing(void **state)
{
    AUTO(buffer_done) struct buffer b = { 0 };
    (void)state;

    buffer_add(&b, NULL, 0);
    assert_null(b.data);
    assert_int_equal(b.size, 0);
}

static void bytes_are_added_at_the_end(void **state)
{
    AUTO(buffer_done) struct buffer b = { 0 };
    (void)state;

    buffer_add_text(&b, "one");
    buffer_add(&b, ", two, and more", 5);
    assert_int_equal(buffer_write(&b, "!", 1), 0);
    buffer_add_format(&b, " %d%%", 7);
    assert_holds(&b, "one, two! 7%");
}

static void it_grows_past_its_first_capacity_and_keeps_its_bytes(void **state)
{
    AUTO(buffer_done) struct buffer b = { 0 };
    (void)state;

    for (int i = 0; i < 10000; i++)
        buffer_add(&b, i % 2 ? "b" : "a", 1);
    assert_int_equal(b.size, 10000);
    for (size_t i = 0; i < b.size; i++)
        assert_int_equal(b.data[i], i % 2 ? 'b' : 'a');
}

static void room_is_made_without_changing_the_size(void **state)
{
    AUTO(buffer_done) struct buffer b = { 0 };
    (void)state;

    buffer_add_text(&b, "x");
    memset(buffer_reserve(&b, 5000), 'y', 5000);
    assert_holds(&b, "x");
    assert_true(b.capacity >= 5001);
}

static void a_cleared_buffer_keeps_its_memory_and_a_done_one_is_usable(void **state)
{
    AUTO(buffer_done) struct buffer b = { 0 };
    size_t capacity;
    (void)state;

    buffer_add_text(&b, "old");
    capacity = b.capacity;
    buffer_clear(&b);
    assert_int_equal(b.size, 0);
    assert_int_equal(b.capacity, capacity);
    buffer_done(&b);
    buffer_add_text(&b, "new");
    assert_holds(&b, "new");
}

static void numbers_are_decimal(void **state)
{
    AUTO(buffer_done) struct buffer b = { 0 };
    (void)state;

    buffer_add_number(&b, 0);
    buffer_add_number(&b, -1);
    buffer_add_number(&b, 1234567890);
    buffer_add_number(&b, INT64_MAX);
    buffer_add_number(&b, INT64_MIN);
    assert_holds(&b, "0-112345678909223372036854775807-9223372036854775808");
}

static void assert_json(const char *text, size_t length, const char *expected)
{
    AUTO(buffer_done) struct buffer b = { 0 };

    buffer_add_json_text(&b, text, length);
    assert_holds(&b, expected);
}

static void json_texts_are_escaped(void **state)
{
    (void)state;
    assert_json("", 0, "\"\"");
    assert_json("plain", 5, "\"plain\"");
    assert_json("a\"b\\c", 5, "\"a\\\"b\\\\c\"");
    assert_json("\b\t\n\f\r", 5, "\"\\b\\t\\n\\f\\r\"");
    assert_json("\0\x01\x1f", 3, "\"\\u0000\\u0001\\u001f\"");
    assert_json("响/\x7f", 5, "\"响/\x7f\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_buffer_holds_nothing),
        cmocka_unit_test(bytes_are_added_at_the_end),
        cmocka_unit_test(it_grows_past_its_first_capacity_and_keeps_its_bytes),
        cmocka_unit_test(room_is_made_without_changing_the_size),
        cmocka_unit_test(a_cleared_buffer_keeps_its_memory_and_a_done_one_is_usable),
        cmocka_unit_test(numbers_are_decimal),
        cmocka_unit_test(json_texts_are_escaped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
