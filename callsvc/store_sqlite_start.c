/* store_sqlite_start.c - makes calls, or finds the one that stands already */
#include "callsvc/store_sqlite.h"

#include <errno.h>
#include <string.h>

/* A uid with more calls than this since the low water mark has its older ones overlooked: what one
 * request may cost is bounded. */
enum { LOOKED_AT_MOST = 1000 };

/* The call that is noted as ringing between two uids, a pair with this key: 0 or -errno; ret->id is
 * 0 if there is none. */
static int find_ringing(struct store_sqlite *s, const char *src_uid, const char *dst_uid,
                        int64_t key, struct call_record *ret)
{
    int64_t id = ringing_find(s->ringing, key);
    int r;

    ret->id = 0;
    if (id == 0)
        return 0;
    r = sqlite_find_call(s, id, ret);
    if (r >= 0 && (strcmp(ret->src_uid, src_uid) != 0 || strcmp(ret->dst_uid, dst_uid) != 0))
        ret->id = 0;
    return r == -ENOENT ? 0 : r;
}

struct live_search {
    const char *uid;
    unsigned looked_at;
    bool is_found;
};

static bool look_whether_live(void *context, const struct call_record *record)
{
    struct live_search *search = context;

    search->is_found = call_is_live(record) && call_has_party(record, search->uid);
    return !search->is_found && ++search->looked_at < LOOKED_AT_MOST;
}

static int find_live(struct store_sqlite *s, const char *uid, enum call_key_kind kind, bool *ret)
{
    struct live_search live = { .uid = uid };
    const struct index_search search = { .key = sqlite_index_key(s, kind, uid),
                                         .first_id = s->meta.low_water,
                                         .function = look_whether_live,
                                         .context = &live };
    int r = sqlite_index_each(s, &search);

    if (r >= 0)
        *ret = live.is_found;
    return r;
}

/* Whether the callee is in a live call, where that matters. */
static int find_busy(struct store_sqlite *s, const char *uid, bool *ret)
{
    int r = 0;

    *ret = false;
    if (!s->options.rules.refuses_busy || !*uid)
        return 0;
    r = find_live(s, uid, KEY_CALLEE, ret);
    if (r >= 0 && !*ret)
        r = find_live(s, uid, KEY_CALLER, ret);
    return r;
}

struct own_search {
    const char *uid;
    unsigned looked_at;
    int64_t count;
    int64_t most;
};

/* What others make ring is nobody's own call until he answers. */
static bool count_own(void *context, const struct call_record *record)
{
    struct own_search *search = context;
    bool is_caller = strcmp(record->src_uid, search->uid) == 0;

    if (is_caller ? call_is_live(record)
                  : record->state == CALL_ANSWERED && call_has_party(record, search->uid))
        search->count++;
    return search->count < search->most && ++search->looked_at < LOOKED_AT_MOST;
}

/* Whether the caller has as many live calls as he may, where there is a limit. */
static int find_too_many(struct store_sqlite *s, const char *uid, bool *ret)
{
    struct own_search own = { .uid = uid, .most = s->options.rules.live_calls_most };
    struct index_search search = { .key = sqlite_index_key(s, KEY_CALLER, uid),
                                   .first_id = s->meta.low_water,
                                   .function = count_own,
                                   .context = &own };
    int r = 0;

    if (own.most > 0)
        r = sqlite_index_each(s, &search);
    if (r >= 0 && own.count < own.most) {
        own.looked_at = 0;
        search.key = sqlite_index_key(s, KEY_CALLEE, uid);
        r = sqlite_index_each(s, &search);
    }
    *ret = own.most > 0 && own.count >= own.most;
    return r < 0 ? r : 0;
}

