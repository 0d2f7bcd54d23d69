/* test_store_sqlite.c - groups of operations on a real file in a fresh folder */
#include "store_stage.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { MINUTE = 60000, MANY = 200 };

static char problem[STORE_PROBLEM_MOST];
static struct store_options options;

static struct store *open_store(int64_t now_ms)
{
    options.now_ms = now_ms;
    return stage_open(&options);
}

static int in_fresh_folder(void **context)
{
    (void)context;
    options = (struct store_options){ .url = STAGE_URL, .rules.most_call_ms = 600000 };
    return stage_enter_folder();
}

/* Soft limit only: RLIM_INFINITY gives back what there was. */
static int set_largest_file(rlim_t size)
{
    struct rlimit limit;
    int r = getrlimit(RLIMIT_FSIZE, &limit);

    limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
    return r < 0 ? r : setrlimit(RLIMIT_FSIZE, &limit);
}

static int remove_folder(void **context)
{
    (void)context;
    return set_largest_file(RLIM_INFINITY) < 0 ? -1 : stage_leave_folder();
}

static struct operation run(struct store *store, struct operation o, int64_t now_ms)
{
    assert_int_equal(store_run(store, &o, 1, now_ms), 0);
    return o;
}

static void assert_state(struct store *store, const char *channel, enum call_state state)
{
    struct operation o = { .kind = OPERATION_JOIN };

    COPY_TEXT(o.asked.join.channel, channel);
    assert_int_equal(store_run(store, &o, 1, NOW), 0);
    assert_string_equal(o.record.channel, channel);
    assert_int_equal(o.record.state, state);
}

static bool is_known(struct store *store, const char *channel)
{
    struct operation o = { .kind = OPERATION_CHANNELS_CHECK, .channel_count = 1 };
    bool known;

    o.channels = must_alloc(1, sizeof *o.channels);
    COPY_TEXT(o.channels->channel, channel);
    assert_int_equal(store_run(store, &o, 1, NOW), 0);
    known = o.channels->known;
    operation_done(&o);
    return known;
}

static size_t count_messages(struct store *store, const char *uid, int64_t now_ms)
{
    struct operation o = { .kind = OPERATION_MESSAGES };

    COPY_TEXT(o.asked.messages.uid, uid);
    assert_int_equal(store_run(store, &o, 1, now_ms), 0);
    operation_done(&o);
    return o.record_count;
}

static void run_due(struct store *store, int64_t now_ms)
{
    struct operation due[16];
    size_t count;

    while ((count = store_take_due(store, now_ms, due, COUNT_OF(due))) > 0)
        assert_int_equal(store_run(store, due, count, now_ms), 0);
}

static void a_call_is_started_answered_and_ended(void **context)
{
    AUTO(store_freep) struct store *store = open_store(NOW);
    struct operation o = run(store, to_start("ch_1", "anna", "bert"), NOW);

    (void)context;
    assert_int_equal(o.error, ERROR_NONE);
    assert_int_equal(o.record.id, 1);
    assert_int_equal(o.events[0].seq, 1);
    assert_int_equal(store_counts(store).live_calls, 1);
    o = run(store, to_answer("ch_1", "bert"), NOW + 1);
    assert_int_equal(o.record.state, CALL_ANSWERED);
    assert_int_equal(o.events[0].seq, 2);
    o = run(store, to_end("ch_1", "anna"), NOW + 2);
    assert_int_equal(o.record.reason, REASON_COMPLETED);
    assert_int_equal(o.record.seq, 3);
    assert_int_equal(store_counts(store).live_calls, 0);
}

static void a_channel_that_no_call_has_is_not_found(void **context)
{
    AUTO(store_freep) struct store *store = open_store(NOW);

    (void)context;
    assert_int_equal(run(store, to_answer("ch_1", "bert"), NOW).error, ERROR_CALL_NOT_FOUND);
    assert_int_equal(run(store, to_end("ch_1", "bert"), NOW).error, ERROR_CALL_NOT_FOUND);
    assert_false(is_known(store, "ch_1"));
}

