/* test_header_value.c - what values of request headers say, however they are written */
#include "test.h"

#include "gateway/header_value.h"

#include <string.h>

static struct bytes header(const char *text)
{
    return (struct bytes){ text, text ? strlen(text) : 0 };
}

static void a_type_is_known_whatever_its_parameters(void **state)
{
    (void)state;
    assert_true(header_is_type(header("application/sdp"), "application/sdp"));
    assert_true(header_is_type(header(" Application/SDP ; charset=utf-8"), "application/sdp"));
    assert_false(header_is_type(header("application/sdpx"), "application/sdp"));
    assert_false(header_is_type(header("application/sdp, text/plain"), "application/sdp"));
    assert_false(header_is_type(header(""), "application/sdp"));
    assert_false(header_is_type(header(NULL), "application/sdp"));
}

static bool accepts(const char *accept)
{
    return header_accepts(header(accept), "application/sdp");
}

static void ranges_that_hold_the_type_are_accepted(void **state)
{
    (void)state;
    assert_true(accepts(NULL));
    assert_true(accepts(""));
    assert_true(accepts("application/sdp"));
    assert_true(accepts("text/html, APPLICATION/*;q=0.1"));
    assert_true(accepts("*/*"));
    assert_true(accepts("application/sdp;level=1;q=0.001"));
    assert_true(accepts("*/*;q=0, application/sdp"));
}

static void other_ranges_and_unwanted_ones_are_not(void **state)
{
    (void)state;
    assert_false(accepts("application/json"));
    assert_false(accepts("text/*"));
    assert_false(accepts("application/s*"));
    assert_false(accepts("application/sdp;q=0"));
    assert_false(accepts("application/sdp; Q = 0.000 , */*"));
    assert_false(accepts("application/*;q=0.0, */*"));
    assert_false(accepts(",;,"));
}

static void assert_bearer(const char *authorization, const char *token)
{
    struct bytes found;

    assert_true(header_bearer(header(authorization), &found));
    assert_int_equal(found.size, strlen(token));
    assert_memory_equal(found.data, token, found.size);
}

static void the_scheme_is_found_in_any_case(void **state)
{
    (void)state;
    assert_bearer("Bearer 006abc+/=", "006abc+/=");
    assert_bearer("bearer  a.b-c_d~e ", "a.b-c_d~e");
    assert_bearer("BEARER x", "x");
}

static void what_can_be_no_token_is_empty(void **state)
{
    (void)state;
    assert_bearer("Bearer a b", "");
    assert_bearer("Bearer \"a\"", "");
    assert_bearer("Bearer a,b", "");
    assert_bearer("Bearer \xc3\xa9", "");
}

static void other_schemes_are_none(void **state)
{
    static const char *const values[] = { "",           " ",         "Bearer", "Bearer ",
                                          "Basic YTpi", "Bearerx a", "006abc", NULL };
    struct bytes found;

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        assert_false(header_bearer(header(values[i]), &found));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_type_is_known_whatever_its_parameters),
        cmocka_unit_test(ranges_that_hold_the_type_are_accepted),
        cmocka_unit_test(other_ranges_and_unwanted_ones_are_not),
        cmocka_unit_test(the_scheme_is_found_in_any_case),
        cmocka_unit_test(what_can_be_no_token_is_empty),
        cmocka_unit_test(other_schemes_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
