/* outbox_plan.h - which queues the outbox has: one for each push service, one for each webhook's
 * endpoint. A queue's rows wait for nobody but each other. */
#pragma once

#include "common/messages/call.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    QUEUE_APNS,
    QUEUE_FCM,
    QUEUE_WEBHOOKS, /* the first of them */
    WEBHOOKS_MOST = 32,
    QUEUES_MOST = QUEUE_WEBHOOKS + WEBHOOKS_MOST,
    QUEUE_NAME_MOST = 80,
};

struct outbox_queue {
    char name[QUEUE_NAME_MOST + 1]; /* as it is stored */
    unsigned most_in_hand;          /* rows that are taken at a time; 0: nothing is put in it */
    uint64_t events;                /* of a webhook: a bit for each enum event_type */
};

struct outbox_plan {
    struct outbox_queue queues[QUEUES_MOST];
    unsigned count;
};

static inline bool outbox_plan_has(const struct outbox_plan *plan, unsigned queue)
{
    return plan && queue < plan->count && plan->queues[queue].most_in_hand > 0;
}
