/* bus_client.c - the asking side of the bus */
#include "common/bus_client_inside.h"

#include "common/log.h"
#include "common/memory.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_WAITING = 65536 };

static void finish(struct bus_client *client, struct bus_pending *pending,
                   const struct bus_reply *reply)
{
    bus_reply_function *on_reply = pending->on_reply;
    void *context = pending->context;

    bus_dispatch_take_back(client, pending);
    bus_pending_release(&client->table, pending);
    on_reply(context, reply);
}

void bus_client_fail(struct bus_client *client, struct bus_pending *pending, enum error error)
{
    if (error == ERROR_TIMEOUT)
        metric_add(client->metrics.timeouts, 1);
    else if (error == ERROR_UNAVAILABLE)
        metric_add(client->metrics.unavailable, 1);
    else if (error == ERROR_OVERLOADED)
        metric_add(client->metrics.overloaded, 1);
    finish(client, pending, &(struct bus_reply){ .error = error });
}

/* A text of the reply's body, cut to `size`. */
static void copy_text(const msgpack_object *body, const char *name, char *ret, size_t size)
{
    const msgpack_object_map *map = &body->via.map;

    for (uint32_t i = 0; i < map->size; i++) {
        const msgpack_object *key = &map->ptr[i].key;
        const msgpack_object *value = &map->ptr[i].val;

        if (key->type == MSGPACK_OBJECT_STR && value->type == MSGPACK_OBJECT_STR &&
            key->via.str.size == strlen(name) &&
            memcmp(key->via.str.ptr, name, strlen(name)) == 0) {
            size_t length = value->via.str.size < size - 1 ? value->via.str.size : size - 1;

            *(char *)mempcpy(ret, value->via.str.ptr, length) = '\0';
            return;
        }
    }
}

void bus_client_answer(struct bus_client *client, const struct envelope *envelope)
{
    struct bus_pending *pending = bus_pending_find(&client->table, envelope->id);
    struct bus_reply reply = {
        .error = envelope->error,
        .body = envelope->body,
        .bulk = envelope->bulk,
    };

    if (!pending)
        return;
    if (envelope->error != ERROR_NONE) {
        copy_text(envelope->body, "field", reply.field, sizeof reply.field);
        copy_text(envelope->body, "problem", reply.problem, sizeof reply.problem);
    }
    finish(client, pending, &reply);
}

void bus_client_count_usable(struct bus_client *client)
{
    size_t before = client->usable_count;

    client->usable_count = 0;
    for (size_t i = 0; i < client->replica_count; i++)
        if (client->replicas[i]->is_usable)
            client->usable[client->usable_count++] = client->replicas[i];
    metric_add(client->metrics.healthy, client->usable_count - before);
    if (client->usable_count > 0)
        bus_dispatch_waiting(client);
}

static void add_replica(struct bus_client *client, const char *endpoint)
{
    struct bus_replica *replica;
    int r = bus_replica_open(client, endpoint, &replica);

    if (r < 0) {
        log_failed(r, "connect to %s at %s", client->service, endpoint);
        return;
    }
    client->replica_count++;
    client->replicas =
        must_resize(client->replicas, client->replica_count, sizeof(struct bus_replica *));
    client->usable =
        must_resize(client->usable, client->replica_count, sizeof(struct bus_replica *));
    client->replicas[client->replica_count - 1] = replica;
}

static struct bus_replica *find_replica(const struct bus_client *client, const char *endpoint)
{
    for (size_t i = 0; i < client->replica_count; i++)
        if (strcmp(client->replicas[i]->endpoint, endpoint) == 0)
            return client->replicas[i];
    return NULL;
}

static bool is_listed(const char *const *endpoints, size_t count, const char *endpoint)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(endpoints[i], endpoint) == 0)
            return true;
    return false;
}

/* Sockets of endpoints that are gone stay open until their last request is over. */
static void on_endpoints(void *context, const char *const *endpoints, size_t count)
{
    struct bus_client *client = context;

    for (size_t i = 0; i < count; i++)
        if (!find_replica(client, endpoints[i]))
            add_replica(client, endpoints[i]);
    for (size_t i = 0; i < client->replica_count; i++)
        bus_replica_set_vanished(client->replicas[i],
                                 !is_listed(endpoints, count, client->replicas[i]->endpoint));
}

static void close_vanished(struct bus_client *client)
{
    size_t kept = 0;

    for (size_t i = 0; i < client->replica_count; i++) {
        struct bus_replica *replica = client->replicas[i];

        if (replica->is_vanished && replica->outstanding_count == 0)
            bus_replica_free(replica);
        else
            client->replicas[kept++] = replica;
    }
    client->replica_count = kept;
}

/* What bus_client_ask refused; an asker that asks again at once is refused in the next round. */
static bool tell_refused(struct bus_client *client)
{
    struct bus_link list;
    bool has_moved = client->refused.next != &client->refused;

    bus_list_init(&list);
    bus_list_move(&list, &client->refused);
    while (list.next != &list) {
        struct bus_pending *pending = (struct bus_pending *)list.next;

        bus_client_fail(client, pending, pending->refusal);
    }
    return has_moved;
}

