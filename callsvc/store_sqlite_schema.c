/* store_sqlite_schema.c - makes the tables, and brings those of older versions up to date
 *
 * To change the schema: add schema/00N.def, its list and its line in `versions` below. */
#include "callsvc/store_sqlite.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>

// clang-format off
#define SQL(...) #__VA_ARGS__,
static const char *const version_1[] = {
#include "callsvc/schema/001.def"
    NULL
};
static const char *const version_2[] = {
#include "callsvc/schema/002.def"
    NULL
};
static const char *const version_3[] = {
#include "callsvc/schema/003.def"
    NULL
};
static const char *const version_4[] = {
#include "callsvc/schema/004.def"
    NULL
};
#undef SQL
static const char *const *const versions[] = { version_1, version_2, version_3, version_4 };
// clang-format on

/* PRAGMA user_version: how many of `versions` the file has seen. */
static int read_version(struct sqlite3 *database, int64_t *ret)
{
    struct sqlite3_stmt *statement;
    int r = sqlite3_prepare_v2(database, "PRAGMA user_version", -1, &statement, NULL);

    if (r == SQLITE_OK)
        r = sqlite3_step(statement);
    if (r == SQLITE_ROW)
        *ret = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return sqlite_errno(r);
}

static int execute(struct sqlite3 *database, const char *text)
{
    return sqlite_errno(sqlite3_exec(database, text, NULL, NULL, NULL));
}

/* One version's statements and its number, all or nothing. */
static int apply(struct sqlite3 *database, size_t version)
{
    char set_version[64];
    int r = execute(database, "BEGIN IMMEDIATE");

    for (const char *const *text = versions[version]; r >= 0 && *text; text++)
        r = execute(database, *text);
    snprintf(set_version, sizeof set_version, "PRAGMA user_version = %zu", version + 1);
    if (r >= 0)
        r = execute(database, set_version);
    if (r >= 0)
        r = execute(database, "COMMIT");
    return r;
}

int sqlite_schema_migrate(struct sqlite3 *database, char reterr[STORE_PROBLEM_MOST])
{
    int64_t version = 0;
    int r = read_version(database, &version);

    if (r >= 0 && (version < 0 || version > (int64_t)COUNT_OF(versions))) {
        snprintf(reterr, STORE_PROBLEM_MOST,
                 "its schema has version %lld, newer than this program's %zu: use a newer callsvc",
                 (long long)version, COUNT_OF(versions));
        return -ENOTSUP;
    }
    for (size_t next = (size_t)version; r >= 0 && next < COUNT_OF(versions); next++)
        r = apply(database, next);
    if (r < 0)
        snprintf(reterr, STORE_PROBLEM_MOST, "cannot make its tables: %s",
                 sqlite3_errmsg(database));
    return r;
}
