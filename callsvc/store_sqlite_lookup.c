/* store_sqlite_lookup.c - the table `lookup`: which calls a key has */
#include "callsvc/store_sqlite_bind.h"

static int run_with_entries(struct sqlite3_stmt *statement, const struct recent_entry *entries,
                            int count)
{
    for (int i = 0; i < count; i++) {
        sqlite3_bind_int64(statement, 2 * i + 1, entries[i].key);
        sqlite3_bind_int64(statement, 2 * i + 2, entries[i].call);
    }
    return sqlite_run(statement);
}

int sqlite_insert_lookup(struct store_sqlite *s, int64_t key, int64_t call)
{
    return run_with_entries(s->statements[INSERT_LOOKUP], &(struct recent_entry){ key, call }, 1);
}

int sqlite_insert_lookups(struct store_sqlite *s, const struct recent_entry entries[LOOKUP_ROWS])
{
    return run_with_entries(s->statements[INSERT_LOOKUPS], entries, LOOKUP_ROWS);
}

int sqlite_delete_lookup(struct store_sqlite *s, int64_t key, int64_t call)
{
    return run_with_entries(s->statements[DELETE_LOOKUP], &(struct recent_entry){ key, call }, 1);
}

void sqlite_lookup_begin(struct store_sqlite *s, int64_t key, int64_t first_id, int64_t below_id)
{
    sqlite3_bind_int64(s->statements[LOOKUP], 1, key);
    sqlite3_bind_int64(s->statements[LOOKUP], 2, first_id);
    sqlite3_bind_int64(s->statements[LOOKUP], 3, below_id);
}

int sqlite_lookup_next(struct store_sqlite *s, int64_t *ret_call)
{
    int r = sqlite_next_row(s->statements[LOOKUP]);

    if (r >= 0)
        *ret_call = sqlite3_column_int64(s->statements[LOOKUP], 0);
    return r;
}

void sqlite_lookup_end(struct store_sqlite *s)
{
    sqlite3_reset(s->statements[LOOKUP]);
}
