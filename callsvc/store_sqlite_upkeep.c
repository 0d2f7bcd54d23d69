/* store_sqlite_upkeep.c - finds out at start what is open, and removes what is old */
#include "callsvc/store_sqlite.h"

#include <errno.h>

enum {
    LOOKED_AT_MOST = 2000, /* calls that one step of the low water mark passes */
    REMOVED_MOST = 40,     /* calls of one step: about five rows each */
    UNSAVED_MOST = 10000,  /* calls by which the mark on disk may be too low */
};

static void learn(struct store_sqlite *s, const struct call_record *record)
{
    struct start_keys keys =
        sqlite_index_keys(s, record->channel, record->src_uid, record->dst_uid);

    if (record->id >= s->meta.indexed_to)
        sqlite_index_add_new(s, record, &keys);
    s->live_calls += call_is_live(record);
    if (call_is_open(record))
        timers_add(s->timers, call_logic_due(record, &s->options.rules), record->id);
    media_index_note(s->media, record);
    /* An answered call is noted too: a glare that comes again must find it. */
    if (*record->dst_uid && call_is_live(record) && record->ring_expires_at > s->options.now_ms)
        ringing_note(s->ringing, keys.pair, record->id);
}

int sqlite_rebuild(struct store_sqlite *s)
{
    struct call_record record;
    int r = sqlite_load_meta(s);

    if (r < 0)
        return r;
    s->saved_meta = s->meta;
    s->recent_first = s->merged_first = s->meta.indexed_to;
    s->young_first[0] = s->young_first[1] = s->meta.low_water;
    s->young_since_ms = s->options.steady_ms();
    sqlite_calls_begin(s, s->meta.low_water < s->meta.indexed_to ? s->meta.low_water
                                                                 : s->meta.indexed_to);
    while ((r = sqlite_calls_next(s, &record)) >= 0)
        learn(s, &record);
    sqlite_calls_end(s);
    recent_keep(s->recent);
    sqlite_note_settled(s);
    return r == -ENOENT ? 0 : r;
}

static bool is_settled(const struct call_record *record, int64_t now_ms)
{
    return !call_is_open(record) && record->created_at <= now_ms - MESSAGES_RECENT_MS;
}

/* Move the mark past calls that are closed and no messages any more. It is saved with the next
 * group, now and then without one, and at the end: a mark that is too low only costs time. 1: there
 * is more to do. */
static int raise_low_water(struct store_sqlite *s, int64_t now_ms)
{
    int64_t low_water = s->meta.low_water;
    struct call_record record;
    int r = 0;

    sqlite_calls_begin(s, low_water);
    for (int i = 0; i < LOOKED_AT_MOST; i++) {
        r = sqlite_calls_next(s, &record);
        if (r < 0)
            break;
        if (!is_settled(&record, now_ms)) {
            r = -ENOENT;
            break;
        }
        low_water = record.id + 1;
    }
    sqlite_calls_end(s);
    if (r < 0 && r != -ENOENT)
        return r;
    s->meta.low_water = low_water;
    return r == 0;
}

static bool is_old(const struct store_sqlite *s, const struct call_record *record, int64_t now_ms)
{
    return s->options.keep_ms > 0 && record->id < s->meta.low_water &&
           record->id < s->meta.indexed_to && record->created_at < now_ms - s->options.keep_ms;
}

/* The oldest calls that may go, into `ret`: how many, or -errno. */
static int find_old(struct store_sqlite *s, int64_t now_ms, struct call_record ret[REMOVED_MOST])
{
    int count = 0;
    int r = 0;

    sqlite_calls_begin(s, 0);
    while (count < REMOVED_MOST) {
        r = sqlite_calls_next(s, &ret[count]);
        if (r < 0 || !is_old(s, &ret[count], now_ms))
            break;
        count++;
    }
    sqlite_calls_end(s);
    return r < 0 && r != -ENOENT ? r : count;
}

static int remove_calls(struct store_sqlite *s, const struct call_record *records, int count)
{
    int r = sqlite_begin(s, true);

    for (int i = 0; r >= 0 && i < count; i++) {
        r = sqlite_index_remove(s, &records[i]);
        if (r >= 0)
            r = sqlite_delete_call(s, records[i].id);
    }
    if (r >= 0)
        r = sqlite_save_meta(s);
    if (r >= 0)
        r = sqlite_commit(s);
    if (r < 0)
        sqlite_rollback(s);
    else
        s->saved_meta = s->meta;
    return r;
}

static bool is_mark_worth_saving(const struct store_sqlite *s)
{
    return s->meta.low_water - s->saved_meta.low_water > UNSAVED_MOST;
}

void sqlite_save_mark(struct store_sqlite *s)
{
    if (s->meta.low_water != s->saved_meta.low_water)
        (void)!remove_calls(s, NULL, 0);
}

int sqlite_maintain(struct store *store, int64_t now_ms)
{
    struct store_sqlite *s = (struct store_sqlite *)store;
    struct call_record old[REMOVED_MOST];
    int more = raise_low_water(s, now_ms);
    int count = more < 0 ? more : find_old(s, now_ms, old);
    int r = count;

    if (more >= 0)
        sqlite_note_settled(s);
    if (count > 0 || (count == 0 && (s->was_failing || is_mark_worth_saving(s))))
        r = remove_calls(s, old, count);
    if (r >= 0)
        r = sqlite_outbox_forget_old(s, now_ms);
    if (r >= 0)
        r = sqlite_forget_keys(s, now_ms);
    s->was_failing = r < 0;
    return r < 0 ? r : r > 0 || more || count == REMOVED_MOST;
}
