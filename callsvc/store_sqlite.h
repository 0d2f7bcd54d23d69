/* store_sqlite.h - what the files store_sqlite*.c share; nobody else includes it */
#pragma once

#include "callsvc/call_key.h"
#include "callsvc/media_index.h"
#include "callsvc/outbox_plan.h"
#include "callsvc/recent.h"
#include "callsvc/replicas.h"
#include "callsvc/ringing.h"
#include "callsvc/store_type.h"
#include "callsvc/timers.h"

struct sqlite3;
struct sqlite3_stmt;

enum statement {
#define STATEMENT(name, text) name,
#include "callsvc/store_sqlite_statements.def"
#undef STATEMENT
    STATEMENTS
};

/* The row of the table `meta`; see schema/. */
struct meta {
    int64_t seq;
    int64_t next_call;
    int64_t low_water;
    int64_t indexed_to;
};

/* due_at of a webhook that waits for an earlier one of its call. */
#define OUTBOX_BEHIND INT64_MAX

/* What is known of the outbox's queues without asking the database. */
struct outbox_state {
    int64_t due_at[QUEUES_MOST]; /* nothing is due before */
    size_t waiting[QUEUES_MOST]; /* rows, those in hand too */
};

/* Entries of `lookup` that are being written to disk, a few with each group. */
struct merge {
    struct recent *from; /* NULL: there is no merge */
    int64_t first;       /* its first call */
    size_t bucket;
    size_t place; /* within the bucket */
};

/* No call below this id was told of after this event, nor ever will be. */
struct settled {
    int64_t seq;
    int64_t below_id;
};

enum { SETTLED_MOST = 128, SETTLED_EVERY_MS = 60 * 1000 }; /* of the last two hours */

struct store_sqlite {
    struct store store;
    struct store_options options; /* its url is not kept */
    int lock_fd;
    struct sqlite3 *database;
    struct sqlite3_stmt *statements[STATEMENTS];
    struct meta meta;       /* as the running transaction will leave it */
    struct meta saved_meta; /* as it is on disk */
    struct call_key_secret secret;
    struct recent *recent; /* entries of `lookup` for the calls from recent_first on */
    int64_t recent_first;
    int64_t young_first[2]; /* calls of the last minute are not below the first of these */
    int64_t young_since_ms; /* steady time at which the second was the next call */
    struct settled settled[SETTLED_MOST]; /* a ring: the next one goes to settled_count */
    size_t settled_count;
    int64_t settled_at_ms; /* steady time of the latest */
    struct merge merge;    /* those of the calls from meta.indexed_to to recent_first */
    struct merge saved_merge;
    struct recent *merged; /* the entries before those, which are on disk, too; NULL: none */
    int64_t merged_first;  /* from this call on all entries are in memory */
    struct timers *timers;
    struct ringing *ringing;
    struct ringing *reachable;  /* uids that may have devices: those who are not in it have none */
    struct outbox_state outbox; /* as the running transaction will leave it */
    struct outbox_state saved_outbox; /* as it is on disk */
    struct media_index *media;
    struct replicas *replicas;
    size_t live_calls;
    bool was_failing; /* the last transaction failed: try the disk when idle */
};

/* store_sqlite_file.c: lock and open the file, and bring its tables up to date. 0 or -errno, with a
 * sentence in reterr; what was opened is closed by sqlite_file_close. */
int sqlite_file_open(struct store_sqlite *s, const char *path,
                     char reterr[STORE_PROBLEM_MOST]) MUST_CHECK;
void sqlite_file_close(struct store_sqlite *s);

/* store_sqlite_schema.c: 0 or -errno as above. */
int sqlite_schema_migrate(struct sqlite3 *database, char reterr[STORE_PROBLEM_MOST]) MUST_CHECK;

/* store_sqlite_statements.c. Each is 0 or -errno; the finders give -ENOENT when there is none. */
int sqlite_errno(int sqlite_code);
int sqlite_prepare(struct store_sqlite *s) MUST_CHECK;
void sqlite_finalize(struct store_sqlite *s);
int sqlite_begin(struct store_sqlite *s, bool writes) MUST_CHECK;
int sqlite_commit(struct store_sqlite *s) MUST_CHECK;
void sqlite_rollback(struct store_sqlite *s);
int sqlite_load_meta(struct store_sqlite *s) MUST_CHECK; /* also the secret */
int sqlite_save_meta(struct store_sqlite *s) MUST_CHECK;
int sqlite_find_call(struct store_sqlite *s, int64_t id, struct call_record *ret) MUST_CHECK;
int sqlite_insert_call(struct store_sqlite *s, const struct call_record *record) MUST_CHECK;
int sqlite_update_call(struct store_sqlite *s, const struct call_record *record) MUST_CHECK;
int sqlite_delete_call(struct store_sqlite *s, int64_t id) MUST_CHECK; /* and its events */
int sqlite_insert_event(struct store_sqlite *s, const struct call_record *record,
                        const struct operation_event *event, int64_t at) MUST_CHECK;

