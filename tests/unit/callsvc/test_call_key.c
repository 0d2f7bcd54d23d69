/* test_call_key.c - the numbers by which calls are found */
#include "test.h"

#include "callsvc/call_key.h"

static void keys_depend_on_secret_kind_and_both_texts(void **context)
{
    const struct call_key_secret secret = {
        {1, 2}
    };
    const struct call_key_secret other = {
        {1, 3}
    };
    int64_t key = call_key(&secret, KEY_PAIR, "ab", "c");

    (void)context;
    assert_int_equal(key, call_key(&secret, KEY_PAIR, "ab", "c"));
    assert_int_not_equal(key, call_key(&secret, KEY_PAIR, "a", "bc"));
    assert_int_not_equal(key, call_key(&secret, KEY_CALLER, "ab", "c"));
    assert_int_not_equal(key, call_key(&other, KEY_PAIR, "ab", "c"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_depend_on_secret_kind_and_both_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