static void count_outstanding(struct bus_client *client)
{
    metric_add(client->metrics.outstanding, client->table.in_hand - client->counted);
    client->counted = client->table.in_hand;
}

static bool receive(void *context)
{
    struct bus_client *client = context;
    bool has_moved = tell_refused(client);

    for (size_t i = 0; i < client->replica_count; i++)
        if (client->replicas[i]->must_look && bus_replica_look(client->replicas[i]))
            has_moved = true;
    close_vanished(client);
    if (client->counted != client->table.in_hand)
        count_outstanding(client);
    return has_moved;
}

/* No sleep while something waits that only a further round of hooks can move. */
static int64_t patience(void *context)
{
    const struct bus_client *client = context;
    bool has_refused = client->refused.next != &client->refused;

    return client->has_unsent || has_refused ? 0 : -1;
}

static void tick(void *context)
{
    struct bus_client *client = context;

    for (size_t i = 0; i < client->replica_count; i++)
        bus_replica_tick(client->replicas[i]);
    loop_set_timer(client->loop, &client->tick, loop_now_ms(client->loop) + BUS_PING_MS, tick,
                   client);
}

static struct bus_client *make_client(const struct bus_client_options *options)
{
    struct bus_client *client = must_alloc(1, sizeof *client);

    client->zmq_context = options->zmq_context;
    client->curve = options->curve;
    client->loop = options->loop;
    client->resolver = options->resolver;
    client->service = must_copy(options->service);
    client->most_waiting = options->most_waiting ? options->most_waiting : MOST_WAITING;
    bus_pending_table_init(&client->table);
    bus_list_init(&client->waiting);
    bus_list_init(&client->refused);
    envelope_reader_init(&client->reader);
    zmq_msg_init(&client->frame);
    random_bytes(&client->random, sizeof client->random);
    client->random |= 1; /* of zero, xorshift makes nothing but zeros */
    bus_client_metrics_make(&client->metrics, options->service);
    return client;
}

int bus_client_open(const struct bus_client_options *options, struct bus_client **ret)
{
    AUTO(bus_client_freep) struct bus_client *client = make_client(options);
    int r = bus_curve_check(options->curve, options->service);

    if (r == 0)
        r = resolver_add_watch(client->resolver, client->loop, options->endpoints, on_endpoints,
                               client, &client->watch);
    if (r < 0)
        return r;
    loop_add_hook(client->loop, receive, patience, client);
    loop_set_timer(client->loop, &client->tick, loop_now_ms(client->loop) + BUS_PING_MS, tick,
                   client);
    *ret = TAKE(client);
    return 0;
}

static void drop_all(struct bus_client *client)
{
    for (size_t i = 0; i < client->table.count; i++)
        loop_clear_timer(client->loop, &client->table.slots[i]->timer);
    for (size_t i = 0; i < client->replica_count; i++)
        bus_replica_free(client->replicas[i]);
    bus_metric_take(client->metrics.healthy, client->usable_count);
    bus_metric_take(client->metrics.outstanding, client->counted);
}

struct bus_client *bus_client_free(struct bus_client *client)
{
    if (!client)
        return NULL;
    if (client->watch)
        resolver_remove_watch(client->resolver, client->watch);
    loop_remove_hook(client->loop, receive, client);
    loop_clear_timer(client->loop, &client->tick);
    drop_all(client);
    bus_pending_table_done(&client->table);
    envelope_reader_done(&client->reader);
    zmq_msg_close(&client->frame);
    buffer_done(&client->greeting);
    free(client->replicas);
    free(client->usable);
    free(client->service);
    free(client);
    return NULL;
}

uint64_t bus_client_ask(struct bus_client *client, const struct bus_ask *ask)
{
    bool is_full = client->table.in_hand >= client->most_waiting;
    struct bus_pending *pending = bus_pending_take(&client->table, ask);

    pending->client = client;
    if (is_full)
        bus_dispatch_refuse(client, pending, ERROR_OVERLOADED);
    else if (ask->deadline_ms <= loop_now_ms(client->loop))
        bus_dispatch_refuse(client, pending, ERROR_TIMEOUT);
    else
        bus_dispatch(client, pending);
    return pending->id;
}

void bus_client_forget(struct bus_client *client, uint64_t handle)
{
    struct bus_pending *pending = bus_pending_find(&client->table, handle);

    if (!pending)
        return;
    bus_dispatch_take_back(client, pending);
    bus_pending_release(&client->table, pending);
}

/* Replicas that cannot take their batch hand it on to others: until nobody has one. */
bool bus_client_flush(struct bus_client *client)
{
    bool has_sent = client->has_unsent;

    while (client->has_unsent) {
        client->has_unsent = false;
        for (size_t i = 0; i < client->replica_count; i++)
            bus_replica_flush(client->replicas[i]);
    }
    return has_sent;
}

bool bus_client_is_ready(const struct bus_client *client)
{
    return client->usable_count > 0;
}
