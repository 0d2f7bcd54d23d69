/* store_sqlite_events.c - what happened to a uid's calls, as it was told when it happened */
#include "callsvc/store_sqlite_bind.h"

#include "common/memory.h"

#include <stdlib.h>

enum {
    CALLS_MOST = 1000, /* of a uid that are looked at for one question */
    /* Nothing happens to a call longer than this after it was made: it rings, lasts as long as any
     * setting allows, and stays open for a robot. */
    LONGEST_LIFE_MS = 50 * 3600 * 1000,
};

/* What is being put together. */
struct collection {
    struct store_sqlite *s;
    struct operation *o;
    size_t capacity;
};

static void make_room(struct collection *c)
{
    struct operation *o = c->o;

    if (o->record_count < c->capacity)
        return;
    c->capacity = c->capacity ? c->capacity * 2 : 16;
    o->records = must_resize(o->records, c->capacity, sizeof *o->records);
    o->happened = must_resize(o->happened, c->capacity, sizeof *o->happened);
}

static bool was_told(const struct call_record *record, const char *uid, unsigned hidden)
{
    if (strcmp(record->src_uid, uid) == 0)
        return !(hidden & HIDDEN_FROM_CALLER);
    return !(hidden & (HIDDEN_FROM_CALLEE | HIDDEN_CALLEE));
}

/* The call as it was just after the event: what a row of the event does not hold follows from the
 * state. */
static void put_back(struct call_record *record, struct sqlite3_stmt *row, unsigned hidden)
{
    record->state = (enum call_state)sqlite3_column_int(row, 3);
    record->reason = (enum call_reason)sqlite3_column_int(row, 4);
    record->ended_by = (enum call_ender)sqlite3_column_int(row, 5);
    record->robot = (enum robot_state)sqlite3_column_int(row, 6);
    record->seq = sqlite3_column_int64(row, 0);
    if (sqlite3_column_int(row, 7))
        record->closed_at = 0;
    if (call_is_unanswered(record))
        record->answered_at = 0;
    if (call_is_live(record))
        record->ended_at = 0;
    if (hidden & HIDDEN_CALLEE)
        memset(record->dst_uid, 0, sizeof record->dst_uid);
}

static void take_event(struct collection *c, const struct call_record *record,
                       struct sqlite3_stmt *row)
{
    const char *uid = c->o->asked.events_since.uid;
    unsigned hidden = (unsigned)sqlite3_column_int(row, 8);
    struct event *event;

    if (!was_told(record, uid, hidden))
        return;
    make_room(c);
    event = &c->o->happened[c->o->record_count];
    *event = (struct event){
        .seq = sqlite3_column_int64(row, 0),
        .type = (enum event_type)sqlite3_column_int(row, 1),
        .at = sqlite3_column_int64(row, 2),
    };
    memcpy(event->to, uid, sizeof event->to);
    c->o->records[c->o->record_count] = *record;
    put_back(&c->o->records[c->o->record_count++], row, hidden);
}

static int take_events_of(struct collection *c, const struct call_record *record)
{
    struct sqlite3_stmt *row = c->s->statements[EVENTS_OF_CALL];
    int r;

    sqlite3_bind_int64(row, 1, record->id);
    sqlite3_bind_int64(row, 2, c->o->asked.events_since.since);
    while ((r = sqlite_next_row(row)) >= 0)
        take_event(c, record, row);
    sqlite3_reset(row);
    return r == -ENOENT ? 0 : r;
}

void sqlite_note_settled(struct store_sqlite *s)
{
    int64_t now_ms = s->options.steady_ms();

    if (s->settled_count > 0 && now_ms - s->settled_at_ms < SETTLED_EVERY_MS)
        return;
    s->settled[s->settled_count++ % SETTLED_MOST] =
        (struct settled){ .seq = s->meta.seq, .below_id = s->meta.low_water };
    s->settled_at_ms = now_ms;
}

/* Calls with lower ids have no event after `since`; there may be others that have none. */
static int64_t find_settled(const struct store_sqlite *s, int64_t since)
{
    size_t count = s->settled_count < SETTLED_MOST ? s->settled_count : SETTLED_MOST;
    int64_t below_id = 0;

    for (size_t i = 0; i < count; i++)
        if (s->settled[i].seq <= since && s->settled[i].below_id > below_id)
            below_id = s->settled[i].below_id;
    return below_id;
}

