/* store_sqlite_outbox.c - what is to be sent is written with the change that it tells of */
#include "callsvc/store_sqlite_bind.h"

#include "callsvc/delivery.h"
#include "callsvc/uuid.h"
#include "callsvc/webhook_body.h"
#include "common/buffer.h"
#include "common/text.h"

enum {
    AGAIN_MS = 1000,
    REMOVED_MOST = 100,                    /* forgotten rows of one step */
    FORGOTTEN_MS = 4 * 24 * 60 * 60 * 1000 /* longer than anything is tried */
};

struct outbox_row {
    unsigned queue;
    enum delivery_kind kind;
    int64_t call;
    int64_t device;
    int64_t due_at;
    int64_t now_ms;
    const char *body;
};

static int insert(struct store_sqlite *s, const struct outbox_row *row)
{
    struct sqlite3_stmt *statement = s->statements[INSERT_OUTBOX];
    struct outbox_state *outbox = &s->outbox;
    unsigned char message_id[UUID_BYTES];
    char text[CALL_ID_LENGTH + 1];

    random_uuid(text);
    uuid_to_bytes(text, message_id);
    sqlite3_bind_blob(statement, 1, message_id, sizeof message_id, SQLITE_TRANSIENT);
    sqlite_put_text(statement, 2, s->options.outbox->queues[row->queue].name);
    sqlite3_bind_int64(statement, 3, row->kind);
    sqlite3_bind_int64(statement, 4, row->call);
    sqlite3_bind_int64(statement, 5, row->device);
    sqlite3_bind_int64(statement, 6, row->now_ms);
    sqlite3_bind_int64(statement, 7, row->due_at);
    sqlite_put_text(statement, 8, row->body);
    outbox->waiting[row->queue]++;
    if (row->due_at < outbox->due_at[row->queue])
        outbox->due_at[row->queue] = row->due_at;
    return sqlite_run(statement);
}

/* A push to a device, if its service is configured and it has an address for this. */
static int add_push(struct store_sqlite *s, const struct operation *o, struct sqlite3_stmt *device,
                    enum delivery_kind kind, int64_t now_ms)
{
    bool is_apns = sqlite3_column_int64(device, 1) == PLATFORM_APNS;
    struct outbox_row row = {
        .queue = is_apns ? QUEUE_APNS : QUEUE_FCM,
        .kind = kind,
        .call = o->record.id,
        .device = sqlite3_column_int64(device, 0),
        .due_at = now_ms,
        .now_ms = now_ms,
        .body = "",
    };

    if (!outbox_plan_has(s->options.outbox, row.queue))
        return 0;
    if (is_apns && kind == DELIVERY_MISSED && !sqlite3_column_int64(device, 2))
        return 0;
    return insert(s, &row);
}

static int add_pushes(struct store_sqlite *s, const struct operation *o, enum delivery_kind kind,
                      int64_t now_ms)
{
    struct sqlite3_stmt *devices = s->statements[DEVICES_OF];
    int r = 0;

    sqlite_put_text(devices, 1, o->record.dst_uid);
    while (r >= 0 && (r = sqlite_next_row(devices)) >= 0)
        r = add_push(s, o, devices, kind, now_ms);
    sqlite3_reset(devices);
    return r == -ENOENT ? 0 : r;
}

/* The callee has no device, as far as memory knows. */
static bool is_out_of_reach(const struct store_sqlite *s, const char *uid)
{
    return !*uid || ringing_count(s->reachable) == 0 ||
           ringing_find(s->reachable, sqlite_index_key(s, KEY_CALLEE, uid)) == 0;
}

static int push_event(struct store_sqlite *s, const struct operation *o, enum event_type type,
                      int64_t now_ms)
{
    switch (type) {
    case EVENT_CALL_CREATED:
        return o->record.kind == CALL_USER ? add_pushes(s, o, DELIVERY_RING, now_ms) : 0;
    case EVENT_CALL_MISSED:
    case EVENT_CALL_BUSY: return add_pushes(s, o, DELIVERY_MISSED, now_ms);
    default: return 0;
    }
}

/* Behind an earlier one of its call, if one is still to be sent to the endpoint. */
static int webhook_due(struct store_sqlite *s, unsigned queue, int64_t call, int64_t now_ms,
                       int64_t *ret)
{
    struct sqlite3_stmt *statement = s->statements[FIRST_OF_CALL];
    int64_t first;
    int r;

    sqlite3_bind_int64(statement, 1, call);
    sqlite_put_text(statement, 2, s->options.outbox->queues[queue].name);
    r = sqlite_get_number(statement, &first);
    *ret = first ? OUTBOX_BEHIND : now_ms;
    return r;
}

static int add_webhook(struct store_sqlite *s, const struct operation *o, unsigned queue,
                       const char *body, int64_t now_ms)
{
    struct outbox_row row = {
        .queue = queue,
        .kind = DELIVERY_WEBHOOK,
        .call = o->record.id,
        .now_ms = now_ms,
        .body = body,
    };
    int r = webhook_due(s, queue, o->record.id, now_ms, &row.due_at);

    return r < 0 ? r : insert(s, &row);
}

