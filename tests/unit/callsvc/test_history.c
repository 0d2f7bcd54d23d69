/* test_history.c - past calls and past events of a uid, through the store */
#include "store_stage.h"

enum { STORY_MOST = 1024 };

static struct store *store;
static int64_t now;

/* What anna, bert and carl were told as it happened. */
static struct story {
    const char *uid;
    struct event events[STORY_MOST];
    struct call calls[STORY_MOST];
    size_t count;
} stories[] = { { .uid = "anna" }, { .uid = "bert" }, { .uid = "carl" } };

static int64_t steady_ms(void)
{
    return now;
}

static void open_store(size_t gathered_entries)
{
    const struct store_options options = {
        .url = STAGE_URL,
        .rules.most_call_ms = (int64_t)600 * SECOND,
        .now_ms = now,
        .keep_ms = (int64_t)86400 * SECOND,
        .gathered_entries = gathered_entries,
        .steady_ms = steady_ms,
    };

    store = stage_open(&options);
}

static int in_fresh_folder(void **context)
{
    (void)context;
    if (stage_enter_folder() < 0)
        return -1;
    now = NOW;
    for (size_t i = 0; i < COUNT_OF(stories); i++)
        stories[i].count = 0;
    open_store(0);
    return 0;
}

static int remove_folder(void **context)
{
    (void)context;
    store = store_free(store);
    return stage_leave_folder();
}

static void note(const struct operation *o, const struct operation_event *event)
{
    struct call call;

    call_record_to_call(&o->record, &call);
    for (size_t i = 0; i < COUNT_OF(stories); i++) {
        struct story *story = &stories[i];

        if (strcmp(story->uid, call.src_uid) != 0 && strcmp(story->uid, call.dst_uid) != 0)
            continue;
        assert_true(story->count < STORY_MOST);
        story->events[story->count] =
            (struct event){ .seq = event->seq, .type = event->type, .at = now };
        COPY_TEXT(story->events[story->count].to, story->uid);
        story->calls[story->count++] = call;
    }
}

static struct operation run(struct operation o)
{
    assert_int_equal(store_run(store, &o, 1, now), 0);
    assert_int_equal(o.error, ERROR_NONE);
    for (unsigned i = 0; i < o.event_count; i++)
        note(&o, &o.events[i]);
    return o;
}

static void call(const char *channel, const char *src_uid, const char *dst_uid)
{
    run(to_start(channel, src_uid, dst_uid));
}

static void ring(const char *channel, const char *uid)
{
    run(to_ring(channel, uid));
}

static void answer(const char *channel, const char *uid)
{
    run(to_answer(channel, uid));
}

static void decline(const char *channel, const char *uid)
{
    run(to_reject(channel, uid));
}

static void hang_up(const char *channel, const char *uid)
{
    run(to_end(channel, uid));
}

static void call_and_cancel(const char *channel, const char *src_uid, const char *dst_uid)
{
    call(channel, src_uid, dst_uid);
    hang_up(channel, src_uid);
}

/* The channels of a page, each with a space behind it. */
static const char *history(const char *uid, int64_t before, int64_t limit)
{
    static char channels[1024];
    struct operation o = { .kind = OPERATION_HISTORY };

    COPY_TEXT(o.asked.history.uid, uid);
    o.asked.history.before = before;
    o.asked.history.limit = limit;
    o = run(o);
    channels[0] = '\0';
    for (size_t i = 0; i < o.record_count; i++) {
        strcat(channels, o.records[i].channel);
        strcat(channels, " ");
    }
    operation_done(&o);
    return channels;
}

static struct operation events(const char *uid, int64_t since, int64_t limit)
{
    struct operation o = { .kind = OPERATION_EVENTS };

    COPY_TEXT(o.asked.events_since.uid, uid);
    o.asked.events_since.since = since;
    o.asked.events_since.limit = limit;
    return run(o);
}

/* The store tells the story from `since` on as it was told when it happened. */
static void assert_same_story(const struct story *story, int64_t since)
{
    struct operation o = events(story->uid, since, 1000);
    size_t first = 0;

    while (first < story->count && story->events[first].seq <= since)
        first++;
    assert_int_equal(o.record_count, story->count - first);
    assert_int_equal(o.told.count, o.record_count);
    assert_false(o.told.more);
    assert_false(o.told.truncated);
    for (size_t i = 0; i < o.record_count; i++) {
        struct call as_it_was;

        call_record_to_call(&o.records[i], &as_it_was);
        assert_memory_equal(&o.happened[i], &story->events[first + i], sizeof(struct event));
        assert_memory_equal(&as_it_was, &story->calls[first + i], sizeof as_it_was);
    }
    operation_done(&o);
}

