/* test_store_schema.c - files of other versions are brought up to date or refused */
#include "store_stage.h"

#include <errno.h>

static const struct store_options options = { .url = STAGE_URL,
                                              .rules.most_call_ms = 600000,
                                              .now_ms = NOW };
static char problem[STORE_PROBLEM_MOST];

static int in_fresh_folder(void **context)
{
    (void)context;
    return stage_enter_folder();
}

static int remove_folder(void **context)
{
    (void)context;
    return stage_leave_folder();
}

static void execute(const char *sql)
{
    sqlite3 *database;

    assert_int_equal(sqlite3_open("test.db", &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

static void a_newer_schema_is_refused(void **context)
{
    AUTO(free_memory) char *set_back = NULL;
    struct store *store = stage_open(&options);

    (void)context;
    store_free(store);
    set_back = must_format("PRAGMA user_version = %d", stage_read_number("PRAGMA user_version"));
    execute("PRAGMA user_version = 99");
    assert_int_equal(store_open(&options, &store, problem), -ENOTSUP);
    assert_non_null(strstr(problem, "newer"));
    execute(set_back);
    store_free(stage_open(&options));
}

// clang-format off
#define SQL(...) #__VA_ARGS__,
static const char *const first_schema[] = {
#include "callsvc/schema/001.def"
};
#undef SQL
// clang-format on

static void a_file_of_the_first_version_is_brought_up_to_date(void **context)
{
    AUTO(store_freep) struct store *store = NULL;
    struct operation o = to_end("ch_1", "anna");

    (void)context;
    for (size_t i = 0; i < COUNT_OF(first_schema); i++)
        execute(first_schema[i]);
    execute(
        "INSERT INTO call VALUES (1, x'00112233445546778899aabbccddeeff', 'ch_1', 'anna', 'bert',"
        " 1, 1, 0, 0, 1, 1700000000, 0, 0, 0, 1700060000, 0, 0, 0, 0, '', '', '', '', '', '', 1)");
    execute("INSERT INTO event VALUES (1, 1, 1, 1700000000, 1, 0, 0, 1, 1)");
    execute("UPDATE meta SET seq = 1, next_call = 2");
    execute("PRAGMA user_version = 1");
    store = stage_open(&options);
    assert_int_equal(store_run(store, &o, 1, NOW), 0);
    assert_int_equal(o.record.state, CALL_CANCELLED);
    assert_int_equal(o.events[0].seq, 2);
    assert_int_equal(o.record.src_token_until, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, in_fresh_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_newer_schema_is_refused),
        TEST(a_file_of_the_first_version_is_brought_up_to_date),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
