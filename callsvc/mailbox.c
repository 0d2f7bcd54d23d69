/* mailbox.c - a stack that is pushed with compare-and-swap and taken whole */
#include "callsvc/mailbox.h"

static void put_one(struct mailbox *mailbox, struct delivery *delivery)
{
    delivery->next = atomic_load_explicit(&mailbox->latest, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&mailbox->latest, &delivery->next, delivery,
                                                  memory_order_release, memory_order_relaxed))
        ;
}

void mailbox_put(struct mailbox *mailbox, struct delivery *first)
{
    while (first) {
        struct delivery *next = first->next;

        put_one(mailbox, first);
        first = next;
    }
}

struct delivery *mailbox_take_all(struct mailbox *mailbox)
{
    struct delivery *latest =
        atomic_exchange_explicit(&mailbox->latest, NULL, memory_order_acquire);
    struct delivery *first = NULL;

    while (latest) {
        struct delivery *earlier = latest->next;

        latest->next = first;
        first = latest;
        latest = earlier;
    }
    return first;
}