static void live_through_much(void)
{
    call("ch_1", "anna", "bert");
    ring("ch_1", "bert");
    now += SECOND;
    call("ch_2", "anna", ""); /* whoever knows the channel */
    answer("ch_1", "bert");
    ring("ch_2", "carl");
    now += SECOND;
    answer("ch_2", "carl");
    hang_up("ch_1", "bert");
    call("ch_3", "bert", "anna");
    decline("ch_3", "anna");
    now += SECOND;
    hang_up("ch_2", "anna");
    call("ch_4", "carl", "bert");
    hang_up("ch_4", "carl");
}

static void events_are_told_again_as_they_were_told(void **context)
{
    (void)context;
    live_through_much();
    for (size_t i = 0; i < COUNT_OF(stories); i++)
        for (int64_t since = 0; since <= 15; since++)
            assert_same_story(&stories[i], since);
}

static void events_are_told_again_after_a_restart_and_from_the_table(void **context)
{
    (void)context;
    live_through_much();
    store = store_free(store);
    open_store(1); /* entries go to the table as soon as they can */
    for (int i = 0; i < 8; i++) {
        char channel[16];

        snprintf(channel, sizeof channel, "ch_x%d", i);
        call_and_cancel(channel, "x", "y");
    }
    for (size_t i = 0; i < COUNT_OF(stories); i++)
        assert_same_story(&stories[i], 0);
}

static void events_come_in_pages(void **context)
{
    const struct story *anna = &stories[0];
    int64_t since = 0;
    size_t told = 0;
    bool more = true;

    (void)context;
    live_through_much();
    while (more) {
        struct operation o = events("anna", since, 2);

        for (size_t i = 0; i < o.record_count; i++)
            assert_int_equal(o.happened[i].seq, anna->events[told++].seq);
        since = o.told.seq;
        more = o.told.more;
        operation_done(&o);
    }
    assert_int_equal(told, anna->count);
    assert_int_equal(since, stories[2].events[stories[2].count - 1].seq);
}

static void who_asks_for_what_is_to_come_learns_where_it_begins(void **context)
{
    struct operation o;

    (void)context;
    live_through_much();
    o = events("anna", INT64_MAX, 1);
    assert_int_equal(o.record_count, 0);
    assert_int_equal(o.told.seq, stories[2].events[stories[2].count - 1].seq);
    operation_done(&o);
    o = events("nobody", 0, 10);
    assert_int_equal(o.record_count, 0);
    operation_done(&o);
}

static void purge(void)
{
    now += (int64_t)2 * 86400 * SECOND;
    while (store_maintain(store, now) > 0)
        ;
}

static void what_is_removed_is_said_to_be_missing(void **context)
{
    struct operation o;

    (void)context;
    store = store_free(store);
    open_store(1);
    for (int i = 0; i < 20; i++) {
        char channel[16];

        snprintf(channel, sizeof channel, "ch_%d", i);
        call_and_cancel(channel, "anna", "bert");
    }
    purge();
    call_and_cancel("ch_new", "anna", "bert");
    o = events("anna", 1, 100);
    assert_true(o.told.truncated);
    assert_string_equal(o.records[o.record_count - 1].channel, "ch_new");
    operation_done(&o);
    o = events("anna", 40, 100);
    assert_int_equal(o.record_count, 2);
    assert_false(o.told.truncated);
    operation_done(&o);
}

static void call_and_cancel_often(int count)
{
    for (int i = 0; i < count; i++) {
        char channel[16];

        snprintf(channel, sizeof channel, "ch_%d", i);
        call_and_cancel(channel, "busy", "bert's");
    }
}

/* How many events, and whether some are said to be missing. */
static void assert_events(int64_t since, size_t count, bool is_truncated)
{
    struct operation o = events("busy", since, 1000);

    assert_int_equal(o.record_count, count);
    assert_int_equal(o.told.truncated, is_truncated);
    operation_done(&o);
}