static void the_same_channel_again_is_the_same_call(void **context)
{
    AUTO(store_freep) struct store *store = open_store(NOW);
    struct operation first = run(store, to_start("ch_1", "anna", "bert"), NOW);
    struct operation again = run(store, to_start("ch_1", "anna", "bert"), NOW + 1);

    (void)context;
    assert_int_equal(again.record.id, first.record.id);
    assert_string_equal(again.record.call_id, first.record.call_id);
    assert_false(again.is_redial);
    assert_int_equal(again.event_count, 0);
    run(store, to_end("ch_1", "anna"), NOW + 2);
    again = run(store, to_start("ch_1", "anna", "bert"), NOW + 3);
    assert_int_equal(again.record.state, CALL_CANCELLED);
    again = run(store, to_start("ch_1", "carl", "bert"), NOW + 4);
    assert_int_equal(again.error, ERROR_BAD_FIELD);
    assert_string_equal(again.fault.field, "channel");
}

static void a_redial_enters_the_call_that_rings(void **context)
{
    AUTO(store_freep) struct store *store = open_store(NOW);
    struct operation again;

    (void)context;
    run(store, to_start("ch_1", "anna", "bert"), NOW);
    again = run(store, to_start("ch_2", "anna", "bert"), NOW + 1);
    assert_true(again.is_redial);
    assert_string_equal(again.record.channel, "ch_1");
    assert_false(is_known(store, "ch_2"));
    run(store, to_answer("ch_1", "bert"), NOW + 2);
    again = run(store, to_start("ch_2", "anna", "bert"), NOW + 3);
    assert_true(again.is_redial);
    assert_string_equal(again.record.channel, "ch_1");
    again = run(store, to_start("ch_3", "anna", "bert"), NOW + 3);
    assert_false(again.is_redial);
    assert_string_equal(again.record.channel, "ch_3");
}

static void glare_answers_the_call_that_rings(void **context)
{
    AUTO(store_freep) struct store *store = open_store(NOW);
    struct operation back;

    (void)context;
    run(store, to_start("ch_1", "anna", "bert"), NOW);
    back = run(store, to_start("ch_2", "bert", "anna"), NOW + 1);
    assert_true(back.is_glare);
    assert_string_equal(back.record.channel, "ch_1");
    assert_int_equal(back.record.state, CALL_ANSWERED);
    back = run(store, to_start("ch_2", "bert", "anna"), NOW + 2);
    assert_true(back.is_glare);
    assert_int_equal(back.event_count, 0);
    back = run(store, to_start("ch_3", "bert", "anna"), NOW + 3);
    assert_string_equal(back.record.channel, "ch_3");
}

static void a_callee_in_a_live_call_is_busy_where_that_is_set(void **context)
{
    AUTO(store_freep) struct store *store = NULL;

    (void)context;
    options.rules.refuses_busy = true;
    store = open_store(NOW);
    run(store, to_start("ch_1", "anna", "bert"), NOW);
    assert_int_equal(run(store, to_start("ch_2", "carl", "bert"), NOW).record.state, CALL_BUSY);
    assert_int_equal(run(store, to_start("ch_3", "carl", "anna"), NOW).record.state, CALL_BUSY);
    assert_true(run(store, to_start("ch_4", "anna", "bert"), NOW).is_redial);
    assert_int_equal(run(store, to_end("ch_2", "carl"), NOW).record.state, CALL_BUSY);
    run(store, to_end("ch_1", "anna"), NOW);
    assert_int_equal(run(store, to_start("ch_5", "carl", "bert"), NOW).record.state, CALL_CREATED);
}

