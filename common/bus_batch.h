/* bus_batch.h - inside of the bus: envelopes that leave together, cut into as few ZeroMQ messages
 * as the size that a receiver takes allows */
#pragma once

#include "common/auto.h"
#include "common/buffer.h"

/* { 0 } is an empty batch. Append envelopes to `bytes`, each followed by bus_batch_close. */
struct bus_batch {
    struct buffer bytes;
    size_t closed; /* where the last envelope ends */
    size_t count;  /* envelopes */
    size_t *cuts;  /* where a message ends and the next begins */
    size_t cut_count;
    size_t cut_capacity;
};

/* The envelope at the end is whole: 0, or -EMSGSIZE if it is too large for any message. It is gone
 * then. */
int bus_batch_close(struct bus_batch *batch) MUST_CHECK;

/* Send everything and be empty, whatever comes of it. 0, or -EAGAIN, -EHOSTUNREACH, … : then the
 * rest was not sent. An empty address: none. */
int bus_batch_send(struct bus_batch *batch, void *socket, struct bytes address) MUST_CHECK;

void bus_batch_clear(struct bus_batch *batch);
void bus_batch_done(struct bus_batch *batch);
