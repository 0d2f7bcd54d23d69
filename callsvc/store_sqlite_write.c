/* store_sqlite_write.c - writes what call_logic changed: the call, its index entries, its events */
#include "callsvc/store_sqlite.h"

#include <errno.h>

void sqlite_note_before(struct store_sqlite *s, struct operation *o)
{
    o->state_before = o->record.state;
    o->was_open = call_is_open(&o->record);
    o->due_before = call_logic_due(&o->record, &s->options.rules);
}

void sqlite_note_token(struct store_sqlite *s, struct operation *o, const char *uid, int64_t now_ms,
                       struct changes *changes)
{
    o->token_floor = call_logic_note_token(&o->record, uid, &s->options.rules, now_ms, changes);
}

int sqlite_load_channel(struct store_sqlite *s, struct operation *o, const char *channel)
{
    int r = sqlite_find_channel(s, channel, &o->record);

    if (r == -ENOENT) {
        o->error = ERROR_CALL_NOT_FOUND;
        return 1;
    }
    if (r >= 0)
        sqlite_note_before(s, o);
    return r;
}

static int write_events(struct store_sqlite *s, struct operation *o, const struct changes *changes,
                        int64_t now_ms)
{
    unsigned hidden = *o->record.dst_uid ? 0 : HIDDEN_CALLEE;

    for (unsigned i = 0; i < changes->count; i++) {
        int64_t seq = o->record.seq - changes->count + i + 1;
        int r;

        o->events[i] =
            (struct operation_event){ seq, changes->events[i], changes->hidden[i] | hidden };
        r = sqlite_insert_event(s, &o->record, &o->events[i], now_ms);
        if (r < 0)
            return r;
    }
    o->event_count = changes->count;
    return sqlite_outbox_add(s, o, now_ms);
}

/* Give the events their numbers, before the call that names the latest is written. */
static void number_events(struct store_sqlite *s, struct operation *o,
                          const struct changes *changes)
{
    if (changes->count == 0)
        return;
    s->meta.seq += changes->count;
    o->record.seq = s->meta.seq;
}

int sqlite_write_new(struct store_sqlite *s, struct operation *o, const struct changes *changes,
                     int64_t now_ms)
{
    int r;

    o->record.id = s->meta.next_call++;
    number_events(s, o, changes);
    r = sqlite_insert_call(s, &o->record);
    if (r < 0)
        return r;
    sqlite_index_add_new(s, &o->record, &o->keys);
    return write_events(s, o, changes, now_ms);
}

int sqlite_write_changes(struct store_sqlite *s, struct operation *o, const struct changes *changes,
                         int64_t now_ms)
{
    int r;

    if (!changes->is_changed)
        return 0;
    number_events(s, o, changes);
    r = sqlite_update_call(s, &o->record);
    if (r >= 0 && changes->has_claimed)
        r = sqlite_index_add_callee(s, &o->record);
    return r < 0 ? r : write_events(s, o, changes, now_ms);
}
