/* test_ringing.c - who rings whom, in memory */
#include "test.h"

#include "callsvc/ringing.h"

enum { MANY = 5000 };

static void a_ringing_pair_is_found_until_it_is_forgotten(void **context)
{
    AUTO(ringing_freep) struct ringing *ringing = ringing_new();

    (void)context;
    assert_int_equal(ringing_find(ringing, 7), 0);
    ringing_note(ringing, 7, 70);
    assert_int_equal(ringing_find(ringing, 7), 70);
    ringing_note(ringing, 7, 71);
    ringing_forget(ringing, 7, 70);
    assert_int_equal(ringing_find(ringing, 7), 71);
    ringing_forget(ringing, 7, 71);
    assert_int_equal(ringing_find(ringing, 7), 0);
    assert_int_equal(ringing_count(ringing), 0);
}

/* Keys with the same low bits stand beside each other: forgetting one must not hide the others. */
static void pairs_that_collide_are_kept_apart(void **context)
{
    AUTO(ringing_freep) struct ringing *ringing = ringing_new();

    (void)context;
    for (int64_t i = 1; i <= MANY; i++)
        ringing_note(ringing, i % 16 + i * 65536, i);
    for (int64_t i = 2; i <= MANY; i += 2)
        ringing_forget(ringing, i % 16 + i * 65536, i);
    for (int64_t i = 1; i <= MANY; i++)
        assert_int_equal(ringing_find(ringing, i % 16 + i * 65536), i % 2 ? i : 0);
    assert_int_equal(ringing_count(ringing), MANY / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ringing_pair_is_found_until_it_is_forgotten),
        cmocka_unit_test(pairs_that_collide_are_kept_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