/* Newest calls first, until they are too old for anything to have happened to them since. */
static int take_calls(struct collection *c, const struct call_ids *ids, int64_t made_after)
{
    const struct events_since *asked = &c->o->asked.events_since;
    int64_t settled_below = find_settled(c->s, asked->since);

    for (size_t i = 0; i < ids->count; i++) {
        struct call_record record;
        int r;

        if (ids->ids[i] < settled_below)
            return 0;
        if (i == CALLS_MOST) {
            c->o->told.truncated = true;
            return 0;
        }
        r = sqlite_find_call(c->s, ids->ids[i], &record);
        if (r >= 0 && record.created_at < made_after)
            return 0;
        if (r >= 0 && record.seq > asked->since && call_has_party(&record, asked->uid))
            r = take_events_of(c, &record);
        if (r < 0 && r != -ENOENT)
            return r;
    }
    c->o->told.truncated |= ids->is_cut;
    return 0;
}

/* The number of the first event that is stored, one more than the latest if there is none. */
static int find_first_stored(struct store_sqlite *s, int64_t *ret)
{
    int64_t oldest;
    int r = sqlite_get_number(s->statements[OLDEST_CALL], &oldest);

    if (r < 0)
        return r;
    sqlite3_bind_int64(s->statements[FIRST_EVENT_OF_CALL], 1, oldest);
    r = sqlite_get_number(s->statements[FIRST_EVENT_OF_CALL], ret);
    if (r >= 0 && *ret == 0)
        *ret = s->meta.seq + 1;
    return r;
}

/* Calls that were made before this time have no event after `since`: the latest call that is no
 * younger than `since` says when that was. */
static int find_made_after(struct store_sqlite *s, int64_t since, int64_t *ret)
{
    struct call_record record = { 0 };
    int64_t next;
    int r = sqlite_first_call_where(s, FIRST_EVENT_OF_CALL, since + 1, &next);

    if (r >= 0)
        r = sqlite_find_call(s, next - 1, &record);
    if (r >= 0)
        *ret = record.created_at - LONGEST_LIFE_MS;
    return r == -ENOENT ? 0 : r;
}

/* Places of events in order of their numbers. */
static int by_seq(const void *left, const void *right, void *happened)
{
    const struct event *events = happened;
    int64_t a = events[*(const size_t *)left].seq, b = events[*(const size_t *)right].seq;

    return (a > b) - (a < b);
}

static void sort_and_cut(struct operation *o, int64_t seq)
{
    size_t limit = (size_t)o->asked.events_since.limit;
    size_t count = o->record_count < limit ? o->record_count : limit;
    size_t *places = must_alloc(o->record_count + 1, sizeof *places);
    struct call_record *records = must_alloc(count + 1, sizeof *records);
    struct event *happened = must_alloc(count + 1, sizeof *happened);

    for (size_t i = 0; i < o->record_count; i++)
        places[i] = i;
    qsort_r(places, o->record_count, sizeof *places, by_seq, o->happened);
    for (size_t i = 0; i < count; i++) {
        records[i] = o->records[places[i]];
        happened[i] = o->happened[places[i]];
    }
    o->told.count = (int64_t)count;
    o->told.more = o->record_count > count;
    o->told.seq = o->told.more ? happened[count - 1].seq : seq;
    free(places);
    free(o->records);
    free(o->happened);
    o->records = records;
    o->happened = happened;
    o->record_count = count;
}

int sqlite_run_events(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    const struct events_since *asked = &o->asked.events_since;
    struct collection collection = { .s = s, .o = o };
    struct call_ids ids = { 0 };
    int64_t made_after = 0, first_stored;
    int r;

    (void)now_ms;
    o->told.seq = s->meta.seq;
    if (asked->since >= s->meta.seq)
        return 0;
    r = find_first_stored(s, &first_stored);
    o->told.truncated = r >= 0 && asked->since < first_stored - 1;
    if (r >= 0)
        r = find_made_after(s, asked->since, &made_after);
    if (r >= 0)
        r = sqlite_ids_of(s, asked->uid, INT64_MAX, CALLS_MOST, &ids);
    if (r >= 0)
        r = take_calls(&collection, &ids, made_after);
    if (r >= 0)
        sort_and_cut(o, s->meta.seq);
    call_ids_done(&ids);
    return r;
}
