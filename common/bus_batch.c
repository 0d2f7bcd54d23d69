/* bus_batch.c - envelopes that leave together */
#include "common/bus_batch.h"

#include "common/bus.h"
#include "common/bus_socket.h"
#include "common/memory.h"

#include <errno.h>
#include <stdlib.h>

enum {
    MESSAGE_BYTES = 1 << 20, /* a message grows no further than this if it can be cut */
    KEPT_BYTES = 4 << 20,    /* a buffer that once had to be larger is not kept */
};

static size_t last_cut(const struct bus_batch *batch)
{
    return batch->cut_count ? batch->cuts[batch->cut_count - 1] : 0;
}

static void add_cut(struct bus_batch *batch, size_t place)
{
    if (batch->cut_count == batch->cut_capacity) {
        batch->cut_capacity = batch->cut_capacity ? batch->cut_capacity * 2 : 8;
        batch->cuts = must_resize(batch->cuts, batch->cut_capacity, sizeof *batch->cuts);
    }
    batch->cuts[batch->cut_count++] = place;
}

int bus_batch_close(struct bus_batch *batch)
{
    if (batch->bytes.size - batch->closed > BUS_MOST_BYTES) {
        batch->bytes.size = batch->closed;
        return -EMSGSIZE;
    }
    if (batch->bytes.size - last_cut(batch) > MESSAGE_BYTES && batch->closed > last_cut(batch))
        add_cut(batch, batch->closed);
    batch->closed = batch->bytes.size;
    batch->count++;
    return 0;
}

int bus_batch_send(struct bus_batch *batch, void *socket, struct bytes address)
{
    size_t start = 0;
    int r = 0;

    if (batch->count > 0)
        add_cut(batch, batch->closed);
    for (size_t i = 0; r == 0 && i < batch->cut_count; i++) {
        r = bus_socket_send(socket, address,
                            (struct bytes){ batch->bytes.data + start, batch->cuts[i] - start });
        start = batch->cuts[i];
    }
    bus_batch_clear(batch);
    return r;
}

void bus_batch_clear(struct bus_batch *batch)
{
    if (batch->bytes.capacity > KEPT_BYTES)
        buffer_done(&batch->bytes);
    buffer_clear(&batch->bytes);
    batch->closed = 0;
    batch->count = 0;
    batch->cut_count = 0;
}

void bus_batch_done(struct bus_batch *batch)
{
    buffer_done(&batch->bytes);
    free(batch->cuts);
    *batch = (struct bus_batch){ 0 };
}
