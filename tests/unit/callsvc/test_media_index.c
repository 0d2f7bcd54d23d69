/* test_media_index.c - which calls are listed, in which order, as they come and go */
#include "test.h"

#include "callsvc/media_index.h"

#include <stdio.h>

enum { MANY = 1000 };

static struct call_record on_node(int64_t id)
{
    return (struct call_record){ .id = id, .node = "http://n1", .robot = ROBOT_NONE };
}

static struct call_record with_robot(int64_t id, const char *replica)
{
    struct call_record record = { .id = id, .robot = ROBOT_JOINING };

    (void)snprintf(record.robot_replica, sizeof record.robot_replica, "%s", replica);
    return record;
}

static void note(struct media_index *index, struct call_record record)
{
    media_index_note(index, &record);
}

static void note_closed(struct media_index *index, int64_t id)
{
    note(index, (struct call_record){ .id = id, .node = "http://n1", .closed_at = 1 });
}

/* The ids that are listed after `after` are `count` from `first` on, `step` apart. */
static void assert_listed(struct media_index *index, int64_t after, int64_t first, int64_t step,
                          size_t count)
{
    struct media_entry *entry = media_index_first(index, after);

    for (size_t i = 0; i < count; i++) {
        assert_non_null(entry);
        assert_int_equal(entry->call, first + (int64_t)i * step);
        entry = media_index_next(index, entry);
    }
    assert_null(entry);
}

static void calls_are_listed_in_order_of_ids(void **context)
{
    AUTO(media_index_freep) struct media_index *index = media_index_new();

    (void)context;
    assert_listed(index, 0, 0, 0, 0);
    for (int64_t i = 0; i < MANY; i++)
        note(index, on_node(i * 7 % MANY + 1));
    assert_int_equal(media_index_count(index), MANY);
    assert_listed(index, 0, 1, 1, MANY);
    assert_listed(index, 500, 501, 1, 500);
    assert_listed(index, MANY, 0, 0, 0);
    assert_listed(index, INT64_MAX, 0, 0, 0);
}

static void closed_calls_leave_and_may_not_have_been_there(void **context)
{
    AUTO(media_index_freep) struct media_index *index = media_index_new();

    (void)context;
    note_closed(index, 5);
    assert_int_equal(media_index_count(index), 0);
    for (int64_t i = 1; i <= MANY; i++)
        note(index, on_node(i));
    for (int64_t i = 1; i <= MANY; i += 2)
        note_closed(index, i);
    assert_int_equal(media_index_count(index), MANY / 2);
    assert_listed(index, 0, 2, 2, MANY / 2);
    for (int64_t i = 2; i <= MANY; i += 2)
        note_closed(index, i);
    assert_listed(index, 0, 0, 0, 0);
    note(index, on_node(3));
    assert_listed(index, 0, 3, 1, 1);
}

static void a_robot_that_is_done_leaves_the_node(void **context)
{
    AUTO(media_index_freep) struct media_index *index = media_index_new();
    struct call_record record = with_robot(1, "a");
    const struct media_entry *entry;

    (void)context;
    note(index, record);
    entry = media_index_first(index, 0);
    assert_true(entry->has_robot && !entry->has_node);
    (void)snprintf(record.node, sizeof record.node, "http://n1");
    record.robot = ROBOT_DONE;
    note(index, record);
    assert_true(!entry->has_robot && entry->has_node);
    assert_int_equal(media_index_count(index), 1);
}

static void an_offer_ends_when_another_replica_takes_the_robot(void **context)
{
    AUTO(media_index_freep) struct media_index *index = media_index_new();
    struct media_entry *entry;

    (void)context;
    note(index, with_robot(1, "a"));
    entry = media_index_first(index, 0);
    entry->offered_until_ms = 5000;
    note(index, with_robot(1, "a"));
    assert_int_equal(entry->offered_until_ms, 5000);
    note(index, with_robot(1, "b"));
    assert_string_equal(entry->replica, "b");
    assert_int_equal(entry->offered_until_ms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_are_listed_in_order_of_ids),
        cmocka_unit_test(closed_calls_leave_and_may_not_have_been_there),
        cmocka_unit_test(a_robot_that_is_done_leaves_the_node),
        cmocka_unit_test(an_offer_ends_when_another_replica_takes_the_robot),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
