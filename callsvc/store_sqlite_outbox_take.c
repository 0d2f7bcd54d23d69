/* store_sqlite_outbox_take.c - rows of the outbox are taken under a lease, and settled */
#include "callsvc/store_sqlite_bind.h"

#include "callsvc/delivery.h"
#include "callsvc/uuid.h"
#include "common/memory.h"
#include "common/text.h"

enum {
    LEASE_MS = 60 * 1000, /* who has not settled by then is gone */
    ALERT_LIFE_MS = 24 * 60 * 60 * 1000,
    WEBHOOK_LIFE_MS = 3 * 24 * 60 * 60 * 1000,
};

/* The columns of TAKE_OUTBOX. */
enum {
    TAKEN_ROW,
    TAKEN_MESSAGE_ID,
    TAKEN_KIND,
    TAKEN_CALL,
    TAKEN_MADE_AT,
    TAKEN_ATTEMPTS,
    TAKEN_BODY,
    TAKEN_DEVICE,
    TAKEN_UID,
    TAKEN_ENVIRONMENT,
    TAKEN_APP,
    TAKEN_TOKEN,
    TAKEN_ALERT_TOKEN,
    TAKEN_REGISTERED_AT,
};

#define READ_TEXT(statement, place, member) \
    sqlite_get_text(statement, place, member, sizeof(member))

static void read_push(struct sqlite3_stmt *statement, struct delivery *d)
{
    d->device = sqlite3_column_int64(statement, TAKEN_DEVICE);
    d->registered_at = sqlite3_column_int64(statement, TAKEN_REGISTERED_AT);
    d->environment = (enum push_environment)sqlite3_column_int(statement, TAKEN_ENVIRONMENT);
    READ_TEXT(statement, TAKEN_APP, d->app);
    READ_TEXT(statement, TAKEN_TOKEN, d->token);
    if (d->kind == DELIVERY_MISSED && d->queue == QUEUE_APNS)
        READ_TEXT(statement, TAKEN_ALERT_TOKEN, d->token);
}

static struct delivery *read_row(struct sqlite3_stmt *statement, unsigned queue)
{
    struct delivery *d = delivery_new();

    d->queue = queue;
    d->row = sqlite3_column_int64(statement, TAKEN_ROW);
    if (sqlite3_column_bytes(statement, TAKEN_MESSAGE_ID) == UUID_BYTES)
        uuid_from_bytes(sqlite3_column_blob(statement, TAKEN_MESSAGE_ID), d->message_id);
    d->kind = (enum delivery_kind)sqlite3_column_int(statement, TAKEN_KIND);
    d->call = sqlite3_column_int64(statement, TAKEN_CALL);
    d->made_at = sqlite3_column_int64(statement, TAKEN_MADE_AT);
    d->attempts = (unsigned)sqlite3_column_int(statement, TAKEN_ATTEMPTS);
    if (d->kind == DELIVERY_WEBHOOK)
        d->body = must_format("%s", (const char *)sqlite3_column_text(statement, TAKEN_BODY));
    else
        read_push(statement, d);
    return d;
}

/* Add what the call says; a push that is not needed any more is dropped. */
static void add_call(const struct call_record *record, const char *device_uid, struct delivery *d)
{
    d->expires_at = d->kind == DELIVERY_RING ? record->ring_expires_at : d->made_at + ALERT_LIFE_MS;
    d->ring_expires_at = record->ring_expires_at;
    memcpy(d->call_id, record->call_id, sizeof d->call_id);
    memcpy(d->channel, record->channel, sizeof d->channel);
    memcpy(d->caller_uid, record->src_uid, sizeof d->caller_uid);
    if (strcmp(record->dst_uid, device_uid) != 0 || !*d->token)
        delivery_drop(d, DROP_DEVICE_GONE);
    else if (d->kind == DELIVERY_RING && !call_is_unanswered(record))
        delivery_drop(d, DROP_CALL_OVER);
}

/* Complete the delivery, and find out whether it is still to be sent. */
static int complete(struct store_sqlite *s, const char *device_uid, int64_t now_ms,
                    struct delivery *d)
{
    struct call_record record;
    int r = 0;

    if (d->kind == DELIVERY_WEBHOOK) {
        d->expires_at = d->made_at + WEBHOOK_LIFE_MS;
    } else {
        r = sqlite_find_call(s, d->call, &record);
        if (r >= 0)
            add_call(&record, device_uid, d);
        else if (r == -ENOENT)
            delivery_drop(d, DROP_CALL_OVER);
    }
    if (r < 0 && r != -ENOENT)
        return r;
    if (d->outcome == OUTCOME_NONE && d->expires_at <= now_ms)
        delivery_drop(d, DROP_LATE);
    return 0;
}

/* Also what is dropped already: it is settled with the rest. */
static int lease_row(struct store_sqlite *s, struct delivery *d, int64_t lease, int64_t now_ms)
{
    struct sqlite3_stmt *statement = s->statements[LEASE_OUTBOX];

    d->lease = lease;
    sqlite3_bind_int64(statement, 1, now_ms + LEASE_MS);
    sqlite3_bind_int64(statement, 2, lease);
    sqlite3_bind_int64(statement, 3, d->row);
    return sqlite_run(statement);
}