/* Calls that it made and that it answered; the same again and what rings at it do not count. */
static void a_uid_has_so_many_live_calls_where_that_is_set(void **context)
{
    AUTO(store_freep) struct store *store = NULL;

    (void)context;
    options.rules.live_calls_most = 2;
    store = open_store(NOW);
    run(store, to_start("ch_1", "anna", "bert"), NOW);
    run(store, to_start("ch_2", "carl", "anna"), NOW);
    run(store, to_start("ch_3", "anna", "dora"), NOW);
    assert_int_equal(run(store, to_start("ch_4", "anna", "emil"), NOW).error, ERROR_TOO_MANY_CALLS);
    assert_int_equal(run(store, to_start("ch_3", "anna", "dora"), NOW).error, ERROR_NONE);
    assert_true(run(store, to_start("ch_5", "anna", "bert"), NOW).is_redial);
    run(store, to_end("ch_1", "anna"), NOW);
    run(store, to_answer("ch_2", "anna"), NOW);
    assert_int_equal(run(store, to_start("ch_4", "anna", "emil"), NOW).error, ERROR_TOO_MANY_CALLS);
    run(store, to_end("ch_2", "anna"), NOW);
    assert_int_equal(run(store, to_start("ch_4", "anna", "emil"), NOW).error, ERROR_NONE);
    assert_int_equal(run(store, to_start("ch_6", "emil", "anna"), NOW).error, ERROR_NONE);
}

static void operations_of_a_group_see_each_other(void **context)
{
    AUTO(store_freep) struct store *store = open_store(NOW);
    struct operation group[] = {
        to_start("ch_1", "anna", "bert"), to_start("ch_2", "anna", "bert"),
        to_answer("ch_1", "bert"),        to_end("ch_1", "bert"),
        to_start("ch_3", "anna", "bert"),
    };

    (void)context;
    assert_int_equal(store_run(store, group, COUNT_OF(group), NOW), 0);
    assert_true(group[1].is_redial);
    assert_int_equal(group[2].record.state, CALL_ANSWERED);
    assert_int_equal(group[3].record.state, CALL_COMPLETED);
    assert_string_equal(group[4].record.channel, "ch_3");
    assert_int_equal(group[4].events[0].seq, 4);
    assert_int_equal(store_counts(store).live_calls, 1);
}

static void a_refused_operation_leaves_the_others_of_its_group(void **context)
{
    AUTO(store_freep) struct store *store = open_store(NOW);
    struct operation group[] = {
        to_start("ch_1", "anna", "bert"), to_start("ch_2", "anna", "anna"),
        to_start("ch_1", "carl", "bert"), to_answer("ch_9", "bert"),
        to_start("ch_3", "carl", "bert"),
    };

    (void)context;
    assert_int_equal(store_run(store, group, COUNT_OF(group), NOW), 0);
    assert_int_equal(group[1].error, ERROR_BAD_FIELD);
    assert_int_equal(group[2].error, ERROR_BAD_FIELD);
    assert_int_equal(group[3].error, ERROR_CALL_NOT_FOUND);
    assert_state(store, "ch_1", CALL_CREATED);
    assert_state(store, "ch_3", CALL_CREATED);
    assert_false(is_known(store, "ch_2"));
}

static void messages_are_recent_or_live_and_newest_first(void **context)
{
    AUTO(store_freep) struct store *store = open_store(NOW);
    struct operation o = { .kind = OPERATION_MESSAGES, .asked.messages.uid = "bert" };

    (void)context;
    run(store, to_start("ch_1", "anna", "bert"), NOW);
    run(store, to_start("ch_2", "carl", "bert"), NOW);
    run(store, to_start("ch_3", "bert", "anna2"), NOW);
    run(store, to_end("ch_2", "carl"), NOW + 1);
    assert_int_equal(store_run(store, &o, 1, NOW + 2), 0);
    assert_int_equal(o.record_count, 2);
    assert_string_equal(o.records[0].channel, "ch_2");
    assert_string_equal(o.records[1].channel, "ch_1");
    operation_done(&o);
    assert_int_equal(count_messages(store, "bert", NOW + MINUTE), 1);
    assert_int_equal(store_maintain(store, NOW + MINUTE), 0);
    assert_int_equal(count_messages(store, "bert", NOW + MINUTE), 1);
}

static void timers_fire_and_go_on(void **context)
{
    AUTO(store_freep) struct store *store = open_store(NOW);

    (void)context;
    run(store, to_start("ch_1", "anna", "bert"), NOW);
    assert_int_equal(store_next_due(store), NOW + MINUTE);
    run_due(store, NOW + MINUTE);
    assert_state(store, "ch_1", CALL_MISSED);
    assert_int_equal(store_next_due(store), NOW + 3 * MINUTE);
    run_due(store, NOW + 3 * MINUTE);
    assert_int_equal(store_next_due(store), INT64_MAX);
    assert_int_equal(run(store, to_end("ch_1", "anna"), NOW).event_count, 0);
}

