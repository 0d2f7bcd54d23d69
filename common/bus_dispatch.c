/* bus_dispatch.c - which replica gets which request of a bus_client */
#include "common/bus_client_inside.h"

static void fail_late(void *context)
{
    struct bus_pending *pending = context;

    bus_client_fail(pending->client, pending, pending->replica ? ERROR_TIMEOUT : ERROR_UNAVAILABLE);
}

static void set_timer(struct bus_client *client, struct bus_pending *pending, int64_t at_ms)
{
    loop_set_timer(client->loop, &pending->timer,
                   at_ms < pending->deadline_ms ? at_ms : pending->deadline_ms, fail_late, pending);
}

/* xorshift64: which of the replicas is no secret. */
static size_t random_below(struct bus_client *client, size_t most)
{
    client->random ^= client->random << 13;
    client->random ^= client->random >> 7;
    client->random ^= client->random << 17;
    return (size_t)(client->random >> 32) % most;
}

/* Of two random ones the less busy: as good as looking at all, and no herd runs to the same. */
static struct bus_replica *choose(struct bus_client *client)
{
    struct bus_replica *one;
    struct bus_replica *other;
    size_t place;

    if (client->usable_count <= 1)
        return client->usable_count ? client->usable[0] : NULL;
    place = random_below(client, client->usable_count);
    one = client->usable[place];
    place += 1 + random_below(client, client->usable_count - 1);
    other = client->usable[place % client->usable_count];
    return other->outstanding_count < one->outstanding_count ? other : one;
}

/* Append the request to the replica's batch. 0 or -EMSGSIZE. */
static int encode(struct bus_replica *replica, const struct bus_pending *pending)
{
    const struct message *m = pending->message;
    size_t size = m ? m->size : 0;
    struct bytes bulk = { pending->copy.data + size, pending->copy.size - size };
    int64_t left_ms = pending->deadline_ms - loop_now_ms(replica->client->loop);

    envelope_add_request(&replica->batch.bytes, pending->id, pending->verb, left_ms,
                         pending->traceparent, m, pending->copy.data, bulk);
    return bus_batch_close(&replica->batch);
}

void bus_dispatch_refuse(struct bus_client *client, struct bus_pending *pending, enum error error)
{
    loop_clear_timer(client->loop, &pending->timer);
    pending->refusal = error;
    bus_list_append(&client->refused, &pending->link);
}

void bus_dispatch(struct bus_client *client, struct bus_pending *pending)
{
    struct bus_replica *replica = choose(client);

    if (!replica) {
        bus_list_append(&client->waiting, &pending->link);
        set_timer(client, pending, loop_now_ms(client->loop) + BUS_WAIT_MS);
        return;
    }
    if (encode(replica, pending) < 0) {
        bus_dispatch_refuse(client, pending, ERROR_INTERNAL);
        return;
    }
    client->has_unsent = true;
    pending->replica = replica;
    bus_list_append(&replica->outstanding, &pending->link);
    replica->outstanding_count++;
    set_timer(client, pending, pending->deadline_ms);
}

static size_t dispatch_all(struct bus_client *client, struct bus_link *from)
{
    struct bus_link list;
    size_t count = 0;

    bus_list_init(&list);
    bus_list_move(&list, from);
    for (; list.next != &list; count++) {
        struct bus_pending *pending = (struct bus_pending *)list.next;

        bus_list_unlink(&pending->link);
        pending->replica = NULL;
        bus_dispatch(client, pending);
    }
    return count;
}

void bus_dispatch_again(struct bus_replica *replica)
{
    struct bus_client *client = replica->client;

    bus_batch_clear(&replica->batch);
    replica->outstanding_count = 0;
    metric_add(client->metrics.resent, dispatch_all(client, &replica->outstanding));
}

void bus_dispatch_waiting(struct bus_client *client)
{
    (void)dispatch_all(client, &client->waiting);
}

void bus_dispatch_take_back(struct bus_client *client, struct bus_pending *pending)
{
    bus_list_unlink(&pending->link);
    loop_clear_timer(client->loop, &pending->timer);
    if (pending->replica)
        pending->replica->outstanding_count--;
}
