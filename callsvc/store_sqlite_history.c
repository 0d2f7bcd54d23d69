/* store_sqlite_history.c - a uid's calls, either way: found by their ids, newest first */
#include "callsvc/store_sqlite_bind.h"

#include "common/memory.h"

#include <stdlib.h>

enum {
    BEYOND_PAGE = 32, /* claimed calls, and those of one millisecond, move places */
    IDS_MOST = 4000,  /* of each way that are looked at for one page */
    ROWS_MOST = 1000, /* that an answer may have */
};

/* Ids that an entry's turn brings; those of other texts that share the key come, too. */
static void add_id(struct call_ids *ids, int64_t id)
{
    if (ids->count == ids->capacity) {
        ids->capacity = ids->capacity ? ids->capacity * 2 : 64;
        ids->ids = must_resize(ids->ids, ids->capacity, sizeof *ids->ids);
    }
    ids->ids[ids->count++] = id;
}

static void add_from_memory(const struct recent *recent, int64_t key, int64_t below_id, size_t most,
                            struct call_ids *ids)
{
    size_t cursor = SIZE_MAX;
    size_t added = 0;
    int64_t id;

    while (added < most && recent_next(recent, key, &cursor, &id)) {
        if (id >= below_id)
            continue;
        add_id(ids, id);
        added++;
    }
    ids->is_cut |= added == most;
}

static int add_from_disk(struct store_sqlite *s, int64_t key, int64_t below_id, size_t most,
                         struct call_ids *ids)
{
    size_t added = 0;
    int64_t id;
    int r = 0;

    sqlite_lookup_begin(s, key, 0, below_id < s->meta.indexed_to ? below_id : s->meta.indexed_to);
    while (added < most && (r = sqlite_lookup_next(s, &id)) >= 0) {
        add_id(ids, id);
        added++;
    }
    sqlite_lookup_end(s);
    ids->is_cut |= added == most;
    return r < 0 && r != -ENOENT ? r : 0;
}

static int add_all(struct store_sqlite *s, int64_t key, int64_t below_id, size_t most,
                   struct call_ids *ids)
{
    add_from_memory(s->recent, key, below_id, most, ids);
    if (s->merge.from)
        add_from_memory(s->merge.from, key, below_id, most, ids);
    return add_from_disk(s, key, below_id, most, ids);
}

static int newest_first(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return (a < b) - (a > b);
}

static void sort_and_unite(struct call_ids *ids)
{
    size_t kept = 0;

    if (ids->count > 1)
        qsort(ids->ids, ids->count, sizeof *ids->ids, newest_first);
    for (size_t i = 0; i < ids->count; i++)
        if (i == 0 || ids->ids[i] != ids->ids[kept - 1])
            ids->ids[kept++] = ids->ids[i];
    ids->count = kept;
}

int sqlite_ids_of(struct store_sqlite *s, const char *uid, int64_t below_id, size_t most,
                  struct call_ids *ids)
{
    int r = add_all(s, sqlite_index_key(s, KEY_CALLER, uid), below_id, most, ids);

    if (r >= 0)
        r = add_all(s, sqlite_index_key(s, KEY_CALLEE, uid), below_id, most, ids);
    sort_and_unite(ids);
    return r;
}

void call_ids_done(struct call_ids *ids)
{
    free(ids->ids);
    *ids = (struct call_ids){ 0 };
}

/* Ids follow each other without holes, from the oldest call that is stored: 0 or -errno. */
static int find_oldest(struct store_sqlite *s, int64_t *ret)
{
    int r = sqlite_get_number(s->statements[OLDEST_CALL], ret);

    if (r >= 0 && *ret == 0)
        *ret = s->meta.next_call;
    return r;
}

int sqlite_first_call_where(struct store_sqlite *s, enum statement statement, int64_t value,
                            int64_t *ret)
{
    int64_t low, high = s->meta.next_call;
    int r = find_oldest(s, &low);

    while (r >= 0 && low < high) {
        int64_t middle = low + (high - low) / 2, found;

        sqlite3_bind_int64(s->statements[statement], 1, middle);
        r = sqlite_get_number(s->statements[statement], &found);
        if (r < 0)
            return r;
        if (found >= value)
            high = middle;
        else
            low = middle + 1;
    }
    if (r >= 0)
        *ret = low;
    return r;
}

/* A page is longer than asked for rather than cut between calls of one millisecond: the next one
 * begins before that. */
static bool is_full(const struct operation *o, const struct call_record *next)
{
    return o->record_count == ROWS_MOST ||
           (o->record_count >= (size_t)o->asked.history.limit &&
            next->created_at != o->records[o->record_count - 1].created_at);
}

/* Past calls into the page, until it is full or there are no more ids. *ret_looked_at: of how many
 * ids. */
static int take_past_calls(struct store_sqlite *s, struct operation *o, const struct call_ids *ids,
                           size_t *ret_looked_at)
{
    const struct call_history *asked = &o->asked.history;
    size_t i;

    o->record_count = 0;
    o->records = must_resize(o->records, ids->count + 1, sizeof *o->records);
    for (i = 0; i < ids->count; i++) {
        struct call_record *record = &o->records[o->record_count];
        int r = sqlite_find_call(s, ids->ids[i], record);

        if (r == -ENOENT)
            continue;
        if (r < 0)
            return r;
        if (o->record_count > 0 && is_full(o, record))
            break;
        if (!call_is_live(record) && call_has_party(record, asked->uid) &&
            (asked->before == 0 || record->created_at < asked->before))
            o->record_count++;
    }
    *ret_looked_at = i;
    return 0;
}

/* A page from at most so many ids of each way. *ret_is_short: that is too few. Beyond the last of a
 * way's ids, those of the other are not the next ones, and may not be told. */
static int make_page(struct store_sqlite *s, struct operation *o, int64_t below_id, size_t most,
                     bool *ret_is_short)
{
    struct call_ids ids = { 0 };
    size_t looked_at = 0;
    int r = sqlite_ids_of(s, o->asked.history.uid, below_id, most, &ids);

    if (r >= 0)
        r = take_past_calls(s, o, &ids, &looked_at);
    *ret_is_short = ids.is_cut && looked_at + BEYOND_PAGE > most;
    call_ids_done(&ids);
    return r;
}

int sqlite_run_history(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    const struct call_history *asked = &o->asked.history;
    size_t most = (size_t)asked->limit + BEYOND_PAGE + BEYOND_PAGE;
    int64_t below_id = INT64_MAX;
    bool is_short = true;
    int r = 0;

    (void)now_ms;
    if (asked->before > 0)
        r = sqlite_first_call_where(s, CALL_MADE_AT, asked->before, &below_id);
    for (; r >= 0 && is_short && most <= IDS_MOST; most *= 4)
        r = make_page(s, o, below_id, most, &is_short);
    return r;
}