static void a_timer_that_was_outrun_is_set_anew(void **context)
{
    AUTO(store_freep) struct store *store = open_store(NOW);

    (void)context;
    run(store, to_start("ch_1", "anna", "bert"), NOW);
    run(store, to_answer("ch_1", "bert"), NOW + 1000);
    run_due(store, NOW + MINUTE);
    assert_state(store, "ch_1", CALL_ANSWERED);
    assert_int_equal(store_next_due(store), NOW + 1000 + 600000);
    run_due(store, NOW + 1000 + 600000);
    assert_state(store, "ch_1", CALL_COMPLETED);
}

static void a_second_store_on_the_same_file_is_refused(void **context)
{
    AUTO(store_freep) struct store *store = open_store(NOW);
    AUTO(free_memory) char *pid = must_format("process %d", (int)getpid());
    struct store *second;

    (void)context;
    assert_int_equal(store_open(&options, &second, problem), -EBUSY);
    assert_non_null(strstr(problem, "test.db"));
    assert_non_null(strstr(problem, pid));
}

static void a_store_that_is_not_built_or_known_is_refused(void **context)
{
    struct store *store;

    (void)context;
    options.url = "postgresql://somewhere/dapi";
    assert_int_equal(store_open(&options, &store, problem), -EINVAL);
    assert_non_null(strstr(problem, "not built yet"));
    options.url = "mysql:x";
    assert_int_equal(store_open(&options, &store, problem), -EINVAL);
    options.url = "sqlite:no/such/folder/x.db";
    assert_int_equal(store_open(&options, &store, problem), -ENOENT);
}

static void a_file_that_is_no_database_is_refused(void **context)
{
    FILE *file = fopen("test.db", "w");
    struct store *store;

    (void)context;
    fputs("This is a letter, and a long one at that, not a database, whatever its name.", file);
    fclose(file);
    assert_true(store_open(&options, &store, problem) < 0);
    assert_non_null(strstr(problem, "test.db"));
}

/* As after kill -9: the process is gone and has closed nothing. */
static void run_and_die(struct operation *group, size_t count)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        struct store *store = NULL;

        options.now_ms = NOW;
        if (store_open(&options, &store, problem) < 0 || store_run(store, group, count, NOW) < 0)
            _exit(1);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void everything_answered_survives_a_crash(void **context)
{
    AUTO(store_freep) struct store *store = NULL;
    struct operation group[] = { to_start("ch_1", "anna", "bert"), to_start("ch_2", "carl", "dora"),
                                 to_end("ch_2", "dora"), to_start("ch_3", "emil", "") };
    struct operation next;

    (void)context;
    run_and_die(group, COUNT_OF(group));
    store = open_store(NOW + 1000);
    assert_state(store, "ch_1", CALL_CREATED);
    assert_state(store, "ch_2", CALL_REJECTED);
    assert_int_equal(store_counts(store).live_calls, 2);
    assert_int_equal(count_messages(store, "bert", NOW + 1000), 1);
    assert_true(run(store, to_start("ch_4", "anna", "bert"), NOW + 1000).is_redial);
    next = run(store, to_start("ch_5", "anna", "carl"), NOW + 1000);
    assert_int_equal(next.record.id, 4);
    assert_int_equal(next.events[0].seq, 5);
    run_due(store, NOW + MINUTE);
    assert_state(store, "ch_1", CALL_MISSED);
}

