/* outbox.h - between the store and the lane: rows are taken in the groups of requests, handed to
 * the lane when they are on disk, and settled in a later group */
#pragma once

#include "callsvc/outbox_lane.h"
#include "callsvc/store.h"

struct outbox;

/* `plan`, `store` and `lane` are borrowed; `plan` NULL: there is nothing to send, ever. */
struct outbox *outbox_new(const struct outbox_plan *plan, struct store *store, struct lane *lane);
struct outbox *outbox_free(struct outbox *outbox);
DEFINE_AUTO(struct outbox *, outbox_free)

/* Add operations of its own to a group that has `count` of at most `most`: how many. They must be
 * run, and handed to outbox_finish. */
size_t outbox_add_operations(struct outbox *outbox, struct operation *group, size_t count,
                             size_t most, int64_t now_ms);
/* True if the operation was one of its own; `is_done`: it is on disk. */
bool outbox_finish(struct outbox *outbox, struct operation *operation, bool is_done);

/* When there is something to do; INT64_MAX: nothing is. */
int64_t outbox_due(const struct outbox *outbox);

/* Take nothing any more; how much is still in the lane's hand. */
void outbox_drain(struct outbox *outbox);
size_t outbox_in_hand(const struct outbox *outbox);

void outbox_show(const struct outbox *outbox); /* gauges */