static void who_had_many_calls_misses_nothing_of_the_latest(void **context)
{
    enum { MANY = 1100 };

    (void)context;
    call("ch_long", "busy", "");
    answer("ch_long", "dora");
    call_and_cancel_often(MANY);
    now += (int64_t)120 * SECOND;
    while (store_maintain(store, now) > 0)
        ;
    assert_events(2 * MANY, 2, true); /* the long call may have been told of, for all one knows */
    hang_up("ch_long", "busy");
    while (store_maintain(store, now) > 0)
        ;
    now += (int64_t)120 * SECOND;
    while (store_maintain(store, now) > 0)
        ;
    call_and_cancel("ch_new", "busy", "bert");
    assert_events(2 * MANY + 3, 2, false);
    store = store_free(store);
    open_store(0);
    call_and_cancel("ch_newer", "busy", "bert");
    assert_events(2 * MANY + 5, 2, false);
    assert_events(2, 1000, true);
}

static void the_history_has_calls_of_both_ways_newest_first(void **context)
{
    (void)context;
    live_through_much();
    call("ch_5", "anna", "bert"); /* lives: it is no past call */
    assert_string_equal(history("anna", 0, 50), "ch_3 ch_2 ch_1 ");
    assert_string_equal(history("bert", 0, 50), "ch_4 ch_3 ch_1 ");
    assert_string_equal(history("carl", 0, 50), "ch_4 ch_2 ");
    assert_string_equal(history("nobody", 0, 50), "");
}

/* Many of the latest calls live: what is over lies between and behind them. */
static void call_many(unsigned count, const char *name)
{
    for (unsigned i = 0; i < count; i++) {
        char channel[32], uid[32];

        snprintf(channel, sizeof channel, "ch_%s%u", name, i);
        snprintf(uid, sizeof uid, "%s%u", name, i);
        call(channel, "anna", uid);
    }
}

static void many_live_calls_hide_no_past_ones(void **context)
{
    (void)context;
    call_and_cancel("ch_1", "anna", "bert");
    call_many(200, "first");
    now++;
    call_and_cancel("ch_2", "anna", "bert");
    call_many(200, "second");
    assert_string_equal(history("anna", 0, 1), "ch_2 ");
    assert_string_equal(history("anna", 0, 2), "ch_2 ch_1 ");
    assert_string_equal(history("anna", 0, 50), "ch_2 ch_1 ");
}

static void a_page_of_calls_both_ways_leaves_none_out(void **context)
{
    (void)context;
    call_and_cancel("ch_1", "bert", "anna");
    now++;
    call_and_cancel("ch_2", "anna", "bert");
    call_many(60, "live");
    assert_string_equal(history("anna", 0, 1), "ch_2 ");
    assert_string_equal(history("anna", 0, 2), "ch_2 ch_1 ");
}

static void the_history_comes_in_pages_that_do_not_split_a_moment(void **context)
{
    (void)context;
    call_and_cancel("ch_1", "anna", "bert");
    now += SECOND;
    call_and_cancel("ch_2", "anna", "bert");
    call_and_cancel("ch_3", "bert", "anna");
    now += SECOND;
    call_and_cancel("ch_4", "anna", "carl");
    assert_string_equal(history("anna", 0, 1), "ch_4 ");
    assert_string_equal(history("anna", NOW + 2 * SECOND, 1), "ch_3 ch_2 ");
    assert_string_equal(history("anna", NOW + SECOND, 1), "ch_1 ");
    assert_string_equal(history("anna", NOW, 1), "");
}

static void old_pages_are_found_among_many_calls(void **context)
{
    (void)context;
    store = store_free(store);
    open_store(64);
    for (int i = 0; i < 300; i++) {
        char channel[16];

        snprintf(channel, sizeof channel, "ch_%03d", i);
        call_and_cancel(channel, "anna", "bert");
        now += SECOND;
    }
    assert_string_equal(history("bert", NOW + 3 * SECOND, 2), "ch_002 ch_001 ");
    assert_string_equal(history("bert", NOW + 250 * SECOND, 2), "ch_249 ch_248 ");
    assert_string_equal(history("anna", 0, 2), "ch_299 ch_298 ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, in_fresh_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(events_are_told_again_as_they_were_told),
        TEST(events_are_told_again_after_a_restart_and_from_the_table),
        TEST(events_come_in_pages),
        TEST(who_asks_for_what_is_to_come_learns_where_it_begins),
        TEST(what_is_removed_is_said_to_be_missing),
        TEST(the_history_has_calls_of_both_ways_newest_first),
        TEST(who_had_many_calls_misses_nothing_of_the_latest),
        TEST(many_live_calls_hide_no_past_ones),
        TEST(a_page_of_calls_both_ways_leaves_none_out),
        TEST(the_history_comes_in_pages_that_do_not_split_a_moment),
        TEST(old_pages_are_found_among_many_calls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
