/* test_idempotency_key.c - which keys are taken */
#include "test.h"

#include "gateway/idempotency_key.h"

#include <string.h>

static const char *problem_of(const char *text, size_t size)
{
    return idempotency_key_problem((struct bytes){ text, size });
}

static void visible_ascii_is_taken(void **state)
{
    char longest[IDEMPOTENCY_KEY_MOST];

    (void)state;
    memset(longest, '~', sizeof longest);
    assert_null(problem_of("a", 1));
    assert_null(problem_of("\"8e03978e-40d5-43e8-bc93-6894a57f9324\"", 38));
    assert_null(problem_of("!~", 2));
    assert_null(problem_of(longest, sizeof longest));
}

static void everything_else_is_refused(void **state)
{
    char too_long[IDEMPOTENCY_KEY_MOST + 1];

    (void)state;
    memset(too_long, 'a', sizeof too_long);
    assert_string_equal(problem_of("", 0), "is empty");
    assert_string_equal(problem_of(too_long, sizeof too_long), "is too long");
    assert_non_null(problem_of("a b", 3));
    assert_non_null(problem_of("a\0b", 3));
    assert_non_null(problem_of("a\x7f", 2));
    assert_non_null(problem_of("\xe4\xb8\xad", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(visible_ascii_is_taken),
        cmocka_unit_test(everything_else_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
