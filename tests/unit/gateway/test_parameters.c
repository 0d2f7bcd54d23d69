/* test_parameters.c - every way of passing parameters, and every way of getting them wrong */
#include "test.h"

#include "gateway/api.h"
#include "gateway/parameters.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* One draft of a call_recieve_request, filled from `query` and then from `json`; NULL: without. */
static int read_both(const char *query, const char *json, struct call_recieve_request *ret,
                     struct fault *fault)
{
    struct draft draft;
    char text[256];
    int r = 0;

    draft_begin(&draft, call_recieve_request_message(), ret);
    if (query) {
        strcpy(text, query);
        r = parameters_add_urlencoded(&draft, text, strlen(query), fault);
    }
    if (r == 0 && json)
        r = parameters_add_json(&draft, (struct bytes){ json, strlen(json) }, fault);
    return r == 0 ? draft_finish(&draft, fault) : r;
}

static void assert_refused(const char *query, const char *json, const char *field,
                           const char *problem)
{
    struct call_recieve_request request;
    struct fault fault = { NULL, NULL };

    assert_int_not_equal(read_both(query, json, &request, &fault), 0);
    assert_string_equal(fault.problem, problem);
    if (field)
        assert_string_equal(fault.field, field);
    else
        assert_null(fault.field);
}

static void assert_read(const char *query, const char *json, const char *uid, const char *channel)
{
    struct call_recieve_request request;
    struct fault fault = { NULL, NULL };

    assert_int_equal(read_both(query, json, &request, &fault), 0);
    assert_string_equal(request.uid, uid);
    assert_string_equal(request.channel, channel);
}

static void parameters_may_stand_in_query_body_or_both(void **state)
{
    (void)state;
    assert_read("uid=4321&channel=ch_a", NULL, "4321", "ch_a");
    assert_read(NULL, "{\"uid\":\"4321\",\"channel\":\"ch_a\"}", "4321", "ch_a");
    assert_read("uid=4321", "{\"channel\":\"ch_a\"}", "4321", "ch_a");
    assert_read("&&uid=4321&&channel=ch_a&", NULL, "4321", "ch_a");
}

static void a_uid_may_be_a_whole_number(void **state)
{
    (void)state;
    assert_read(NULL, "{\"uid\":4321,\"channel\":\"ch_a\"}", "4321", "ch_a");
    assert_refused(NULL, "{\"uid\":1.5,\"channel\":\"c\"}", "uid",
                   "must be text or a whole number");
    assert_refused(NULL, "{\"uid\":0,\"channel\":\"c\"}", "uid", "must not be 0");
    assert_refused("uid=0&channel=c", NULL, "uid", "must not be 0");
}

static void unknown_fields_are_passed_over(void **state)
{
    (void)state;
    assert_read("uid=1&channel=c&version=3&version=4", NULL, "1", "c");
    assert_read(NULL, "{\"uid\":\"1\",\"more\":{\"a\":[1]},\"channel\":\"c\"}", "1", "c");
    assert_read(NULL, "{\"uid\":\"1\",\"more\":\"\\u0000\",\"channel\":\"c\"}", "1", "c");
}

static void percent_and_plus_are_decoded(void **state)
{
    (void)state;
    assert_read("%75id=a%2Bb+c&channel=ch%5fa", NULL, "a+b c", "ch_a");
    assert_read("uid=100%&channel=%zz", NULL, "100%", "%zz");
    assert_read("uid=100%4&channel=a%", NULL, "100%4", "a%");
}

static void a_field_given_twice_is_refused_by_name(void **state)
{
    (void)state;
    assert_refused("uid=1&uid=1&channel=c", NULL, "uid", "is given twice");
    assert_refused("uid=1&channel=c", "{\"uid\":\"1\"}", "uid", "is given twice");
    assert_refused(NULL, "{\"uid\":\"1\",\"channel\":\"c\",\"uid\":\"1\"}", "uid",
                   "is given twice");
    assert_refused(NULL, "{\"x\":1,\"x\":2}", NULL, "a JSON member is given twice");
}

static void what_is_missing_is_named(void **state)
{
    (void)state;
    assert_refused(NULL, NULL, "uid", "is missing");
    assert_refused("uid=1", NULL, "channel", "is missing");
    assert_refused("uid", NULL, "uid", "is too short");
    assert_refused(NULL, "{}", "uid", "is missing");
}

static void nul_bytes_are_refused_by_name(void **state)
{
    (void)state;
    assert_refused("uid=1%00&channel=c", NULL, "uid", "has a NUL byte");
    assert_refused(NULL, "{\"uid\":\"1\\u00002\"}", "uid", "has a NUL byte");
}

