/* outbox.c - between the store and the lane */
#include "callsvc/outbox.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/metrics.h"

#include <stdlib.h>

enum {
    SETTLE_AGAIN_MS = 1000, /* after the store has failed */
    ROWS_MOST = 128,        /* of a group: requests must not wait for many */
};

struct outbox {
    const struct outbox_plan *plan; /* NULL: there is nothing to send, ever */
    struct store *store;
    struct lane *lane;
    unsigned in_hand[QUEUES_MOST]; /* taken and not settled yet */
    unsigned room[QUEUES_MOST];
    struct delivery_list done; /* to be settled */
    struct delivery *settling; /* by the group that runs */
    int64_t settle_at;         /* not before: the store has failed */
    bool is_draining;
    struct metric *waiting[QUEUES_MOST];
    struct metric *dropped[DELIVERY_WEBHOOK + 1][DROP_REASONS];
};

// clang-format off
static const char *const drop_labels[DELIVERY_WEBHOOK + 1][DROP_REASONS] = {
    [DELIVERY_RING] = {
        [DROP_LATE]        = "kind=\"ring\",reason=\"late\"",
        [DROP_CALL_OVER]   = "kind=\"ring\",reason=\"call_over\"",
        [DROP_DEVICE_GONE] = "kind=\"ring\",reason=\"device_gone\"",
        [DROP_DEVICE_DEAD] = "kind=\"ring\",reason=\"device_dead\"",
        [DROP_REFUSED]     = "kind=\"ring\",reason=\"refused\"",
    },
    [DELIVERY_MISSED] = {
        [DROP_LATE]        = "kind=\"missed\",reason=\"late\"",
        [DROP_CALL_OVER]   = "kind=\"missed\",reason=\"call_over\"",
        [DROP_DEVICE_GONE] = "kind=\"missed\",reason=\"device_gone\"",
        [DROP_DEVICE_DEAD] = "kind=\"missed\",reason=\"device_dead\"",
        [DROP_REFUSED]     = "kind=\"missed\",reason=\"refused\"",
    },
    [DELIVERY_WEBHOOK] = {
        [DROP_LATE]        = "kind=\"webhook\",reason=\"late\"",
    },
};
// clang-format on

static void open_metrics(struct outbox *outbox)
{
    for (unsigned queue = 0; queue < outbox->plan->count; queue++) {
        char *labels;

        if (!outbox_plan_has(outbox->plan, queue))
            continue;
        /* Never freed: metrics live as long as the process. */
        labels = must_format("queue=\"%s\"", outbox->plan->queues[queue].name);
        outbox->waiting[queue] = metric_gauge("dapi_outbox_waiting", labels,
                                              "pushes and webhooks that are not sent yet");
    }
    for (enum delivery_kind kind = DELIVERY_RING; kind <= DELIVERY_WEBHOOK; kind++)
        for (enum drop_reason reason = DROP_LATE; reason < DROP_REASONS; reason++)
            if (drop_labels[kind][reason])
                outbox->dropped[kind][reason] =
                    metric_counter("dapi_outbox_dropped_total", drop_labels[kind][reason],
                                   "pushes and webhooks that were given up");
}

struct outbox *outbox_new(const struct outbox_plan *plan, struct store *store, struct lane *lane)
{
    struct outbox *outbox = must_alloc(1, sizeof *outbox);

    outbox->plan = plan;
    outbox->store = store;
    outbox->lane = lane;
    if (plan)
        open_metrics(outbox);
    return outbox;
}

struct outbox *outbox_free(struct outbox *outbox)
{
    if (!outbox)
        return NULL;
    delivery_free_all(outbox->done.first);
    free(outbox);
    return NULL;
}

static bool has_writer(const struct operation *group, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (operation_writes(group[i].kind))
            return true;
    return false;
}

/* What may be taken of each queue. */
static void find_room(struct outbox *outbox)
{
    for (unsigned queue = 0; queue < outbox->plan->count; queue++) {
        unsigned room = outbox->plan->queues[queue].most_in_hand - outbox->in_hand[queue];

        outbox->room[queue] = room < ROWS_MOST ? room : ROWS_MOST;
    }
}

/* Some of what came back, linked. */
static struct delivery *take_done(struct outbox *outbox)
{
    struct delivery_list some = { 0 };

    while (some.count < ROWS_MOST && outbox->done.first)
        delivery_list_add(&some, delivery_list_take(&outbox->done));
    return delivery_list_take_all(&some);
}

