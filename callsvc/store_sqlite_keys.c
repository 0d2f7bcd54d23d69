/* store_sqlite_keys.c - clients' Idempotency-Keys: what was asked for once is not done twice */
#include "callsvc/store_sqlite_bind.h"

#include <stdio.h>

enum { KEYS_FORGOTTEN_MOST = 100 };

/* Of the fields that a client chose. */
static int64_t fingerprint_of(const struct store_sqlite *s, const char *first, const char *second,
                              int64_t number)
{
    char rest[2 * 24];

    snprintf(rest, sizeof rest, "%lld %lld",
             (long long)call_key(&s->secret, KEY_FINGERPRINT, first, second), (long long)number);
    return call_key(&s->secret, KEY_FINGERPRINT, rest, "");
}

struct keyed sqlite_keyed_start(const struct store_sqlite *s, const struct call_start *asked)
{
    const char *audio = asked->kind == CALL_ROBOT ? asked->audio : "";

    return (struct keyed){
        .verb = asked->kind == CALL_ROBOT ? KEYED_CALL_ROBOT : KEYED_CALL_USER,
        .who = asked->src_uid,
        .key = asked->idempotency_key,
        .minted = asked->channel,
        .fingerprint = fingerprint_of(s, asked->dst_uid, audio, asked->ring_seconds),
    };
}

struct keyed sqlite_keyed_invitation(const struct store_sqlite *s, const struct robot_claim *asked)
{
    return (struct keyed){
        .verb = KEYED_INVITE_ROBOT,
        .who = *asked->uid ? asked->uid : asked->channel,
        .key = asked->idempotency_key,
        .minted = asked->robot_id,
        .fingerprint = fingerprint_of(s, asked->channel, asked->audio, 0),
    };
}

static void put_key(struct sqlite3_stmt *statement, const struct keyed *keyed)
{
    sqlite3_bind_int64(statement, 1, keyed->verb);
    sqlite_put_text(statement, 2, keyed->who);
    sqlite_put_text(statement, 3, keyed->key);
}

/* What is stored under the key. */
struct first_request {
    int64_t fingerprint;
    int64_t call;
    int64_t made_at;
    bool is_this; /* the request that came first: a service asks once more */
};

/* 0, -ENOENT if there is none, or another -errno. */
static int find_first(struct store_sqlite *s, const struct keyed *keyed, struct first_request *ret)
{
    struct sqlite3_stmt *row = s->statements[FIND_KEY];
    char minted[ROBOT_ID_MOST + CHANNEL_MOST + 1];
    int r;

    put_key(row, keyed);
    r = sqlite_next_row(row);
    if (r >= 0) {
        ret->fingerprint = sqlite3_column_int64(row, 0);
        ret->call = sqlite3_column_int64(row, 1);
        ret->made_at = sqlite3_column_int64(row, 2);
        sqlite_get_text(row, 3, minted, sizeof minted);
        ret->is_this = strcmp(minted, keyed->minted) == 0;
    }
    sqlite3_reset(row);
    return r;
}

int sqlite_find_keyed(struct store_sqlite *s, const struct keyed *keyed, int64_t now_ms,
                      struct operation *o)
{
    struct first_request first;
    int r = *keyed->key ? find_first(s, keyed, &first) : -ENOENT;

    if (r < 0 || first.made_at <= now_ms - KEYS_KEPT_MS)
        return r == -ENOENT ? 0 : r;
    if (first.fingerprint != keyed->fingerprint) {
        o->error = ERROR_IDEMPOTENCY_MISMATCH;
        return 1;
    }
    r = sqlite_find_call(s, first.call, &o->record);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    o->is_replayed = !first.is_this;
    sqlite_note_before(s, o);
    return 1;
}

int sqlite_keep_key(struct store_sqlite *s, const struct keyed *keyed, int64_t now_ms,
                    const struct operation *o)
{
    struct sqlite3_stmt *statement = s->statements[KEEP_KEY];

    if (!*keyed->key || o->error)
        return 0;
    put_key(statement, keyed);
    sqlite3_bind_int64(statement, 4, keyed->fingerprint);
    sqlite_put_text(statement, 5, keyed->minted);
    sqlite3_bind_int64(statement, 6, o->record.id);
    sqlite3_bind_int64(statement, 7, now_ms);
    return sqlite_run(statement);
}

int sqlite_forget_keys(struct store_sqlite *s, int64_t now_ms)
{
    struct sqlite3_stmt *oldest = s->statements[OLDEST_KEY];
    int64_t made_at;
    int r = sqlite_get_number(oldest, &made_at);

    if (r < 0 || made_at == 0 || made_at > now_ms - KEYS_KEPT_MS)
        return r;
    sqlite3_bind_int64(s->statements[FORGET_KEYS], 1, now_ms - KEYS_KEPT_MS);
    sqlite3_bind_int64(s->statements[FORGET_KEYS], 2, KEYS_FORGOTTEN_MOST);
    r = sqlite_run(s->statements[FORGET_KEYS]);
    return r < 0 ? r : 1;
}
