/* test_timers.c - the heap of timers */
#include "test.h"

#include "callsvc/timers.h"

#include <stdlib.h>

enum { MANY = 5000 };

static void entries_are_taken_in_order_of_time(void **context)
{
    AUTO(timers_freep) struct timers *timers = timers_new();
    int64_t before = INT64_MIN;
    int64_t call;

    (void)context;
    srandom(1);
    for (int i = 0; i < MANY; i++) {
        int64_t due = random() % 1000;

        timers_add(timers, due, due);
    }
    for (int i = 0; i < MANY; i++) {
        assert_true(timers_take(timers, 1000, &call));
        assert_true(call >= before);
        before = call;
    }
    assert_int_equal(timers_count(timers), 0);
}

static void what_is_not_due_stays(void **context)
{
    AUTO(timers_freep) struct timers *timers = timers_new();
    int64_t call;

    (void)context;
    assert_int_equal(timers_next(timers), INT64_MAX);
    timers_add(timers, 20, 2);
    timers_add(timers, 10, 1);
    assert_int_equal(timers_next(timers), 10);
    assert_false(timers_take(timers, 9, &call));
    assert_true(timers_take(timers, 10, &call));
    assert_int_equal(call, 1);
    assert_false(timers_take(timers, 19, &call));
    assert_int_equal(timers_count(timers), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_taken_in_order_of_time),
        cmocka_unit_test(what_is_not_due_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