static int make_call(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    struct changes changes = { 0 };
    bool has_too_many;
    bool is_busy;
    int r = find_too_many(s, o->asked.start.src_uid, &has_too_many);

    if (r >= 0 && has_too_many)
        o->error = ERROR_TOO_MANY_CALLS;
    if (r < 0 || has_too_many)
        return r;
    r = find_busy(s, o->asked.start.dst_uid, &is_busy);
    if (r < 0)
        return r;
    call_logic_make(&o->asked.start, is_busy, now_ms, &o->record, &changes);
    sqlite_note_token(s, o, o->asked.start.src_uid, now_ms, &changes);
    o->due_before = INT64_MAX;
    r = sqlite_write_new(s, o, &changes, now_ms);
    if (r >= 0 && call_is_unanswered(&o->record) && *o->record.dst_uid)
        ringing_note(s->ringing, o->keys.pair, o->record.id);
    return r;
}

static int enter_standing(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    struct changes changes = { 0 };

    sqlite_note_before(s, o);
    if (o->is_glare)
        call_logic_glare(&o->record, &o->asked.start, now_ms, &changes);
    if (o->is_redial)
        call_logic_redial(&o->record, &o->asked.start, &changes);
    sqlite_note_token(s, o, o->asked.start.src_uid, now_ms, &changes);
    return sqlite_write_changes(s, o, &changes, now_ms);
}

/* What stands already and may be meant. An id of 0: there is no such call. */
struct standing {
    struct call_record same;
    struct call_record redial;
    struct call_record glare;
};

static int find_standing(struct store_sqlite *s, const struct operation *o, struct standing *ret)
{
    const struct call_start *asked = &o->asked.start;
    int r = sqlite_find_young_channel(s, asked->channel, o->keys.channel, &ret->same);

    if (r == -ENOENT)
        ret->same.id = r = 0;
    ret->redial.id = ret->glare.id = 0;
    if (r < 0 || !*asked->dst_uid)
        return r;
    r = find_ringing(s, asked->src_uid, asked->dst_uid, o->keys.pair, &ret->redial);
    return r < 0 ? r : find_ringing(s, asked->dst_uid, asked->src_uid, o->keys.back, &ret->glare);
}

static const struct call_record *or_null(const struct call_record *record)
{
    return record->id ? record : NULL;
}

static int refuse_taken(struct operation *o)
{
    o->error = ERROR_BAD_FIELD;
    o->fault = (struct fault){ "channel", "belongs to another call" };
    return 0;
}

static int start(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    struct standing standing;
    enum start_decision decision;
    int r = find_standing(s, o, &standing);

    if (r < 0)
        return r;
    decision = call_logic_decide_start(&o->asked.start, or_null(&standing.same),
                                       or_null(&standing.redial), or_null(&standing.glare));
    o->is_redial = decision == START_REDIAL;
    o->is_glare = decision == START_GLARE;
    switch (decision) {
    case START_NEW: return make_call(s, o, now_ms);
    case START_TAKEN: return refuse_taken(o);
    case START_SAME: o->record = standing.same; break;
    case START_REDIAL: o->record = standing.redial; break;
    case START_GLARE: o->record = standing.glare; break;
    }
    return enter_standing(s, o, now_ms);
}

/* What the key's first request got, it gets again, whatever has happened to the call since. */
static int enter_keyed(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    const struct call_start *asked = &o->asked.start;
    bool is_other = strcmp(o->record.channel, asked->channel) != 0;
    bool is_own = strcmp(o->record.src_uid, asked->src_uid) == 0;

    o->is_redial = !o->is_replayed && is_other && is_own;
    o->is_glare = !o->is_replayed && is_other && !is_own;
    return enter_standing(s, o, now_ms);
}

int sqlite_run_start(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    struct keyed keyed;
    int r;

    o->error = call_logic_check_start(&o->asked.start, &o->fault);
    if (o->error)
        return 0;
    if (!*o->asked.start.idempotency_key)
        return start(s, o, now_ms);
    keyed = sqlite_keyed_start(s, &o->asked.start);
    r = sqlite_find_keyed(s, &keyed, now_ms, o);
    if (r < 0 || o->error)
        return r;
    if (r > 0)
        return enter_keyed(s, o, now_ms);
    r = start(s, o, now_ms);
    return r < 0 ? r : sqlite_keep_key(s, &keyed, now_ms, o);
}
