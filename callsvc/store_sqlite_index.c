/* store_sqlite_index.c - which calls a channel or a uid has: the newest in memory, all others in
 * the table `lookup`.
 *
 * Entries gather in `recent`. When there are enough of them they become the `merge`, which is
 * written to the table in order of keys, a little with each group, while new ones gather in a fresh
 * `recent`. meta.indexed_to says from which call on the table is not to be believed; after a crash
 * the entries of those calls are made again, and writing an entry twice does no harm. What has been
 * written last stays in memory, too: questions are about calls of the last minutes. */
#include "callsvc/store_sqlite.h"

#include <errno.h>
#include <string.h>

enum {
    GATHERED_ENTRIES = 3 * 131072, /* three a call */
    MERGED_PER_OPERATION = 4,      /* more than the three that a new call adds */
};

int64_t sqlite_index_key(const struct store_sqlite *s, enum call_key_kind kind, const char *text)
{
    return call_key(&s->secret, kind, text, "");
}

int64_t sqlite_index_pair_key(const struct store_sqlite *s, const char *src_uid,
                              const char *dst_uid)
{
    return call_key(&s->secret, KEY_PAIR, src_uid, dst_uid);
}

struct start_keys sqlite_index_keys(const struct store_sqlite *s, const char *channel,
                                    const char *src_uid, const char *dst_uid)
{
    return (struct start_keys){
        .channel = sqlite_index_key(s, KEY_CHANNEL, channel),
        .caller = sqlite_index_key(s, KEY_CALLER, src_uid),
        .callee = sqlite_index_key(s, KEY_CALLEE, dst_uid),
        .pair = sqlite_index_pair_key(s, src_uid, dst_uid),
        .back = sqlite_index_pair_key(s, dst_uid, src_uid),
    };
}

static void foresee_places(const struct store_sqlite *s, const struct start_keys *keys)
{
    recent_foresee(s->recent, keys->channel);
    recent_foresee(s->recent, keys->caller);
    recent_foresee(s->recent, keys->callee);
    if (s->merge.from)
        recent_foresee(s->merge.from, keys->channel);
    if (s->merged)
        recent_foresee(s->merged, keys->channel);
    ringing_foresee(s->ringing, keys->pair);
    ringing_foresee(s->ringing, keys->back);
}

void sqlite_index_foresee(struct store_sqlite *s, struct operation *operations, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct call_start *asked = &operations[i].asked.start;

        if (operations[i].kind != OPERATION_START)
            continue;
        operations[i].keys = sqlite_index_keys(s, asked->channel, asked->src_uid, asked->dst_uid);
        foresee_places(s, &operations[i].keys);
    }
}

void sqlite_index_add_new(struct store_sqlite *s, const struct call_record *record,
                          const struct start_keys *keys)
{
    recent_add(s->recent, keys->channel, record->id);
    recent_add(s->recent, keys->caller, record->id);
    if (*record->dst_uid)
        recent_add(s->recent, keys->callee, record->id);
}

static bool is_in_memory(const struct recent *recent, int64_t key, int64_t call)
{
    size_t cursor = SIZE_MAX;
    int64_t found;

    while (recent_next(recent, key, &cursor, &found))
        if (found == call)
            return true;
    return false;
}

/* Which part of the memory has a call's entries; NULL: they are on disk alone. */
static struct recent *memory_of(const struct store_sqlite *s, int64_t call)
{
    if (call >= s->recent_first)
        return s->recent;
    if (call >= s->meta.indexed_to)
        return s->merge.from;
    return call >= s->merged_first ? s->merged : NULL;
}

int sqlite_index_add_callee(struct store_sqlite *s, const struct call_record *record)
{
    int64_t key = sqlite_index_key(s, KEY_CALLEE, record->dst_uid);
    struct recent *memory = memory_of(s, record->id);

    if (memory == s->recent) {
        recent_add(memory, key, record->id);
        return 0;
    }
    /* The merge may have passed the key's place: the entry must be on disk when it is over, and in
     * memory, too. Should the transaction fail, it does no harm there. */
    if (memory && !is_in_memory(memory, key, record->id)) {
        recent_add(memory, key, record->id);
        recent_keep(memory);
    }
    return sqlite_insert_lookup(s, key, record->id);
}

int sqlite_index_remove(struct store_sqlite *s, const struct call_record *record)
{
    int r = sqlite_delete_lookup(s, sqlite_index_key(s, KEY_CHANNEL, record->channel), record->id);

    if (r >= 0)
        r = sqlite_delete_lookup(s, sqlite_index_key(s, KEY_CALLER, record->src_uid), record->id);
    if (r >= 0)
        r = sqlite_delete_lookup(s, sqlite_index_key(s, KEY_CALLEE, record->dst_uid), record->id);
    return r;
}

/* Show one call: 1 to go on, 0 to stop, or -errno. */
static int show(struct store_sqlite *s, int64_t call, const struct index_search *search)
{
    struct call_record record;
    int r = sqlite_find_call(s, call, &record);

    if (r < 0)
        return r == -ENOENT ? 1 : r;
    return search->function(search->context, &record);
}

static int each_in_memory(struct store_sqlite *s, const struct recent *recent,
                          const struct index_search *search)
{
    size_t cursor = SIZE_MAX;
    int64_t call;
    int r = 1;

    while (r > 0 && recent_next(recent, search->key, &cursor, &call))
        if (call >= search->first_id)
            r = show(s, call, search);
    return r;
}

