/* test_store_schema.c - files of other versions are brought up to date or refused */
#include "test.h"

#include "callsvc/store.h"
#include "common/memory.h"
#include "common/text.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NOW = 1700000000 };

#define COPY_TEXT(to, from) ((void)snprintf(to, sizeof(to), "%s", from))

static const struct store_options options = { .url = "sqlite:test.db",
                                              .rules.most_call_ms = 600000,
                                              .now_ms = NOW };
static char folder[64];
static char problem[STORE_PROBLEM_MOST];

static struct store *open_store(void)
{
    struct store *store = NULL;

    assert_int_equal(store_open(&options, &store, problem), 0);
    return store;
}

static int in_fresh_folder(void **context)
{
    (void)context;
    COPY_TEXT(folder, "/tmp/test_schema.XXXXXX");
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **context)
{
    AUTO(free_memory) char *command = must_format("rm -rf %s", folder);

    (void)context;
    return chdir("/") < 0 ? -1 : system(command);
}

static void execute(const char *sql)
{
    sqlite3 *database;

    assert_int_equal(sqlite3_open("test.db", &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

static int read_number(const char *question)
{
    struct sqlite3_stmt *statement;
    struct sqlite3 *database;
    int number;

    assert_int_equal(sqlite3_open("test.db", &database), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(database, question, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    number = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return number;
}

static void a_newer_schema_is_refused(void **context)
{
    AUTO(free_memory) char *set_back = NULL;
    struct store *store = open_store();

    (void)context;
    store_free(store);
    set_back = must_format("PRAGMA user_version = %d", read_number("PRAGMA user_version"));
    execute("PRAGMA user_version = 99");
    assert_int_equal(store_open(&options, &store, problem), -ENOTSUP);
    assert_non_null(strstr(problem, "newer"));
    execute(set_back);
    store_free(open_store());
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
    struct operation o = { .kind = OPERATION_END };

    (void)context;
    for (size_t i = 0; i < COUNT_OF(first_schema); i++)
        execute(first_schema[i]);
    execute(
        "INSERT INTO call VALUES (1, x'00112233445546778899aabbccddeeff', 'ch_1', 'anna', 'bert',"
        " 1, 1, 0, 0, 1, 1700000000, 0, 0, 0, 1700060000, 0, 0, 0, 0, '', '', '', '', '', '', 1)");
    execute("INSERT INTO event VALUES (1, 1, 1, 1700000000, 1, 0, 0, 1, 1)");
    execute("UPDATE meta SET seq = 1, next_call = 2");
    execute("PRAGMA user_version = 1");
    store = open_store();
    COPY_TEXT(o.asked.end.channel, "ch_1");
    COPY_TEXT(o.asked.end.uid, "anna");
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
