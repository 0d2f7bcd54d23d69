/* store_sqlite_bind.h - values into statements and rows out of them, for statements that are not
 * about calls */
#pragma once

#include "callsvc/store_sqlite.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>

/* The text is borrowed until the statement is bound again. */
static inline void sqlite_put_text(struct sqlite3_stmt *statement, int place, const char *text)
{
    sqlite3_bind_text(statement, place, text, (int)strlen(text), SQLITE_STATIC);
}

/* Run a statement that gives no rows, and make it ready for the next time. 0 or -errno. */
static inline int sqlite_run(struct sqlite3_stmt *statement)
{
    int r = sqlite_errno(sqlite3_step(statement));

    sqlite3_reset(statement);
    return r;
}

/* The statement's next row: 0, -ENOENT if there is none, or another -errno. */
static inline int sqlite_next_row(struct sqlite3_stmt *statement)
{
    int r = sqlite3_step(statement);

    return r == SQLITE_DONE ? -ENOENT : sqlite_errno(r);
}

/* The only row's only number, 0 if there is no row; the statement is made ready for the next time.
 * 0 or -errno. */
static inline int sqlite_get_number(struct sqlite3_stmt *statement, int64_t *ret)
{
    int r = sqlite_next_row(statement);

    if (r >= 0)
        *ret = sqlite3_column_int64(statement, 0);
    else if (r == -ENOENT)
        *ret = r = 0;
    sqlite3_reset(statement);
    return r;
}

/* A column's text, cut to what fits. */
static inline void sqlite_get_text(struct sqlite3_stmt *statement, int place, char *ret,
                                   size_t capacity)
{
    const unsigned char *text = sqlite3_column_text(statement, place);
    size_t size = (size_t)sqlite3_column_bytes(statement, place);

    if (size >= capacity)
        size = capacity - 1;
    if (size > 0)
        memcpy(ret, text, size);
    ret[size] = '\0';
}