static void what_is_no_json_object_is_refused(void **state)
{
    (void)state;
    assert_refused(NULL, "{", NULL, "it is not JSON");
    assert_refused(NULL, "{} x", NULL, "it is not JSON");
    assert_refused(NULL, " ", NULL, "it is not JSON");
    assert_refused(NULL, "[]", NULL, "it is not a JSON object");
    assert_refused(NULL, "{\"uid\":\"\xff\"}", NULL, "it is not UTF-8");
    assert_refused(NULL, "{\"uid\":-123456789012345678901}", NULL, "a number is too large");
}

static int read_path(const char *path, struct whip_leave_request *ret, struct fault *fault)
{
    struct draft draft;
    int r;

    draft_begin(&draft, whip_leave_request_message(), ret);
    r = parameters_add_path(&draft, "/c/{channel}/s/{session}",
                            (struct bytes){ path, strlen(path) }, fault);
    return r == 0 ? draft_finish(&draft, fault) : r;
}

static void a_path_fills_in_its_placeholders(void **state)
{
    struct whip_leave_request request;
    struct fault fault;

    (void)state;
    assert_int_equal(read_path("/c/ch_a/s/0123456789abcdef", &request, &fault), 0);
    assert_string_equal(request.channel, "ch_a");
    assert_string_equal(request.session, "0123456789abcdef");
    assert_int_equal(read_path("/c/%63h+a/s/0123456789abcde%66", &request, &fault), 0);
    assert_string_equal(request.channel, "ch+a");
    assert_string_equal(request.session, "0123456789abcdef");
}

static void a_path_is_refused_by_the_name_of_its_placeholder(void **state)
{
    struct whip_leave_request request;
    struct fault fault;
    char path[4096];

    (void)state;
    assert_int_equal(read_path("/c/a%2Fb/s/0123456789abcdef", &request, &fault), -EINVAL);
    assert_string_equal(fault.field, "channel");
    assert_int_equal(read_path("/c/a/s/short", &request, &fault), -EINVAL);
    assert_string_equal(fault.field, "session");
    snprintf(path, sizeof path, "/c/%03000d/s/0123456789abcdef", 7);
    assert_int_equal(read_path(path, &request, &fault), -EINVAL);
    assert_string_equal(fault.problem, "is too long");
}

static void deep_nesting_is_refused(void **state)
{
    enum { DEPTH = 30000 };
    char *json = test_malloc(DEPTH);
    struct draft draft;
    struct call_recieve_request request;
    struct fault fault;

    (void)state;
    memset(json, '[', DEPTH);
    draft_begin(&draft, call_recieve_request_message(), &request);
    assert_int_not_equal(parameters_add_json(&draft, (struct bytes){ json, DEPTH }, &fault), 0);
    assert_string_equal(fault.problem, "its JSON is nested too deeply");
    test_free(json);
}

static void assert_form(const char *content_type, enum body_form form)
{
    assert_int_equal(body_form_read((struct bytes){ content_type, strlen(content_type) }), form);
}

static void content_types_are_known_with_their_parameters(void **state)
{
    (void)state;
    assert_form("application/json", BODY_JSON);
    assert_form("Application/JSON ; Charset=UTF-8", BODY_JSON);
    assert_form("application/json; charset=\"utf-8\"; x=1", BODY_JSON);
    assert_form("application/x-www-form-urlencoded;charset=utf-8", BODY_URLENCODED);
    assert_form("multipart/form-data; boundary=abc", BODY_MULTIPART);
}

static void other_content_types_and_charsets_are_unknown(void **state)
{
    (void)state;
    assert_form("", BODY_UNKNOWN);
    assert_form("text/plain", BODY_UNKNOWN);
    assert_form("application/jsonx", BODY_UNKNOWN);
    assert_form("application/json; charset=utf-16", BODY_UNKNOWN);
    assert_form(";", BODY_UNKNOWN);
    assert_int_equal(body_form_read((struct bytes){ "application/json\0", 17 }), BODY_UNKNOWN);
    assert_int_equal(body_form_read((struct bytes){ NULL, 0 }), BODY_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_may_stand_in_query_body_or_both),
        cmocka_unit_test(a_uid_may_be_a_whole_number),
        cmocka_unit_test(unknown_fields_are_passed_over),
        cmocka_unit_test(percent_and_plus_are_decoded),
        cmocka_unit_test(a_field_given_twice_is_refused_by_name),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(nul_bytes_are_refused_by_name),
        cmocka_unit_test(what_is_no_json_object_is_refused),
        cmocka_unit_test(a_path_fills_in_its_placeholders),
        cmocka_unit_test(a_path_is_refused_by_the_name_of_its_placeholder),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(content_types_are_known_with_their_parameters),
        cmocka_unit_test(other_content_types_and_charsets_are_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