/* A page of rows that are due, completed, into *list: how many, or -errno. */
static int read_due(struct store_sqlite *s, unsigned queue, unsigned most, int64_t now_ms,
                    struct delivery_list *list)
{
    struct sqlite3_stmt *statement = s->statements[TAKE_OUTBOX];
    char device_uid[UID_MOST + 1];
    int r;

    sqlite_put_text(statement, 1, s->options.outbox->queues[queue].name);
    sqlite3_bind_int64(statement, 2, now_ms);
    sqlite3_bind_int64(statement, 3, most);
    while ((r = sqlite_next_row(statement)) >= 0) {
        struct delivery *d = read_row(statement, queue);

        delivery_list_add(list, d);
        READ_TEXT(statement, TAKEN_UID, device_uid);
        r = complete(s, device_uid, now_ms, d);
        if (r < 0)
            break;
    }
    sqlite3_reset(statement);
    return r == -ENOENT ? (int)list->count : r;
}

static int find_next_due(struct store_sqlite *s, unsigned queue)
{
    struct sqlite3_stmt *statement = s->statements[NEXT_OUTBOX];
    int64_t due_at;
    int r;

    sqlite_put_text(statement, 1, s->options.outbox->queues[queue].name);
    r = sqlite_get_number(statement, &due_at);
    if (r >= 0)
        s->outbox.due_at[queue] = due_at ? due_at : INT64_MAX;
    return r;
}

static int take_from(struct store_sqlite *s, struct operation *o, unsigned queue, unsigned most,
                     int64_t now_ms)
{
    AUTO(delivery_free_allp) struct delivery *taken = NULL;
    struct delivery_list list = { 0 };
    int64_t lease;
    int r = read_due(s, queue, most, now_ms, &list);

    taken = delivery_list_take_all(&list);
    random_bytes(&lease, sizeof lease);
    lease = (lease & INT64_MAX) | 1;
    for (struct delivery *d = taken; r >= 0 && d; d = d->next)
        r = lease_row(s, d, lease, now_ms);
    if (r < 0)
        return r;
    while (taken) {
        struct delivery *next = taken->next;

        delivery_list_add(&o->deliveries, taken);
        taken = next;
    }
    return find_next_due(s, queue);
}

int sqlite_run_take(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    const unsigned *room = o->asked.outbox_room;
    int r = 0;

    for (unsigned queue = 0; r >= 0 && queue < s->options.outbox->count; queue++)
        if (room[queue] > 0 && s->outbox.due_at[queue] <= now_ms)
            r = take_from(s, o, queue, room[queue], now_ms);
    return r;
}

/* The call's next webhook may go now. */
static int release_next(struct store_sqlite *s, const struct delivery *d, int64_t now_ms)
{
    struct sqlite3_stmt *statement = s->statements[RELEASE_OUTBOX];

    if (d->kind != DELIVERY_WEBHOOK)
        return 0;
    sqlite3_bind_int64(statement, 1, now_ms);
    sqlite3_bind_int64(statement, 2, d->call);
    sqlite_put_text(statement, 3, s->options.outbox->queues[d->queue].name);
    if (now_ms < s->outbox.due_at[d->queue])
        s->outbox.due_at[d->queue] = now_ms;
    return sqlite_run(statement);
}

static int remove_row(struct store_sqlite *s, const struct delivery *d, int64_t now_ms)
{
    struct sqlite3_stmt *statement = s->statements[DELETE_OUTBOX];
    int r;

    sqlite3_bind_int64(statement, 1, d->row);
    sqlite3_bind_int64(statement, 2, d->lease);
    r = sqlite_run(statement);
    if (r < 0 || sqlite3_changes(s->database) == 0)
        return r;
    s->outbox.waiting[d->queue]--;
    return release_next(s, d, now_ms);
}

static int put_off(struct store_sqlite *s, const struct delivery *d)
{
    struct sqlite3_stmt *statement = s->statements[LATER_OUTBOX];

    sqlite3_bind_int64(statement, 1, d->due_at);
    sqlite3_bind_int64(statement, 2, d->attempts);
    sqlite3_bind_int64(statement, 3, d->row);
    sqlite3_bind_int64(statement, 4, d->lease);
    if (d->due_at < s->outbox.due_at[d->queue])
        s->outbox.due_at[d->queue] = d->due_at;
    return sqlite_run(statement);
}

/* What was learned of the device, unless it was registered again since. */
static int judge_device(struct store_sqlite *s, const struct delivery *d)
{
    bool is_alert = d->kind == DELIVERY_MISSED && d->queue == QUEUE_APNS;
    struct sqlite3_stmt *statement;

    if (d->verdict == DEVICE_KEPT)
        return 0;
    if (d->verdict == DEVICE_MOVED) {
        statement = s->statements[MOVE_DEVICE];
        sqlite3_bind_int64(statement, 3, d->environment);
    } else {
        statement = s->statements[is_alert ? REMOVE_ALERT_TOKEN : REMOVE_DEVICE];
    }
    sqlite3_bind_int64(statement, 1, d->device);
    sqlite3_bind_int64(statement, 2, d->verdict_at);
    return sqlite_run(statement);
}

int sqlite_run_settle(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    int r = 0;

    for (const struct delivery *d = o->asked.settled; r >= 0 && d; d = d->next) {
        r = d->outcome == OUTCOME_LATER ? put_off(s, d) : remove_row(s, d, now_ms);
        if (r >= 0)
            r = judge_device(s, d);
    }
    return r;
}
