/* test_text.c - the small texts that all services agree on */
#include "test.h"

#include "common/text.h"

#include <ctype.h>
#include <string.h>

#define UTF8(literal) text_is_utf8(literal, sizeof(literal) - 1)

static void only_the_documented_characters_are_agoras(void **state)
{
    static const char documented[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        " !#$%&()+-:;<=.>?@[]^_{}|~,";
    (void)state;

    for (int c = 0; c < 256; c++) {
        char text = (char)c;

        assert_int_equal(text_is_agora(&text, 1), c != 0 && strchr(documented, c) != NULL);
    }
    assert_true(text_is_agora(documented, sizeof documented - 1));
    assert_false(text_is_agora("good\"", 5));
}

static void well_formed_utf8_is_known(void **state)
{
    (void)state;
    assert_true(UTF8(""));
    assert_true(UTF8("plain\0and nul"));
    assert_true(UTF8("\xc2\x80 \xdf\xbf"));
    assert_true(UTF8("\xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf"));
    assert_true(UTF8("\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf"));
    assert_true(UTF8("响铃中"));
}

static void malformed_utf8_is_refused(void **state)
{
    (void)state;
    assert_false(UTF8("\x80"));             /* begins in the middle */
    assert_false(UTF8("\xc0\xaf"));         /* overlong */
    assert_false(UTF8("\xc1\xbf"));         /* overlong */
    assert_false(UTF8("\xe0\x9f\xbf"));     /* overlong */
    assert_false(UTF8("\xf0\x8f\xbf\xbf")); /* overlong */
    assert_false(UTF8("\xed\xa0\x80"));     /* surrogate */
    assert_false(UTF8("\xf4\x90\x80\x80")); /* beyond U+10FFFF */
    assert_false(UTF8("\xf5\x80\x80\x80"));
    assert_false(UTF8("\xff"));
    assert_false(UTF8("\xe2\x82"));     /* cut off */
    assert_false(UTF8("\xe2\x82 "));    /* interrupted */
    assert_false(UTF8("\xf0\x9f\x98")); /* cut off */
}

static void integer_uids_are_canonical_decimals_of_32_bits(void **state)
{
    (void)state;
    assert_true(text_is_integer_uid("1"));
    assert_true(text_is_integer_uid("1002"));
    assert_true(text_is_integer_uid("4294967295"));
    assert_false(text_is_integer_uid("4294967296"));
    assert_false(text_is_integer_uid("42949672950000000000000000"));
    assert_false(text_is_integer_uid(""));
    assert_false(text_is_integer_uid("0"));
    assert_false(text_is_integer_uid("01"));
    assert_false(text_is_integer_uid("-1"));
    assert_false(text_is_integer_uid("+1"));
    assert_false(text_is_integer_uid(" 1"));
    assert_false(text_is_integer_uid("1 "));
    assert_false(text_is_integer_uid("1e3"));
}

static void assert_number(const char *text, int64_t expected)
{
    int64_t number = 77;

    assert_true(text_to_int64(text, strlen(text), &number));
    assert_true(number == expected);
}

static void assert_no_number(const char *text)
{
    int64_t number = 77;

    assert_false(text_to_int64(text, strlen(text), &number));
    assert_int_equal(number, 77);
}

static void decimal_numbers_are_read_whole(void **state)
{
    (void)state;
    assert_number("0", 0);
    assert_number("-1", -1);
    assert_number("60", 60);
    assert_number("9223372036854775807", INT64_MAX);
    assert_number("-9223372036854775808", INT64_MIN);
    assert_no_number("");
    assert_no_number("-");
    assert_no_number("--1");
    assert_no_number("+1");
    assert_no_number("1.5");
    assert_no_number("1 ");
    assert_no_number("0x10");
    assert_no_number("9223372036854775808");
    assert_no_number("-9223372036854775809");
    assert_no_number("99999999999999999999");
}

static void assert_time(int64_t ms, const char *expected)
{
    char text[TIME_TEXT_MOST];

    text_from_time(ms, text);
    assert_string_equal(text, expected);
}

static void assert_reads(const char *text, int64_t expected)
{
    int64_t ms = -1;

    assert_true(text_to_time(text, strlen(text), &ms));
    assert_int_equal(ms, expected);
}

static void assert_no_time(const char *text)
{
    int64_t ms = 7;

    assert_false(text_to_time(text, strlen(text), &ms));
    assert_int_equal(ms, 7);
}

static void times_are_read_as_rfc_3339(void **state)
{
    (void)state;
    assert_reads("1970-01-01T00:00:00Z", 0);
    assert_reads("2026-01-02T03:04:05.678Z", 1767323045678);
    assert_reads("2026-01-02t03:04:05.6789999z", 1767323045678);
    assert_reads("2026-01-02T03:04:05.6Z", 1767323045600);
    assert_reads("2026-01-02T11:04:05.678+08:00", 1767323045678);
    assert_reads("2026-01-01T22:34:05.678-04:30", 1767323045678);
    assert_reads("2000-02-29T00:00:00.000Z", 951782400000);
    assert_reads("2024-12-31T23:59:60Z", 1735689599000);
    assert_reads("9999-12-31T23:59:59.999Z", 253402300799999);
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    assert_no_time("");
    assert_no_time("1767323045678");
    assert_no_time("2026-01-02");
    assert_no_time("2026-01-02 03:04:05Z");
    assert_no_time("2026-01-02T03:04:05");
    assert_no_time("2026-01-02T03:04:05.Z");
    assert_no_time("2026-01-02T03:04:05ZZ");
    assert_no_time("2026-13-02T03:04:05Z");
    assert_no_time("2026-00-02T03:04:05Z");
    assert_no_time("2025-02-29T03:04:05Z");
    assert_no_time("2100-02-29T03:04:05Z");
    assert_no_time("2026-01-02T24:00:00Z");
    assert_no_time("2026-01-02T03:04:61Z");
    assert_no_time("2026-01-02T03:04:05+24:00");
    assert_no_time("1969-12-31T23:59:59Z");
    assert_no_time("+2026-01-02T03:04:05Z");
}

static void every_day_is_read_as_it_is_written(void **state)
{
    char text[TIME_TEXT_MOST];

    (void)state;
    for (int64_t ms = 0; ms < INT64_C(253402300800000); ms += 86400000 - 1) {
        int64_t got = -1;

        text_from_time(ms, text);
        assert_true(text_to_time(text, strlen(text), &got));
        assert_int_equal(got, ms);
    }
}

static void times_are_written_as_rfc_3339(void **state)
{
    (void)state;
    assert_time(0, "1970-01-01T00:00:00.000Z");
    assert_time(-1, "1969-12-31T23:59:59.999Z");
    assert_time(1767323045678, "2026-01-02T03:04:05.678Z");
    assert_time(951782400000, "2000-02-29T00:00:00.000Z");
    assert_time(1709251199999, "2024-02-29T23:59:59.999Z");
    assert_time(4107542400000, "2100-03-01T00:00:00.000Z");
    assert_time(1735689599000, "2024-12-31T23:59:59.000Z");
    assert_time(INT64_MAX, "9999-12-31T23:59:59.999Z");
    assert_time(INT64_MIN, "0000-01-01T00:00:00.000Z");
}

static void secrets_are_compared_by_all_their_bytes(void **state)
{
    (void)state;
    assert_true(text_equal_secret("secret", "secret", 6));
    assert_true(text_equal_secret("a", "b", 0));
    assert_false(text_equal_secret("secret", "Secret", 6));
    assert_false(text_equal_secret("secret", "secreT", 6));
}

static void random_texts_are_of_letters_and_digits_and_differ(void **state)
{
    char first[41], second[41];
    (void)state;

    random_text(first, 40);
    random_text(second, 40);
    assert_int_equal(strlen(first), 40);
    for (size_t i = 0; i < 40; i++)
        assert_true(isalnum((unsigned char)first[i]));
    assert_string_not_equal(first, second);
}

static void random_texts_use_the_whole_alphabet(void **state)
{
    char text[5001];
    bool is_seen[256] = { 0 };
    int different = 0;
    (void)state;

    random_text(text, 5000);
    for (const char *at = text; *at; at++)
        is_seen[(unsigned char)*at] = true;
    for (size_t i = 0; i < 256; i++)
        different += is_seen[i];
    assert_int_equal(different, 62);
}

static void large_random_bytes_do_not_come_from_the_pool(void **state)
{
    unsigned char first[5000] = { 0 }, second[5000] = { 0 };
    (void)state;

    random_bytes(first, sizeof first);
    random_bytes(second, sizeof second);
    assert_memory_not_equal(first, second, sizeof first);
    random_bytes(first, 0);
}

static void uuids_are_of_version_4(void **state)
{
    char uuid[CALL_ID_LENGTH + 1];
    (void)state;

    for (int i = 0; i < 100; i++) {
        random_uuid(uuid);
        assert_int_equal(strlen(uuid), CALL_ID_LENGTH);
        assert_int_equal(strspn(uuid, "0123456789abcdef-"), CALL_ID_LENGTH);
        assert_int_equal(uuid[8] + uuid[13] + uuid[18] + uuid[23], 4 * '-');
        assert_int_equal(uuid[14], '4');
        assert_non_null(strchr("89ab", uuid[19]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_documented_characters_are_agoras),
        cmocka_unit_test(well_formed_utf8_is_known),
        cmocka_unit_test(malformed_utf8_is_refused),
        cmocka_unit_test(integer_uids_are_canonical_decimals_of_32_bits),
        cmocka_unit_test(decimal_numbers_are_read_whole),
        cmocka_unit_test(times_are_written_as_rfc_3339),
        cmocka_unit_test(times_are_read_as_rfc_3339),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(every_day_is_read_as_it_is_written),
        cmocka_unit_test(secrets_are_compared_by_all_their_bytes),
        cmocka_unit_test(random_texts_are_of_letters_and_digits_and_differ),
        cmocka_unit_test(random_texts_use_the_whole_alphabet),
        cmocka_unit_test(large_random_bytes_do_not_come_from_the_pool),
        cmocka_unit_test(uuids_are_of_version_4),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
