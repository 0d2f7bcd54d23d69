/* test_recent.c - index entries in memory */
#include "test.h"

#include "callsvc/recent.h"

#include <stdlib.h>

enum { MANY = 5000 };

static unsigned count_calls(const struct recent *recent, int64_t key)
{
    size_t cursor = SIZE_MAX;
    unsigned count = 0;
    int64_t call;

    while (recent_next(recent, key, &cursor, &call))
        count++;
    return count;
}

static void the_newest_entry_of_a_key_comes_first(void **context)
{
    AUTO(recent_freep) struct recent *recent = recent_new();
    size_t cursor = SIZE_MAX;
    int64_t call;

    (void)context;
    recent_add(recent, 5, 1);
    recent_add(recent, 6, 2);
    recent_add(recent, 5, 3);
    assert_true(recent_next(recent, 5, &cursor, &call));
    assert_int_equal(call, 3);
    assert_true(recent_next(recent, 5, &cursor, &call));
    assert_int_equal(call, 1);
    assert_false(recent_next(recent, 5, &cursor, &call));
}

static void entries_that_were_not_kept_are_taken_back(void **context)
{
    AUTO(recent_freep) struct recent *recent = recent_new();

    (void)context;
    recent_add(recent, 5, 1);
    recent_keep(recent);
    recent_add(recent, 5, 2);
    recent_add(recent, -9, 2);
    recent_take_back(recent);
    assert_int_equal(recent_count(recent), 1);
    assert_int_equal(count_calls(recent, 5), 1);
    assert_int_equal(count_calls(recent, -9), 0);
}

static void buckets_follow_each_other_in_order_of_keys(void **context)
{
    AUTO(recent_freep) struct recent *recent = recent_new();
    int64_t before = INT64_MIN;
    size_t seen = 0;

    (void)context;
    srandom(2);
    for (int64_t i = 0; i < MANY; i++)
        recent_add(recent, (int64_t)((uint64_t)random() << 33 ^ (uint64_t)random()), i);
    for (size_t bucket = 0; bucket < RECENT_BUCKETS; bucket++) {
        size_t count;
        const struct recent_entry *entries = recent_sort_bucket(recent, bucket, &count);

        for (size_t i = 0; i < count; i++, seen++) {
            assert_true(entries[i].key >= before);
            before = entries[i].key;
        }
    }
    assert_int_equal(seen, MANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_entry_of_a_key_comes_first),
        cmocka_unit_test(entries_that_were_not_kept_are_taken_back),
        cmocka_unit_test(buckets_follow_each_other_in_order_of_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
