/* store_sqlite_verbs.c - runs the verbs on the database: load the call, let call_logic decide,
 * write what it changed */
#include "callsvc/store_sqlite.h"

#include "common/memory.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A uid with more calls than this since the low water mark has its older ones overlooked: what one
 * request may cost is bounded. */
enum { LOOKED_AT_MOST = 1000 };

static bool is_message(const struct call_record *record, int64_t now_ms)
{
    return call_is_live(record) || record->created_at > now_ms - MESSAGES_RECENT_MS;
}

struct message_search {
    struct operation *operation;
    int64_t now_ms;
    unsigned looked_at;
    size_t capacity;
};

static bool take_message(void *context, const struct call_record *record)
{
    struct message_search *search = context;
    struct operation *o = search->operation;

    if (is_message(record, search->now_ms) && strcmp(record->dst_uid, o->asked.messages.uid) == 0) {
        if (o->record_count == search->capacity) {
            search->capacity = search->capacity ? search->capacity * 2 : 4;
            o->records = must_resize(o->records, search->capacity, sizeof *o->records);
        }
        o->records[o->record_count++] = *record;
    }
    return o->record_count < MESSAGES_MOST && ++search->looked_at < LOOKED_AT_MOST;
}

static int newest_first(const void *left, const void *right)
{
    const struct call_record *a = left;
    const struct call_record *b = right;

    return (a->id < b->id) - (a->id > b->id);
}

static int run_messages(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    struct message_search messages = { .operation = o, .now_ms = now_ms };
    const struct index_search search = {
        .key = sqlite_index_key(s, KEY_CALLEE, o->asked.messages.uid),
        .first_id = s->meta.low_water,
        .function = take_message,
        .context = &messages,
    };
    int r = sqlite_index_each(s, &search);

    if (o->record_count > 1)
        qsort(o->records, o->record_count, sizeof *o->records, newest_first);
    return r;
}

static int run_ring(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    struct changes changes = { 0 };
    int r = sqlite_load_channel(s, o, o->asked.ring.channel);

    if (r != 0)
        return r;
    o->error = call_logic_ring(&o->record, o->asked.ring.uid, now_ms, &changes);
    return sqlite_write_changes(s, o, &changes, now_ms);
}

static int run_reject(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    struct changes changes = { 0 };
    int r = sqlite_load_channel(s, o, o->asked.reject.channel);

    if (r != 0)
        return r;
    o->error = call_logic_reject(&o->record, &o->asked.reject, now_ms, &changes);
    return sqlite_write_changes(s, o, &changes, now_ms);
}

static int run_answer(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    struct changes changes = { 0 };
    int r = sqlite_load_channel(s, o, o->asked.answer.channel);

    if (r != 0)
        return r;
    o->error = call_logic_answer(&o->record, &o->asked.answer, now_ms, &changes);
    if (!o->error)
        sqlite_note_token(s, o, o->asked.answer.uid, now_ms, &changes);
    return sqlite_write_changes(s, o, &changes, now_ms);
}

static int run_end(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    struct changes changes = { 0 };
    int r = sqlite_load_channel(s, o, o->asked.end.channel);

    if (r != 0)
        return r;
    o->error = call_logic_end(&o->record, &o->asked.end, now_ms, &changes);
    return sqlite_write_changes(s, o, &changes, now_ms);
}

static int run_join(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    struct changes changes = { 0 };
    int r = sqlite_load_channel(s, o, o->asked.join.channel);

    if (r != 0)
        return r;
    o->error = call_logic_join(&o->record, o->asked.join.uid);
    if (!o->error)
        sqlite_note_token(s, o, o->asked.join.uid, now_ms, &changes);
    return sqlite_write_changes(s, o, &changes, now_ms);
}

static int run_claim(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    const struct keyed keyed = sqlite_keyed_invitation(s, &o->asked.claim);
    struct changes changes = { 0 };
    int r = sqlite_find_keyed(s, &keyed, now_ms, o);

    if (r < 0 || o->error || o->is_replayed)
        return r;
    r = sqlite_load_channel(s, o, o->asked.claim.channel);
    if (r != 0)
        return r;
    o->error = call_logic_robot_claim(&o->record, &o->asked.claim, now_ms, &changes);
    r = sqlite_write_changes(s, o, &changes, now_ms);
    return r < 0 ? r : sqlite_keep_key(s, &keyed, now_ms, o);
}

static int run_update(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    struct changes changes = { 0 };
    int r = sqlite_load_channel(s, o, o->asked.update.channel);

    if (r != 0)
        return r;
    o->error = call_logic_robot_update(&o->record, &o->asked.update, now_ms, &changes);
    return sqlite_write_changes(s, o, &changes, now_ms);
}

static int run_check(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    (void)now_ms;
    for (size_t i = 0; i < o->channel_count; i++) {
        struct call_record record = { 0 };
        int r = sqlite_find_channel(s, o->channels[i].channel, &record);

        if (r >= 0)
            call_record_to_channel_state(&record, &o->channels[i]);
        else if (r != -ENOENT)
            return r;
    }
    return 0;
}

static int run_expire(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    struct changes changes = { 0 };
    int r = sqlite_find_call(s, o->asked.expire, &o->record);

    if (r == -ENOENT) {
        o->error = ERROR_CALL_NOT_FOUND;
        return 0;
    }
    if (r < 0)
        return r;
    sqlite_note_before(s, o);
    /* Its entry in the heap is taken out: whatever comes next needs a new one. */
    o->due_before = INT64_MAX;
    call_logic_expire(&o->record, &s->options.rules, now_ms, &changes);
    return sqlite_write_changes(s, o, &changes, now_ms);
}

int sqlite_run_operation(struct store_sqlite *s, struct operation *operation, int64_t now_ms)
{
    static int (*const verbs[])(struct store_sqlite *, struct operation *, int64_t) = {
        [OPERATION_START] = sqlite_run_start,
        [OPERATION_MESSAGES] = run_messages,
        [OPERATION_RING] = run_ring,
        [OPERATION_ANSWER] = run_answer,
        [OPERATION_REJECT] = run_reject,
        [OPERATION_HISTORY] = sqlite_run_history,
        [OPERATION_EVENTS] = sqlite_run_events,
        [OPERATION_END] = run_end,
        [OPERATION_JOIN] = run_join,
        [OPERATION_ROBOT_CLAIM] = run_claim,
        [OPERATION_ROBOT_UPDATE] = run_update,
        [OPERATION_CHANNELS_CHECK] = run_check,
        [OPERATION_PARTIES] = sqlite_run_parties,
        [OPERATION_MEDIA_CLAIM] = sqlite_run_media_claim,
        [OPERATION_MEDIA_UPDATE] = sqlite_run_media_update,
        [OPERATION_MEDIA_LIST] = sqlite_run_media_list,
        [OPERATION_REPLICA_BEAT] = sqlite_run_beat,
        [OPERATION_DEVICE_REGISTER] = sqlite_run_register,
        [OPERATION_DEVICE_UNREGISTER] = sqlite_run_unregister,
        [OPERATION_OUTBOX_TAKE] = sqlite_run_take,
        [OPERATION_OUTBOX_SETTLE] = sqlite_run_settle,
        [OPERATION_EXPIRE] = run_expire,
    };
    int r;

    _Static_assert(COUNT_OF(verbs) == OPERATION_KINDS, "each kind has its function");
    assert(operation->kind > 0 && operation->kind < OPERATION_KINDS);
    r = verbs[operation->kind](s, operation, now_ms);
    return r < 0 ? r : 0;
}