static int64_t take_due(const struct outbox *outbox)
{
    int64_t due = INT64_MAX;

    for (unsigned queue = 0; !outbox->is_draining && queue < outbox->plan->count; queue++) {
        int64_t queue_due = store_outbox_due(outbox->store, queue);

        if (outbox->in_hand[queue] < outbox->plan->queues[queue].most_in_hand && queue_due < due)
            due = queue_due;
    }
    return due;
}

static void collect_done(struct outbox *outbox)
{
    struct delivery *delivery = lane_take_done(outbox->lane);

    while (delivery) {
        struct delivery *next = delivery->next;

        delivery_list_add(&outbox->done, delivery);
        delivery = next;
    }
}

size_t outbox_add_operations(struct outbox *outbox, struct operation *group, size_t count,
                             size_t most, int64_t now_ms)
{
    size_t added = 0;

    if (!outbox->plan)
        return 0;
    collect_done(outbox);
    if (outbox->done.first && outbox->settle_at <= now_ms && count < most) {
        outbox->settling = take_done(outbox);
        group[count + added++] = (struct operation){ .kind = OPERATION_OUTBOX_SETTLE,
                                                     .asked.settled = outbox->settling };
    }
    /* What this group's calls put in is taken by the same transaction. */
    if (count + added < most && !outbox->is_draining &&
        (has_writer(group, count + added) || take_due(outbox) <= now_ms)) {
        find_room(outbox);
        group[count + added++] =
            (struct operation){ .kind = OPERATION_OUTBOX_TAKE, .asked.outbox_room = outbox->room };
    }
    return added;
}

static void note_dropped(struct outbox *outbox, const struct delivery *d)
{
    struct metric *metric = outbox->dropped[d->kind][d->reason];

    if (metric)
        metric_add(metric, 1);
    if (d->reason == DROP_CALL_OVER || d->reason == DROP_DEVICE_GONE)
        return;
    log_warning("%s %s for %s is given up: %s, after %u failed attempts%s%s",
                delivery_kind_name(d->kind), d->message_id, outbox->plan->queues[d->queue].name,
                drop_reason_name(d->reason), d->attempts, *d->said ? ", last: " : "", d->said);
}

static void finish_settled(struct outbox *outbox, bool is_done)
{
    struct delivery *delivery = TAKE(outbox->settling);

    while (delivery) {
        struct delivery *next = delivery->next;

        if (!is_done) {
            delivery_list_add(&outbox->done, delivery);
        } else {
            outbox->in_hand[delivery->queue]--;
            if (delivery->outcome == OUTCOME_DROPPED)
                note_dropped(outbox, delivery);
            delivery_free(delivery);
        }
        delivery = next;
    }
}

/* Rows that were dropped as they were taken need not go through the lane. */
static void send_taken(struct outbox *outbox, struct delivery *taken)
{
    struct delivery_list to_send = { 0 };

    while (taken) {
        struct delivery *next = taken->next;

        outbox->in_hand[taken->queue]++;
        delivery_list_add(taken->outcome == OUTCOME_NONE ? &to_send : &outbox->done, taken);
        taken = next;
    }
    if (to_send.first)
        lane_send(outbox->lane, to_send.first);
}

bool outbox_finish(struct outbox *outbox, struct operation *o, bool is_done)
{
    if (o->kind == OPERATION_OUTBOX_SETTLE) {
        finish_settled(outbox, is_done);
        outbox->settle_at = is_done ? 0 : clock_wall_ms() + SETTLE_AGAIN_MS;
        return true;
    }
    if (o->kind != OPERATION_OUTBOX_TAKE)
        return false;
    if (is_done)
        send_taken(outbox, delivery_list_take_all(&o->deliveries));
    operation_done(o);
    return true;
}

int64_t outbox_due(const struct outbox *outbox)
{
    if (!outbox->plan)
        return INT64_MAX;
    if (outbox->done.first)
        return outbox->settle_at;
    return take_due(outbox);
}

void outbox_drain(struct outbox *outbox)
{
    outbox->is_draining = true;
}

size_t outbox_in_hand(const struct outbox *outbox)
{
    size_t count = 0;

    for (unsigned queue = 0; queue < QUEUES_MOST; queue++)
        count += outbox->in_hand[queue];
    return count;
}

void outbox_show(const struct outbox *outbox)
{
    for (unsigned queue = 0; queue < QUEUES_MOST; queue++)
        if (outbox->waiting[queue])
            metric_set(outbox->waiting[queue], (int64_t)store_outbox_waiting(outbox->store, queue));
}