static void a_locked_file_fails_the_group_and_then_works_again(void **context)
{
    AUTO(store_freep) struct store *store = open_store(NOW);
    struct operation o = to_start("ch_1", "anna", "bert");
    sqlite3 *other;

    (void)context;
    assert_int_equal(sqlite3_open("test.db", &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(store_run(store, &o, 1, NOW), -EBUSY);
    assert_false(is_known(store, "ch_1"));
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    assert_int_equal(run(store, to_start("ch_1", "anna", "bert"), NOW).record.id, 1);
    assert_int_equal(count_messages(store, "bert", NOW), 1);
}

static int fill_disk(struct store *store)
{
    for (int i = 0; i < 10000; i++) {
        struct operation o;
        char channel[32];
        int r;

        snprintf(channel, sizeof channel, "full_%d", i);
        o = to_start(channel, "anna", "");
        r = store_run(store, &o, 1, NOW);
        if (r < 0)
            return r;
    }
    return 0;
}

static void a_full_disk_fails_the_group_and_then_works_again(void **context)
{
    AUTO(store_freep) struct store *store = open_store(NOW);
    struct operation group[] = { to_start("ch_2", "anna", "bert"),
                                 to_start("ch_3", "carl", "bert") };
    size_t live;

    (void)context;
    signal(SIGXFSZ, SIG_IGN);
    run(store, to_start("ch_1", "anna", "bert"), NOW);
    assert_int_equal(set_largest_file(262144), 0);
    assert_true(fill_disk(store) < 0);
    live = store_counts(store).live_calls;
    assert_true(store_run(store, group, COUNT_OF(group), NOW) < 0);
    assert_int_equal(set_largest_file(RLIM_INFINITY), 0);
    assert_int_equal(store_maintain(store, NOW), 0);
    assert_false(is_known(store, "ch_3"));
    assert_state(store, "ch_1", CALL_CREATED);
    assert_int_equal(store_counts(store).live_calls, live);
    assert_int_equal(run(store, to_start("ch_3", "carl", "bert"), NOW).error, ERROR_NONE);
    assert_int_equal(count_messages(store, "bert", NOW), 2);
}

static void timers_of_a_failed_group_are_due_again(void **context)
{
    AUTO(store_freep) struct store *store = open_store(NOW);
    struct operation due;
    sqlite3 *other;

    (void)context;
    run(store, to_start("ch_1", "anna", "bert"), NOW);
    assert_int_equal(sqlite3_open("test.db", &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(store_take_due(store, NOW + MINUTE, &due, 1), 1);
    assert_int_equal(store_run(store, &due, 1, NOW + MINUTE), -EBUSY);
    sqlite3_close(other);
    run_due(store, NOW + MINUTE + 1000);
    assert_state(store, "ch_1", CALL_MISSED);
}

static void channel_of(int i, char ret[16])
{
    snprintf(ret, 16, "ch_%d", i);
}

/* Calls to nobody; in the file's index, or in memory, or on the way between the two. */
static void start_many(struct store *store)
{
    for (int i = 0; i < MANY; i++) {
        char channel[16];

        channel_of(i, channel);
        assert_int_equal(run(store, to_start(channel, "anna", ""), NOW).error, ERROR_NONE);
    }
}

/* The same in groups, which write many entries of the index at once. */
static void start_many_in_groups(struct store *store)
{
    enum { GROUP = 25 };
    struct operation group[GROUP];

    for (int i = 0; i < MANY; i += GROUP) {
        for (int k = 0; k < GROUP; k++) {
            char channel[16];

            channel_of(i + k, channel);
            group[k] = to_start(channel, "anna", "");
        }
        assert_int_equal(store_run(store, group, GROUP, NOW), 0);
    }
}

static void claim_many(struct store *store)
{
    for (int i = 0; i < MANY; i++) {
        char channel[16];
        char uid[16];

        channel_of(i, channel);
        snprintf(uid, sizeof uid, "uid_%d", i);
        assert_int_equal(run(store, to_answer(channel, uid), NOW).error, ERROR_NONE);
    }
}

static void assert_each_is_found_once(struct store *store)
{
    for (int i = 0; i < MANY; i++) {
        char channel[16];
        char uid[16];

        channel_of(i, channel);
        snprintf(uid, sizeof uid, "uid_%d", i);
        assert_true(is_known(store, channel));
        assert_int_equal(count_messages(store, uid, NOW), 1);
    }
}

static void find_while_index_is_written(void (*start_all)(struct store *store))
{
    struct store *store;

    for (options.gathered_entries = 1; options.gathered_entries < 1000;
         options.gathered_entries = options.gathered_entries * 5 + 2) {
        unlink("test.db");
        store = open_store(NOW);
        start_all(store);
        claim_many(store);
        assert_each_is_found_once(store);
        store_free(store);
        store = open_store(NOW);
        assert_each_is_found_once(store);
        store_free(store);
    }
}

static void calls_are_found_while_the_index_is_written(void **context)
{
    (void)context;
    find_while_index_is_written(start_many);
    find_while_index_is_written(start_many_in_groups);
}

static void old_calls_are_removed(void **context)
{
    AUTO(store_freep) struct store *store = NULL;
    int r;

    (void)context;
    options.keep_ms = (int64_t)10 * MINUTE;
    options.gathered_entries = 8;
    store = open_store(NOW);
    start_many(store);
    for (int i = 0; i < MANY - 1; i++) {
        char channel[16];

        channel_of(i, channel);
        run(store, to_end(channel, "anna"), NOW);
    }
    while ((r = store_maintain(store, NOW + 9 * MINUTE)) > 0)
        ;
    assert_int_equal(r, 0);
    assert_true(is_known(store, "ch_0"));
    while ((r = store_maintain(store, NOW + 11 * MINUTE)) > 0)
        ;
    assert_int_equal(r, 0);
    assert_false(is_known(store, "ch_0"));
    assert_true(is_known(store, "ch_199"));
    assert_int_equal(run(store, to_start("ch_0", "anna", ""), NOW).record.id, MANY + 1);
}

/* The next start looks at no call that was closed and old when the store was freed. */
static void the_low_water_mark_outlives_the_store(void **context)
{
    struct store *store = open_store(NOW);

    (void)context;
    run(store, to_start("ch_1", "anna", "bert"), NOW);
    run(store, to_end("ch_1", "anna"), NOW);
    run(store, to_start("ch_2", "anna", "carl"), NOW);
    while (store_maintain(store, NOW + 2 * MINUTE) > 0)
        ;
    assert_int_equal(count_messages(store, "carl", NOW + 2 * MINUTE), 1);
    store_free(store);
    assert_int_equal(stage_read_number("SELECT low_water FROM meta"), 2);
}

static void a_call_with_everything_unset_is_read_as_it_was_written(void **context)
{
    struct store *store = open_store(NOW);
    struct call_record made = run(store, to_start("ch_1", "anna", "bert"), NOW).record;
    struct operation o = { .kind = OPERATION_JOIN };

    (void)context;
    store_free(store);
    store = open_store(NOW);
    COPY_TEXT(o.asked.join.channel, "ch_1");
    COPY_TEXT(o.asked.join.uid, "anna");
    o = run(store, o, NOW);
    assert_memory_equal(&o.record, &made, sizeof made);
    store_free(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, in_fresh_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_call_is_started_answered_and_ended),
        TEST(a_channel_that_no_call_has_is_not_found),
        TEST(the_same_channel_again_is_the_same_call),
        TEST(a_redial_enters_the_call_that_rings),
        TEST(glare_answers_the_call_that_rings),
        TEST(a_callee_in_a_live_call_is_busy_where_that_is_set),
        TEST(a_uid_has_so_many_live_calls_where_that_is_set),
        TEST(operations_of_a_group_see_each_other),
        TEST(a_refused_operation_leaves_the_others_of_its_group),
        TEST(messages_are_recent_or_live_and_newest_first),
        TEST(timers_fire_and_go_on),
        TEST(a_timer_that_was_outrun_is_set_anew),
        TEST(a_second_store_on_the_same_file_is_refused),
        TEST(a_store_that_is_not_built_or_known_is_refused),
        TEST(a_file_that_is_no_database_is_refused),
        TEST(everything_answered_survives_a_crash),
        TEST(a_locked_file_fails_the_group_and_then_works_again),
        TEST(a_full_disk_fails_the_group_and_then_works_again),
        TEST(timers_of_a_failed_group_are_due_again),
        TEST(calls_are_found_while_the_index_is_written),
        TEST(old_calls_are_removed),
        TEST(the_low_water_mark_outlives_the_store),
        TEST(a_call_with_everything_unset_is_read_as_it_was_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
