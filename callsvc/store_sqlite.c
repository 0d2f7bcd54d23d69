/* store_sqlite.c - the store in one SQLite file: groups of operations, one transaction each */
#include "callsvc/store_sqlite.h"

#include "common/clock.h"
#include "common/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void free_sqlite(struct store *store)
{
    struct store_sqlite *s = (struct store_sqlite *)store;

    if (s->meta.next_call > 0)
        sqlite_save_mark(s);
    sqlite_file_close(s);
    recent_free(s->recent);
    recent_free(s->merge.from);
    recent_free(s->merged);
    timers_free(s->timers);
    ringing_free(s->ringing);
    ringing_free(s->reachable);
    media_index_free(s->media);
    replicas_free(s->replicas);
    free(s);
}

static bool group_writes(const struct operation *operations, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (operation_writes(operations[i].kind))
            return true;
    return false;
}

/* A low water mark that has moved alone can wait. */
static bool is_meta_changed(const struct store_sqlite *s)
{
    return s->meta.seq != s->saved_meta.seq || s->meta.next_call != s->saved_meta.next_call ||
           s->meta.indexed_to != s->saved_meta.indexed_to;
}

static int run_all(struct store_sqlite *s, struct operation *operations, size_t count,
                   int64_t now_ms)
{
    bool writes = group_writes(operations, count);
    int r = sqlite_begin(s, writes);

    sqlite_index_foresee(s, operations, count);
    for (size_t i = 0; r >= 0 && i < count; i++)
        r = sqlite_run_operation(s, &operations[i], now_ms);
    if (r >= 0 && writes)
        r = sqlite_index_merge(s, count);
    if (r >= 0 && is_meta_changed(s))
        r = sqlite_save_meta(s);
    return r < 0 ? r : sqlite_commit(s);
}

static bool is_live_state(enum call_state state)
{
    return state >= CALL_CREATED && state <= CALL_ANSWERED;
}

/* Who has a robot lives, also before its first beat. */
static void hear_replica(struct store_sqlite *s, const struct operation *o)
{
    if (o->kind == OPERATION_START)
        replicas_hear(s->replicas, o->asked.start.replica, s->options.steady_ms());
    if (o->kind == OPERATION_ROBOT_CLAIM)
        replicas_hear(s->replicas, o->asked.claim.replica, s->options.steady_ms());
}

/* Bring what is kept in memory up to date with an operation that is on disk. */
static void settle(struct store_sqlite *s, const struct operation *o)
{
    const struct call_record *record = &o->record;
    int64_t due;

    sqlite_settle_devices(s, o);
    if (o->error || record->id == 0)
        return;
    due = call_logic_due(record, &s->options.rules);
    if (due < o->due_before)
        timers_add(s->timers, due, record->id);
    if (o->kind == OPERATION_EXPIRE && !call_is_unanswered(record))
        ringing_forget(s->ringing, sqlite_index_pair_key(s, record->src_uid, record->dst_uid),
                       record->id);
    media_index_note(s->media, record);
    hear_replica(s, o);
    s->live_calls += is_live_state(record->state);
    s->live_calls -= is_live_state(o->state_before);
}

/* Timers that could not be run are due again in a moment. */
static void put_back(struct store_sqlite *s, const struct operation *operations, size_t count,
                     int64_t now_ms)
{
    enum { AGAIN_MS = 1000 };

    for (size_t i = 0; i < count; i++)
        if (operations[i].kind == OPERATION_EXPIRE)
            timers_add(s->timers, now_ms + AGAIN_MS, operations[i].asked.expire);
}

/* A request that is sent again comes within a minute (DAPI_REQUEST_MS). */
static void note_age(struct store_sqlite *s)
{
    int64_t now_ms = s->options.steady_ms();

    if (now_ms - s->young_since_ms < MESSAGES_RECENT_MS)
        return;
    s->young_since_ms = now_ms;
    s->young_first[0] = s->young_first[1];
    s->young_first[1] = s->meta.next_call;
}

static int run_group(struct store *store, struct operation *operations, size_t count,
                     int64_t now_ms)
{
    struct store_sqlite *s = (struct store_sqlite *)store;
    int r = run_all(s, operations, count, now_ms);

    s->was_failing = r < 0;
    if (r < 0) {
        sqlite_rollback(s);
        s->meta = s->saved_meta;
        sqlite_index_rolled_back(s);
        sqlite_outbox_rolled_back(s, now_ms);
        put_back(s, operations, count, now_ms);
        return r;
    }
    if (is_meta_changed(s))
        s->saved_meta = s->meta;
    note_age(s);
    sqlite_index_committed(s);
    sqlite_outbox_committed(s);
    for (size_t i = 0; i < count; i++)
        settle(s, &operations[i]);
    return 0;
}

static int64_t next_due(const struct store *store)
{
    return timers_next(((const struct store_sqlite *)store)->timers);
}

static size_t take_due(struct store *store, int64_t now_ms, struct operation *ret, size_t most)
{
    struct store_sqlite *s = (struct store_sqlite *)store;
    size_t count = 0;
    int64_t call;

    while (count < most && timers_take(s->timers, now_ms, &call))
        ret[count++] = (struct operation){ .kind = OPERATION_EXPIRE, .asked.expire = call };
    return count;
}

static int64_t outbox_due(const struct store *store, unsigned queue)
{
    return ((const struct store_sqlite *)store)->outbox.due_at[queue];
}

static size_t outbox_waiting(const struct store *store, unsigned queue)
{
    return ((const struct store_sqlite *)store)->outbox.waiting[queue];
}

static struct store_counts counts(const struct store *store)
{
    const struct store_sqlite *s = (const struct store_sqlite *)store;

    return (struct store_counts){
        .live_calls = s->live_calls,
        .timers = timers_count(s->timers),
        .replicas = replicas_count_living(s->replicas, s->options.steady_ms()),
        .uids_with_devices = ringing_count(s->reachable),
    };
}

static const struct store_type type = {
    .run = run_group,
    .next_due = next_due,
    .take_due = take_due,
    .maintain = sqlite_maintain,
    .outbox_due = outbox_due,
    .outbox_waiting = outbox_waiting,
    .counts = counts,
    .free = free_sqlite,
};

int store_sqlite_open(const struct store_options *options, const char *path, struct store **ret,
                      char reterr[STORE_PROBLEM_MOST])
{
    struct store_sqlite *s = must_alloc(1, sizeof *s);
    AUTO(store_freep) struct store *store = &s->store;
    int r;

    s->store.type = &type;
    s->options = *options;
    s->options.url = NULL;
    if (!s->options.steady_ms)
        s->options.steady_ms = clock_steady_ms;
    s->lock_fd = -1;
    s->recent = recent_new();
    s->timers = timers_new();
    s->ringing = ringing_new();
    s->reachable = ringing_new();
    s->media = media_index_new();
    s->replicas = replicas_new(s->options.steady_ms());
    r = sqlite_file_open(s, path, reterr);
    if (r < 0)
        return r;
    r = sqlite_rebuild(s);
    if (r >= 0)
        r = sqlite_rebuild_devices(s);
    if (r >= 0)
        r = sqlite_outbox_rebuild(s);
    if (r < 0) {
        snprintf(reterr, STORE_PROBLEM_MOST, "cannot read %.200s: %s", path, strerror(-r));
        return r;
    }
    *ret = TAKE(store);
    return 0;
}
