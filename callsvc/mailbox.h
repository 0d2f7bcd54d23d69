/* mailbox.h - deliveries from one thread to another, without a lock */
#pragma once

#include "callsvc/delivery.h"

#include <stdatomic.h>

/* Zeroed, it is empty. */
struct mailbox {
    _Atomic(struct delivery *) latest;
};

/* From any thread: put in deliveries that are linked. */
void mailbox_put(struct mailbox *mailbox, struct delivery *first);

/* All that is in it, linked, in the order in which it was put in; NULL: it is empty. */
struct delivery *mailbox_take_all(struct mailbox *mailbox);