static int each_on_disk(struct store_sqlite *s, const struct index_search *search)
{
    int64_t call;
    int r;

    sqlite_lookup_begin(s, search->key, search->first_id, s->merged_first);
    do {
        r = sqlite_lookup_next(s, &call);
        if (r >= 0)
            r = show(s, call, search);
    } while (r > 0);
    sqlite_lookup_end(s);
    return r == -ENOENT ? 0 : r;
}

int sqlite_index_each(struct store_sqlite *s, const struct index_search *search)
{
    int r = each_in_memory(s, s->recent, search);

    if (r > 0 && s->merge.from)
        r = each_in_memory(s, s->merge.from, search);
    if (r > 0 && s->merged)
        r = each_in_memory(s, s->merged, search);
    if (r <= 0 || search->first_id >= s->merged_first)
        return r < 0 ? r : 0;
    return each_on_disk(s, search);
}

struct channel_search {
    const char *channel;
    struct call_record *ret;
    bool is_found;
};

static bool take_channel(void *context, const struct call_record *record)
{
    struct channel_search *search = context;

    search->is_found = strcmp(record->channel, search->channel) == 0;
    if (search->is_found)
        *search->ret = *record;
    return !search->is_found;
}

static int find_channel(struct store_sqlite *s, const char *channel, int64_t key, int64_t first_id,
                        struct call_record *ret)
{
    struct channel_search found = { channel, ret, false };
    const struct index_search search = {
        .key = key, .first_id = first_id, .function = take_channel, .context = &found
    };
    int r = sqlite_index_each(s, &search);

    if (r < 0)
        return r;
    return found.is_found ? 0 : -ENOENT;
}

int sqlite_find_channel(struct store_sqlite *s, const char *channel, struct call_record *ret)
{
    return find_channel(s, channel, sqlite_index_key(s, KEY_CHANNEL, channel), 0, ret);
}

int sqlite_find_young_channel(struct store_sqlite *s, const char *channel, int64_t key,
                              struct call_record *ret)
{
    return find_channel(s, channel, key, s->young_first[0], ret);
}

/* Entries on their way to disk, in order. */
struct rows {
    struct recent_entry entries[LOOKUP_ROWS];
    size_t count;
};

static int write_row(struct store_sqlite *s, struct rows *rows, const struct recent_entry *entry)
{
    rows->entries[rows->count++] = *entry;
    if (rows->count < LOOKUP_ROWS)
        return 0;
    rows->count = 0;
    return sqlite_insert_lookups(s, rows->entries);
}

static int write_rest(struct store_sqlite *s, const struct rows *rows)
{
    int r = 0;

    for (size_t i = 0; r >= 0 && i < rows->count; i++)
        r = sqlite_insert_lookup(s, rows->entries[i].key, rows->entries[i].call);
    return r;
}

/* Write entries of the bucket that the merge has come to: how many, or -errno. */
static int merge_bucket(struct store_sqlite *s, struct rows *rows, size_t most)
{
    size_t count, done = 0;
    const struct recent_entry *entries = recent_sort_bucket(s->merge.from, s->merge.bucket, &count);

    while (done < most && s->merge.place < count) {
        int r = write_row(s, rows, &entries[s->merge.place]);

        if (r < 0)
            return r;
        s->merge.place++;
        done++;
    }
    if (s->merge.place == count) {
        s->merge.bucket++;
        s->merge.place = 0;
    }
    return (int)done;
}

int sqlite_index_merge(struct store_sqlite *s, size_t operations)
{
    size_t left = operations * MERGED_PER_OPERATION;
    struct rows rows = { .count = 0 };

    if (!s->merge.from)
        return 0;
    while (left > 0 && s->merge.bucket < RECENT_BUCKETS) {
        int r = merge_bucket(s, &rows, left);

        if (r < 0)
            return r;
        left -= (size_t)r;
    }
    if (s->merge.bucket == RECENT_BUCKETS)
        s->meta.indexed_to = s->recent_first;
    return write_rest(s, &rows);
}

static bool has_gathered(const struct store_sqlite *s)
{
    size_t enough =
        s->options.gathered_entries ? s->options.gathered_entries : (size_t)GATHERED_ENTRIES;

    return recent_count(s->recent) >= enough;
}

static void begin_merge(struct store_sqlite *s)
{
    s->merge = (struct merge){ .from = s->recent, .first = s->recent_first };
    s->recent = recent_new();
    s->recent_first = s->meta.next_call;
}

static void end_merge(struct store_sqlite *s)
{
    recent_free(s->merged);
    s->merged = s->merge.from;
    s->merged_first = s->merge.first;
    s->merge = (struct merge){ .from = NULL };
}

void sqlite_index_committed(struct store_sqlite *s)
{
    recent_keep(s->recent);
    if (s->merge.from && s->meta.indexed_to == s->recent_first)
        end_merge(s);
    if (!s->merge.from && has_gathered(s))
        begin_merge(s);
    s->saved_merge = s->merge;
}

void sqlite_index_rolled_back(struct store_sqlite *s)
{
    s->merge = s->saved_merge;
    recent_take_back(s->recent);
}