static int add_webhooks(struct store_sqlite *s, const struct operation *o,
                        const struct webhook_event *event, int64_t now_ms)
{
    const struct outbox_plan *plan = s->options.outbox;
    AUTO(buffer_done) struct buffer body = { 0 };
    int r = 0;

    for (unsigned queue = QUEUE_WEBHOOKS; r >= 0 && queue < plan->count; queue++) {
        if (!(plan->queues[queue].events >> event->type & 1))
            continue;
        if (body.size == 0) {
            webhook_body(&o->record, event, &body);
            buffer_add(&body, "", 1);
        }
        r = add_webhook(s, o, queue, body.data, now_ms);
    }
    return r;
}

/* How many events the call has, those of this operation too. */
static int count_events(struct store_sqlite *s, int64_t call, int64_t *ret)
{
    sqlite3_bind_int64(s->statements[COUNT_EVENTS], 1, call);
    return sqlite_get_number(s->statements[COUNT_EVENTS], ret);
}

static int tell_webhooks(struct store_sqlite *s, const struct operation *o, int64_t now_ms)
{
    int64_t total;
    int r = count_events(s, o->record.id, &total);

    for (unsigned i = 0; r >= 0 && i < o->event_count; i++) {
        const struct webhook_event event = {
            .type = o->events[i].type,
            .at = now_ms,
            .seq = o->events[i].seq,
            .number = total - o->event_count + i + 1,
        };

        r = add_webhooks(s, o, &event, now_ms);
    }
    return r;
}

int sqlite_outbox_add(struct store_sqlite *s, const struct operation *o, int64_t now_ms)
{
    const struct outbox_plan *plan = s->options.outbox;
    int r = 0;

    if (!plan || o->event_count == 0)
        return 0;
    if (!is_out_of_reach(s, o->record.dst_uid))
        for (unsigned i = 0; r >= 0 && i < o->event_count; i++)
            r = push_event(s, o, o->events[i].type, now_ms);
    if (r >= 0 && plan->count > QUEUE_WEBHOOKS)
        r = tell_webhooks(s, o, now_ms);
    return r;
}

static void learn_queue(struct store_sqlite *s, struct sqlite3_stmt *row)
{
    const struct outbox_plan *plan = s->options.outbox;
    char name[QUEUE_NAME_MOST + 1];

    sqlite_get_text(row, 0, name, sizeof name);
    for (unsigned queue = 0; queue < plan->count; queue++) {
        if (strcmp(plan->queues[queue].name, name) != 0)
            continue;
        s->outbox.waiting[queue] = (size_t)sqlite3_column_int64(row, 1);
        s->outbox.due_at[queue] = sqlite3_column_int64(row, 2);
    }
}

/* How much waits in each queue, and since when. */
static int learn_queues(struct store_sqlite *s)
{
    struct sqlite3_stmt *statement = s->statements[COUNT_OUTBOX];
    int r;

    s->outbox = (struct outbox_state){ 0 };
    for (unsigned queue = 0; queue < QUEUES_MOST; queue++)
        s->outbox.due_at[queue] = INT64_MAX;
    while ((r = sqlite_next_row(statement)) >= 0)
        learn_queue(s, statement);
    sqlite3_reset(statement);
    s->saved_outbox = s->outbox;
    return r == -ENOENT ? 0 : r;
}

int sqlite_outbox_rebuild(struct store_sqlite *s)
{
    int r;

    if (!s->options.outbox)
        return 0;
    /* Who had them in hand is gone: the file is this process' alone. */
    sqlite3_bind_int64(s->statements[FREE_LEASES], 1, s->options.now_ms);
    r = sqlite_run(s->statements[FREE_LEASES]);
    return r < 0 ? r : learn_queues(s);
}

/* Nobody takes them: their queue is not configured any more, or its endpoint hangs for days. */
int sqlite_outbox_forget_old(struct store_sqlite *s, int64_t now_ms)
{
    int64_t oldest;
    int r = sqlite_get_number(s->statements[OLDEST_OUTBOX], &oldest);

    if (r < 0 || oldest == 0 || oldest > now_ms - FORGOTTEN_MS)
        return r;
    sqlite3_bind_int64(s->statements[FORGET_OUTBOX], 1, now_ms - FORGOTTEN_MS);
    sqlite3_bind_int64(s->statements[FORGET_OUTBOX], 2, REMOVED_MOST);
    r = sqlite_run(s->statements[FORGET_OUTBOX]);
    return r < 0 || !s->options.outbox ? r : learn_queues(s);
}

void sqlite_outbox_committed(struct store_sqlite *s)
{
    if (s->options.outbox)
        s->saved_outbox = s->outbox;
}

/* What was due is due again in a moment: not at once, for the store has just failed. */
void sqlite_outbox_rolled_back(struct store_sqlite *s, int64_t now_ms)
{
    s->outbox = s->saved_outbox;
    for (unsigned queue = 0; queue < QUEUES_MOST; queue++)
        if (s->outbox.due_at[queue] < now_ms + AGAIN_MS)
            s->outbox.due_at[queue] = now_ms + AGAIN_MS;
}