/* Step through all calls from an id on: begin, next until -ENOENT, end. */
void sqlite_calls_begin(struct store_sqlite *s, int64_t first_id);
int sqlite_calls_next(struct store_sqlite *s, struct call_record *ret) MUST_CHECK;
void sqlite_calls_end(struct store_sqlite *s);

/* store_sqlite_lookup.c: the table `lookup`. An entry that is there already does no harm. Rows by
 * the statement cost half of what they cost one by one. */
enum { LOOKUP_ROWS = 16 };
int sqlite_insert_lookup(struct store_sqlite *s, int64_t key, int64_t call) MUST_CHECK;
int sqlite_insert_lookups(struct store_sqlite *s,
                          const struct recent_entry entries[LOOKUP_ROWS]) MUST_CHECK;
int sqlite_delete_lookup(struct store_sqlite *s, int64_t key, int64_t call) MUST_CHECK;

/* Step through the calls that `lookup` has for a key on disk, newest first, of some ids. */
void sqlite_lookup_begin(struct store_sqlite *s, int64_t key, int64_t first_id, int64_t below_id);
int sqlite_lookup_next(struct store_sqlite *s, int64_t *ret_call) MUST_CHECK;
void sqlite_lookup_end(struct store_sqlite *s);

/* store_sqlite_index.c: `lookup`, in memory and on disk together. */
struct start_keys sqlite_index_keys(const struct store_sqlite *s, const char *channel,
                                    const char *src_uid, const char *dst_uid);
/* Give the starts among operations their keys, and have the memory that those lead to fetched for
 * all of them at once: one by one they would wait for it longer than they work. */
void sqlite_index_foresee(struct store_sqlite *s, struct operation *operations, size_t count);
void sqlite_index_add_new(struct store_sqlite *s, const struct call_record *record,
                          const struct start_keys *keys);
int sqlite_index_add_callee(struct store_sqlite *s, const struct call_record *record) MUST_CHECK;
int sqlite_index_remove(struct store_sqlite *s, const struct call_record *record) MUST_CHECK;
int64_t sqlite_index_key(const struct store_sqlite *s, enum call_key_kind kind, const char *text);
int64_t sqlite_index_pair_key(const struct store_sqlite *s, const char *src_uid,
                              const char *dst_uid);

/* Call `function` for each call of a key from first_id on until it says false: newest first, but
 * for calls that were claimed later. Calls whose text only shares the key come, too. 0 or -errno.
 */
struct index_search {
    int64_t key;
    int64_t first_id;
    bool (*function)(void *context, const struct call_record *record);
    void *context;
};
int sqlite_index_each(struct store_sqlite *s, const struct index_search *search) MUST_CHECK;
int sqlite_find_channel(struct store_sqlite *s, const char *channel,
                        struct call_record *ret) MUST_CHECK;
/* Of a channel that was just minted: only a request that is sent again finds its call, which needs
 * no look at the millions on disk. */
int sqlite_find_young_channel(struct store_sqlite *s, const char *channel, int64_t key,
                              struct call_record *ret) MUST_CHECK;

/* store_sqlite_history.c: the ids of calls that may be a uid's, either way, newest first; of each
 * way and place where such entries are at most `most`. Freed by call_ids_done, also after an error.
 */
struct call_ids {
    int64_t *ids;
    size_t count;
    size_t capacity;
    bool is_cut; /* there may be older ones */
};
int sqlite_ids_of(struct store_sqlite *s, const char *uid, int64_t below_id, size_t most,
                  struct call_ids *ids) MUST_CHECK;
void call_ids_done(struct call_ids *ids);
/* The least id whose number, as the statement (CALL_MADE_AT, FIRST_EVENT_OF_CALL) has it, is at
 * least `value`; the next call's id if there is none. Numbers must ascend with the ids. */
int sqlite_first_call_where(struct store_sqlite *s, enum statement statement, int64_t value,
                            int64_t *ret) MUST_CHECK;
int sqlite_run_history(struct store_sqlite *s, struct operation *o, int64_t now_ms) MUST_CHECK;

/* store_sqlite_events.c */
int sqlite_run_events(struct store_sqlite *s, struct operation *o, int64_t now_ms) MUST_CHECK;
/* Outside of a transaction, now and then: whoever asks for later events need not look below the low
 * water mark. */
void sqlite_note_settled(struct store_sqlite *s);

/* Within a transaction that writes: move some entries to disk; when it is on disk; or rolled back.
 */
int sqlite_index_merge(struct store_sqlite *s, size_t operations) MUST_CHECK;
void sqlite_index_committed(struct store_sqlite *s);
void sqlite_index_rolled_back(struct store_sqlite *s);

/* store_sqlite_verbs.c, store_sqlite_start.c: run one operation within the open transaction. 0 or
 * -errno: the transaction cannot go on. */
int sqlite_run_operation(struct store_sqlite *s, struct operation *operation,
                         int64_t now_ms) MUST_CHECK;
