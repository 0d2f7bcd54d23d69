/* test_answer.c - the envelope, and the rows and entries that stand in it */
#include "test.h"

#include "gateway/answer.h"
#include "gateway/api.h"

#include <string.h>

static void assert_text(struct buffer *out, const char *expected)
{
    assert_int_equal(out->size, strlen(expected));
    assert_memory_equal(out->data, expected, out->size);
    buffer_done(out);
}

static void a_failure_says_code_message_and_request(void **state)
{
    struct buffer out = { 0 };

    (void)state;
    answer_failure(&out, ERROR_CALL_NOT_FOUND, NULL, "abc");
    assert_text(&out, "{\"success\":false,\"error\":{\"code\":\"call_not_found\",\"message\":"
                      "\"there is no call with this channel\"},\"request_id\":\"abc\"}");
}

static void a_refused_field_is_named(void **state)
{
    const struct fault fault = { "uid", "is missing" };
    struct buffer out = { 0 };

    (void)state;
    answer_failure(&out, ERROR_BAD_FIELD, &fault, "abc");
    assert_text(&out, "{\"success\":false,\"error\":{\"code\":\"bad_field\",\"message\":"
                      "\"uid is missing\",\"field\":\"uid\"},\"request_id\":\"abc\"}");
}

static void a_refused_body_is_described(void **state)
{
    const struct fault fault = { NULL, "it is not JSON" };
    struct buffer out = { 0 };

    (void)state;
    answer_failure(&out, ERROR_BAD_BODY, &fault, "abc");
    assert_text(&out, "{\"success\":false,\"error\":{\"code\":\"bad_body\",\"message\":"
                      "\"the body cannot be read: it is not JSON\"},\"request_id\":\"abc\"}");
}

static void an_error_nobody_knows_is_internal(void **state)
{
    struct buffer out = { 0 };

    (void)state;
    answer_failure(&out, (enum error)4711, NULL, "abc");
    assert_non_null(memmem(out.data, out.size, "\"internal\"", strlen("\"internal\"")));
    buffer_done(&out);
}

static void an_entry_begins_as_the_contract_shows(void **state)
{
    const struct entry entry = { .appID = "303156d224e44881a00af9cabc9e10d8",
                                 .channel = "ch_4aY875LP4o",
                                 .uid = "1234",
                                 .token = "006x" };
    static const char expected[] = "{\"success\":true,\"data\":{\"appID\":"
                                   "\"303156d224e44881a00af9cabc9e10d8\",\"channel\":"
                                   "\"ch_4aY875LP4o\",\"uid\":\"1234\",\"token\":\"006x\",";
    struct buffer out = { 0 };

    (void)state;
    answer_begin(&out);
    message_to_json(entry_message(), &entry, &out);
    answer_end(&out);
    assert_memory_equal(out.data, expected, sizeof expected - 1);
    assert_memory_equal(out.data + out.size - 2, "}}", 2);
    buffer_done(&out);
}

static void a_row_begins_as_the_contract_shows(void **state)
{
    const struct msg_row row = { .id = 16,
                                 .uid = "4321",
                                 .channel = "ch_iX48Sle954",
                                 ._status_label = "初始化",
                                 .createtime = "2020-01-10 00:19:40",
                                 .pk = 16 };
    static const char expected[] =
        "{\"id\":16,\"uid\":4321,\"channel\":\"ch_iX48Sle954\",\"status\":0,\"_status_label\":"
        "\"初始化\",\"createtime\":\"2020-01-10 00:19:40\",\"pk\":16,";
    struct buffer out = { 0 };

    (void)state;
    message_to_json(msg_row_message(), &row, &out);
    assert_memory_equal(out.data, expected, sizeof expected - 1);
    buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_says_code_message_and_request),
        cmocka_unit_test(a_refused_field_is_named),
        cmocka_unit_test(a_refused_body_is_described),
        cmocka_unit_test(an_error_nobody_knows_is_internal),
        cmocka_unit_test(an_entry_begins_as_the_contract_shows),
        cmocka_unit_test(a_row_begins_as_the_contract_shows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
