/* store_sqlite_media.c - runs the media plane's verbs: rooms, and what robotsvcs leave behind */
#include "callsvc/store_sqlite.h"

#include "common/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int sqlite_run_parties(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    (void)now_ms;
    return sqlite_load_channel(s, o, o->asked.parties.channel);
}

int sqlite_run_media_claim(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    struct changes changes = { 0 };
    int r = sqlite_load_channel(s, o, o->asked.media_claim.channel);

    if (r != 0)
        return r;
    o->error = call_logic_media_claim(&o->record, &o->asked.media_claim, &changes);
    return sqlite_write_changes(s, o, &changes, now_ms);
}

int sqlite_run_media_update(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    struct changes changes = { 0 };
    int r = sqlite_load_channel(s, o, o->asked.media_update.channel);

    if (r != 0)
        return r;
    o->error = call_logic_media_update(&o->record, &o->asked.media_update, now_ms, &changes);
    return sqlite_write_changes(s, o, &changes, now_ms);
}

/* Load the call of an entry: 0, or -ENOENT if it is open no more, or another -errno. */
static int find_entry(struct store_sqlite *s, const struct media_entry *entry,
                      struct call_record *ret)
{
    int r = sqlite_find_call(s, entry->call, ret);

    return r >= 0 && !call_is_open(ret) ? -ENOENT : r;
}

int sqlite_run_media_list(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    struct media_entry *entry = media_index_first(s->media, o->asked.media_list.after);

    (void)now_ms;
    o->records = must_alloc(MEDIA_LIST_MOST, sizeof *o->records);
    for (; entry && o->record_count < MEDIA_LIST_MOST; entry = media_index_next(s->media, entry)) {
        int r;

        if (!entry->has_node)
            continue;
        r = find_entry(s, entry, &o->records[o->record_count]);
        if (r >= 0)
            o->record_count++;
        else if (r != -ENOENT)
            return r;
    }
    return 0;
}

static bool is_orphan(const struct store_sqlite *s, const struct media_entry *entry,
                      int64_t steady_ms)
{
    return entry->has_robot && entry->offered_until_ms <= steady_ms &&
           replicas_is_gone(s->replicas, entry->replica, steady_ms);
}

/* A robot that joins is offered, too: its robotsvc may be one that had just adopted it. */
static int offer_robots(struct store_sqlite *s, struct operation *o, int64_t now_ms,
                        int64_t steady_ms)
{
    struct media_entry *entry = media_index_first(s->media, 0);

    o->robots = must_alloc(ORPHANS_MOST, sizeof *o->robots);
    for (; entry && o->robot_count < ORPHANS_MOST; entry = media_index_next(s->media, entry)) {
        struct call_record record;
        int r;

        if (!is_orphan(s, entry, steady_ms))
            continue;
        r = find_entry(s, entry, &record);
        if (r < 0 && r != -ENOENT)
            return r;
        if (r < 0 || !call_has_robot(&record) || strcmp(record.robot_replica, entry->replica) != 0)
            continue;
        entry->offered_until_ms = steady_ms + OFFER_MS;
        call_record_to_orphan(&record, now_ms, &o->robots[o->robot_count++]);
    }
    return 0;
}

/* How many live beside the asker. */
static size_t count_others(const struct store_sqlite *s, const char *asker, int64_t steady_ms)
{
    return replicas_count_living(s->replicas, steady_ms) -
           !replicas_is_gone(s->replicas, asker, steady_ms);
}

int sqlite_run_beat(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    const struct replica_beat *beat = &o->asked.beat;
    int64_t steady_ms = s->options.steady_ms();

    if (replicas_beat(s->replicas, beat->replica, o->sessions, o->session_count, steady_ms) < 0) {
        o->error = ERROR_OVERLOADED;
        return 0;
    }
    if (beat->leaving)
        replicas_leave(s->replicas, beat->replica);
    o->other_count = count_others(s, beat->replica, steady_ms);
    o->session_count = 0;
    if (beat->leaving || beat->cut_off)
        return 0;
    o->sessions = must_resize(o->sessions, ORPHANS_MOST, sizeof *o->sessions);
    o->session_count = replicas_offer_sessions(s->replicas, steady_ms, o->sessions, ORPHANS_MOST);
    return offer_robots(s, o, now_ms, steady_ms);
}