int sqlite_run_start(struct store_sqlite *s, struct operation *o, int64_t now_ms) MUST_CHECK;

/* store_sqlite_keys.c: a request with a client's Idempotency-Key; an empty key is none. Texts are
 * borrowed. */
enum idempotency_verb { KEYED_CALL_USER = 1, KEYED_CALL_ROBOT, KEYED_INVITE_ROBOT };
enum { KEYS_KEPT_MS = 24 * 3600 * 1000 };
struct keyed {
    enum idempotency_verb verb;
    const char *who;
    const char *key;
    const char
        *minted; /* what tells the first request, sent again by a service, from the client's next */
    int64_t fingerprint;
};
struct keyed sqlite_keyed_start(const struct store_sqlite *s, const struct call_start *asked);
struct keyed sqlite_keyed_invitation(const struct store_sqlite *s, const struct robot_claim *asked);
/* 1: the key was seen before; the operation has its call, or is refused. 0: it was not. -errno. */
int sqlite_find_keyed(struct store_sqlite *s, const struct keyed *keyed, int64_t now_ms,
                      struct operation *o) MUST_CHECK;
/* Remember what came of the operation, unless that was refused. */
int sqlite_keep_key(struct store_sqlite *s, const struct keyed *keyed, int64_t now_ms,
                    const struct operation *o) MUST_CHECK;
/* A few old ones. 1: there may be more; 0 or -errno. */
int sqlite_forget_keys(struct store_sqlite *s, int64_t now_ms) MUST_CHECK;

/* store_sqlite_media.c: as above. */
int sqlite_run_parties(struct store_sqlite *s, struct operation *o, int64_t now_ms) MUST_CHECK;
int sqlite_run_media_claim(struct store_sqlite *s, struct operation *o, int64_t now_ms) MUST_CHECK;
int sqlite_run_media_update(struct store_sqlite *s, struct operation *o, int64_t now_ms) MUST_CHECK;
int sqlite_run_media_list(struct store_sqlite *s, struct operation *o, int64_t now_ms) MUST_CHECK;
int sqlite_run_beat(struct store_sqlite *s, struct operation *o, int64_t now_ms) MUST_CHECK;

/* store_sqlite_devices.c: as above; and find out at start who has devices. */
int sqlite_run_register(struct store_sqlite *s, struct operation *o, int64_t now_ms) MUST_CHECK;
int sqlite_run_unregister(struct store_sqlite *s, struct operation *o, int64_t now_ms) MUST_CHECK;
int sqlite_rebuild_devices(struct store_sqlite *s) MUST_CHECK;
/* The operation is on disk: bring s->reachable up to date. */
void sqlite_settle_devices(struct store_sqlite *s, const struct operation *o);

/* store_sqlite_outbox.c: write what the operation's events have to be told to devices and webhooks;
 * find out at start what waits, and give up what nobody will take. 0 or -errno. */
int sqlite_outbox_add(struct store_sqlite *s, const struct operation *o, int64_t now_ms) MUST_CHECK;
int sqlite_outbox_rebuild(struct store_sqlite *s) MUST_CHECK;
int sqlite_outbox_forget_old(struct store_sqlite *s, int64_t now_ms) MUST_CHECK;
/* The transaction is on disk, or was rolled back. */
void sqlite_outbox_committed(struct store_sqlite *s);
void sqlite_outbox_rolled_back(struct store_sqlite *s, int64_t now_ms);

/* store_sqlite_outbox_take.c: run one operation, as above. */
int sqlite_run_take(struct store_sqlite *s, struct operation *o, int64_t now_ms) MUST_CHECK;
int sqlite_run_settle(struct store_sqlite *s, struct operation *o, int64_t now_ms) MUST_CHECK;

/* store_sqlite_write.c: what verbs have in common. Load the call of a channel: 0, 1 with the
 * operation refused if there is none, or -errno. */
int sqlite_load_channel(struct store_sqlite *s, struct operation *o,
                        const char *channel) MUST_CHECK;
void sqlite_note_before(struct store_sqlite *s, struct operation *o);
/* The uid is given a token, if it may have one: call_logic_note_token. */
void sqlite_note_token(struct store_sqlite *s, struct operation *o, const char *uid, int64_t now_ms,
                       struct changes *changes);
int sqlite_write_new(struct store_sqlite *s, struct operation *o, const struct changes *changes,
                     int64_t now_ms) MUST_CHECK;
int sqlite_write_changes(struct store_sqlite *s, struct operation *o, const struct changes *changes,
                         int64_t now_ms) MUST_CHECK;

/* store_sqlite_upkeep.c: find out what is open, at start; and store_maintain. */
int sqlite_rebuild(struct store_sqlite *s) MUST_CHECK;
int sqlite_maintain(struct store *store, int64_t now_ms) MUST_CHECK;
/* At the end: the next start need not look at calls that are closed. */
void sqlite_save_mark(struct store_sqlite *s);
