/* test_message_json_plain.c - plain JSON objects are read as jansson reads them; what is less plain
 * is left to it */
#include "test.h"

#include "common/message.h"
#include "common/text.h"

#define MESSAGE_FILE "tests/unit/common/sample.def"
#include "common/message_structs.h"
#define MESSAGE_FILE "tests/unit/common/sample.def"
#include "common/message_tables.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int read_plain(const char *text, struct sample *ret, struct fault *fault)
{
    struct draft draft;

    draft_begin(&draft, sample_message(), ret);
    return draft_add_plain_json(&draft, (struct bytes){ text, strlen(text) }, fault);
}

static void assert_left(const char *text)
{
    struct sample sample;
    struct fault fault;

    assert_int_equal(read_plain(text, &sample, &fault), -ENOTSUP);
}

static void texts_and_whole_numbers_are_read(void **state)
{
    struct sample sample;
    struct fault fault;

    (void)state;
    assert_int_equal(read_plain(" {\t\"name\" : \"ab\" ,\r\n\"uid\":4321,\"count\":0,\"id\":"
                                "999999999999999999} ",
                                &sample, &fault),
                     0);
    assert_string_equal(sample.name, "ab");
    assert_string_equal(sample.uid, "4321");
    assert_int_equal(sample.count, 0);
    assert_int_equal(sample.id, 999999999999999999);
    assert_int_equal(read_plain("{}", &sample, &fault), 0);
}

static void times_are_read_as_rfc_3339_alone(void **state)
{
    struct sample sample;
    struct fault fault;

    (void)state;
    assert_int_equal(read_plain("{\"at\":\"2026-01-02T03:04:05.678Z\"}", &sample, &fault), 0);
    assert_int_equal(sample.at, 1767323045678);
    assert_int_equal(read_plain("{\"at\":1767323045678}", &sample, &fault), -EINVAL);
    assert_string_equal(fault.field, "at");
}

static void numbers_that_are_too_large_are_refused_by_name(void **state)
{
    struct sample sample;
    struct fault fault;

    (void)state;
    assert_int_equal(read_plain("{\"id\":9223372036854775807}", &sample, &fault), 0);
    assert_int_equal(sample.id, INT64_MAX);
    assert_int_equal(read_plain("{\"id\":9223372036854775808}", &sample, &fault), -EINVAL);
    assert_string_equal(fault.field, "id");
    assert_int_equal(read_plain("{\"uid\":99999999999999999999}", &sample, &fault), -EINVAL);
    assert_string_equal(fault.field, "uid");
    assert_int_equal(read_plain("{\"x\":99999999999999999999}", &sample, &fault), 0);
}

static void unknown_members_are_passed_over(void **state)
{
    struct sample sample;
    struct fault fault;

    (void)state;
    assert_int_equal(read_plain("{\"x\":\"/\",\"\":1,\"name\":\"ab\"}", &sample, &fault), 0);
    assert_string_equal(sample.name, "ab");
}

static void wrong_values_are_refused_by_name(void **state)
{
    struct sample sample;
    struct fault fault;

    (void)state;
    assert_int_equal(read_plain("{\"name\":\"a\"}", &sample, &fault), -EINVAL);
    assert_string_equal(fault.field, "name");
    assert_int_equal(read_plain("{\"at\":5}", &sample, &fault), -EINVAL);
    assert_string_equal(fault.field, "at");
    assert_int_equal(read_plain("{\"count\":\"5\"}", &sample, &fault), -EINVAL);
    assert_string_equal(fault.field, "count");
}

static void other_values_are_left_to_the_parser(void **state)
{
    static const char *const values[] = {
        "-1",    "1.5",      "1e3",    "01", "true", "null", "[]",  "{}",  "\"a\\u0062\"",
        "\"\"x", "\"\xc3\"", "\"\t\"", "+1", "",     "'a'",  "1 2", "0x1", "\"a\"\""
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        char text[64];

        snprintf(text, sizeof text, "{\"name\":%s}", values[i]);
        assert_left(text);
    }
}

static void whatever_is_no_object_is_left_to_the_parser(void **state)
{
    static const char *const texts[] = { "",
                                         " ",
                                         "{",
                                         "[]",
                                         "{} {}",
                                         "{\"name\"}",
                                         "{\"name\":\"ab\"",
                                         "{\"name\":\"ab\",}",
                                         "{\"name\":\"ab",
                                         "{,}",
                                         "{\"name\":\"ab\" \"uid\":\"1\"}",
                                         "{name:\"ab\"}",
                                         "\"name\"" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        assert_left(texts[i]);
}

static void doubles_and_many_members_are_left_to_the_parser(void **state)
{
    (void)state;
    assert_left("{\"name\":\"ab\",\"name\":\"ab\"}");
    assert_left("{\"x\":1,\"x\":2}");
    assert_left("{\"1\":1,\"2\":2,\"3\":3,\"4\":4,\"5\":5,\"6\":6,\"7\":7,\"8\":8,\"9\":9}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_and_whole_numbers_are_read),
        cmocka_unit_test(times_are_read_as_rfc_3339_alone),
        cmocka_unit_test(numbers_that_are_too_large_are_refused_by_name),
        cmocka_unit_test(unknown_members_are_passed_over),
        cmocka_unit_test(wrong_values_are_refused_by_name),
        cmocka_unit_test(other_values_are_left_to_the_parser),
        cmocka_unit_test(whatever_is_no_object_is_left_to_the_parser),
        cmocka_unit_test(doubles_and_many_members_are_left_to_the_parser),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
