/* test_event_shards.c - numbers by shard, beside a plain array */
#include "test.h"

#include "common/event_shards.h"
#include "common/memory.h"

#include <stdlib.h>

enum { SHARDS = 4096, STEPS = 200000 };

static void what_was_put_is_found_until_it_is_dropped(void **context)
{
    AUTO(event_shards_done) struct event_shards shards = { 0 };

    (void)context;
    assert_null(event_shards_find(&shards, 7));
    assert_false(event_shards_drop(&shards, 7));
    event_shards_put(&shards, 7, 1);
    event_shards_put(&shards, 0, 2);
    event_shards_put(&shards, 7, 3);
    assert_int_equal(shards.count, 2);
    assert_int_equal(*event_shards_find(&shards, 7), 3);
    assert_int_equal(*event_shards_find(&shards, 0), 2);
    assert_true(event_shards_drop(&shards, 7));
    assert_null(event_shards_find(&shards, 7));
    assert_int_equal(*event_shards_find(&shards, 0), 2);
}

static void none_is_lost_where_many_want_the_same_place(void **context)
{
    AUTO(event_shards_done) struct event_shards shards = { 0 };

    (void)context;
    for (unsigned i = 0; i < 7; i++)
        event_shards_put(&shards, 15 + i * 1024, i);
    for (unsigned i = 0; i < 7; i += 2)
        assert_true(event_shards_drop(&shards, 15 + i * 1024));
    for (unsigned i = 1; i < 7; i += 2)
        assert_int_equal(*event_shards_find(&shards, 15 + i * 1024), i);
    assert_int_equal(shards.count, 3);
}

static void assert_lists(const struct event_shards *shards, const uint32_t *numbers, size_t count)
{
    AUTO(free_memory) unsigned *list = event_shards_list(shards);

    assert_int_equal(shards->count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_not_equal(numbers[list[i]], 0);
}

/* Numbers are never 0 here: that says that there is none. */
static void it_does_as_an_array_does(void **context)
{
    AUTO(event_shards_done) struct event_shards shards = { 0 };
    static uint32_t numbers[SHARDS];
    size_t count = 0;

    (void)context;
    srandom(1);
    for (uint32_t step = 1; step <= STEPS; step++) {
        unsigned shard = (unsigned)random() % SHARDS;
        const uint32_t *found = event_shards_find(&shards, shard);

        assert_int_equal(found ? *found : 0, numbers[shard]);
        /* Now more come, now more go. */
        if (random() % 16 < (step / 20000 % 2 ? 5 : 11)) {
            event_shards_put(&shards, shard, step);
            count += numbers[shard] == 0;
            numbers[shard] = step;
        } else {
            assert_int_equal(event_shards_drop(&shards, shard), numbers[shard] != 0);
            count -= numbers[shard] != 0;
            numbers[shard] = 0;
        }
        if (step % 1000 == 0)
            assert_lists(&shards, numbers, count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_found_until_it_is_dropped),
        cmocka_unit_test(none_is_lost_where_many_want_the_same_place),
        cmocka_unit_test(it_does_as_an_array_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
