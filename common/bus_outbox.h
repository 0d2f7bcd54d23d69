/* bus_outbox.h - inside of bus_server: staged replies, a batch for each client */
#pragma once

#include "common/bus_batch.h"
#include "common/bus_server.h"

struct bus_outbox;

struct bus_outbox *bus_outbox_new(void);
struct bus_outbox *bus_outbox_free(struct bus_outbox *outbox);

/* The batch of a client: append one envelope, then call bus_batch_close. */
struct bus_batch *bus_outbox_stage(struct bus_outbox *outbox, const struct bus_return *back,
                                   int64_t now_ms);

/* Send every client its batch; returns how many replies nobody took. */
size_t bus_outbox_flush(struct bus_outbox *outbox, void *socket);

/* Empty every batch; returns how many replies there were. */
size_t bus_outbox_discard(struct bus_outbox *outbox);

bool bus_outbox_is_empty(const struct bus_outbox *outbox);

/* Forget clients for whom nothing was staged since `before_ms`. Nothing may be staged. */
void bus_outbox_forget_idle(struct bus_outbox *outbox, int64_t before_ms);
