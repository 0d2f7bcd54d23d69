/* delivery.c - rows of the outbox in somebody's hand */
#include "callsvc/delivery.h"

#include "common/memory.h"

#include <stdlib.h>

struct delivery *delivery_new(void)
{
    return must_alloc(1, sizeof(struct delivery));
}

struct delivery *delivery_free(struct delivery *delivery)
{
    if (delivery)
        free(delivery->body);
    free(delivery);
    return NULL;
}

struct delivery *delivery_free_all(struct delivery *first)
{
    while (first) {
        struct delivery *next = first->next;

        delivery_free(first);
        first = next;
    }
    return NULL;
}

void delivery_list_add(struct delivery_list *list, struct delivery *delivery)
{
    delivery->next = NULL;
    if (list->last)
        list->last->next = delivery;
    else
        list->first = delivery;
    list->last = delivery;
    list->count++;
}

struct delivery *delivery_list_take(struct delivery_list *list)
{
    struct delivery *delivery = list->first;

    if (!delivery)
        return NULL;
    list->first = delivery->next;
    if (!list->first)
        list->last = NULL;
    list->count--;
    delivery->next = NULL;
    return delivery;
}

struct delivery *delivery_list_take_all(struct delivery_list *list)
{
    struct delivery *first = list->first;

    *list = (struct delivery_list){ 0 };
    return first;
}

void delivery_sent(struct delivery *delivery)
{
    delivery->outcome = OUTCOME_SENT;
}

void delivery_drop(struct delivery *delivery, enum drop_reason reason)
{
    delivery->outcome = OUTCOME_DROPPED;
    delivery->reason = reason;
}

void delivery_return(struct delivery *delivery, int64_t now_ms)
{
    delivery->outcome = OUTCOME_LATER;
    delivery->due_at = now_ms;
}

void delivery_postpone(struct delivery *delivery, int64_t now_ms, int64_t wait_ms)
{
    delivery->outcome = OUTCOME_LATER;
    delivery->due_at = now_ms + wait_ms;
    delivery->attempts++;
    if (delivery->due_at >= delivery->expires_at)
        delivery_drop(delivery, DROP_LATE);
}

const char *delivery_kind_name(enum delivery_kind kind)
{
    switch (kind) {
    case DELIVERY_RING: return "ring";
    case DELIVERY_MISSED: return "missed";
    default: return "webhook";
    }
}

const char *drop_reason_name(enum drop_reason reason)
{
    static const char *const names[] = {
        [DROP_NONE] = "",
        [DROP_LATE] = "late",
        [DROP_CALL_OVER] = "call_over",
        [DROP_DEVICE_GONE] = "device_gone",
        [DROP_DEVICE_DEAD] = "device_dead",
        [DROP_REFUSED] = "refused",
    };

    return names[reason];
}
