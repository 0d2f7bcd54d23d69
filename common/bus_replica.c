/* bus_replica.c - one replica of a service as a bus_client sees it: its socket and its health */
#include "common/bus_client_inside.h"

#include "common/log.h"
#include "common/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_MESSAGES = 64, /* taken in one round */
    APART_MOST = 10,    /* ticks without a connection, then it begins anew */
};

static void on_readable(void *context, uint32_t epoll_events)
{
    struct bus_replica *replica = context;

    (void)epoll_events;
    replica->must_look = true;
}

/* A connection of its own to the endpoint, in place of what the replica had. */
static int open_socket(struct bus_replica *replica)
{
    struct bus_client *client = replica->client;
    AUTO(bus_socket_closep) void *socket = NULL;
    int r = bus_socket_open(client->zmq_context, ZMQ_DEALER, replica->endpoint, &socket);

    if (r < 0)
        return r;
    /* Requests must not queue up for a replica that is not there: others would take them. */
    bus_socket_set(socket, ZMQ_IMMEDIATE, 1);
    r = bus_curve_ask(client->curve, socket, client->service);
    if (r < 0)
        return r;
    if (zmq_connect(socket, replica->endpoint) < 0)
        return -errno;
    r = bus_socket_watch(socket, client->loop, on_readable, replica);
    if (r < 0)
        return r;
    if (replica->socket)
        bus_socket_unwatch(replica->socket, client->loop);
    bus_socket_close(replica->socket);
    replica->socket = TAKE(socket);
    return 0;
}

int bus_replica_open(struct bus_client *client, const char *endpoint, struct bus_replica **ret)
{
    AUTO(bus_replica_freep) struct bus_replica *replica = must_alloc(1, sizeof *replica);
    int r;

    replica->client = client;
    replica->endpoint = must_copy(endpoint);
    replica->must_look = true;
    bus_list_init(&replica->outstanding);
    r = open_socket(replica);
    if (r < 0)
        return r;
    *ret = TAKE(replica);
    return 0;
}

struct bus_replica *bus_replica_free(struct bus_replica *replica)
{
    if (!replica)
        return NULL;
    if (replica->socket)
        bus_socket_unwatch(replica->socket, replica->client->loop);
    bus_socket_close(replica->socket);
    bus_batch_done(&replica->batch);
    free(replica->endpoint);
    free(replica);
    return NULL;
}

static void weigh(struct bus_replica *replica)
{
    bool is_usable = replica->is_connected && replica->is_greeted && !replica->is_silent &&
                     replica->is_ready && !replica->is_vanished;

    if (is_usable == replica->is_usable)
        return;
    replica->is_usable = is_usable;
    bus_client_count_usable(replica->client);
}

void bus_replica_set_vanished(struct bus_replica *replica, bool is_vanished)
{
    replica->is_vanished = is_vanished;
    weigh(replica);
}

/* A greeting that is not taken is said again at the next tick. */
static void greet(struct bus_replica *replica)
{
    struct buffer *greeting = &replica->client->greeting;

    buffer_clear(greeting);
    if (replica->is_greeted)
        envelope_add_ping(greeting, ++replica->client->nonce);
    else
        envelope_add_hello(greeting);
    (void)!bus_socket_send(replica->socket, (struct bytes){ 0 },
                           (struct bytes){ greeting->data, greeting->size });
    replica->must_look = true;
}

/* Its requests go elsewhere: what it still answers of them is welcome all the same. */
static void lose_requests(struct bus_replica *replica)
{
    weigh(replica);
    bus_dispatch_again(replica);
}

static void on_connected(struct bus_replica *replica)
{
    replica->is_connected = true;
    replica->is_silent = false;
    replica->unanswered = 0;
    replica->apart = 0;
    greet(replica);
}

static void on_disconnected(struct bus_replica *replica)
{
    replica->is_connected = false;
    replica->is_greeted = false;
    replica->instance[0] = '\0';
    lose_requests(replica);
}

/* Another process answers at this endpoint than before: it has none of the requests. */
static void note_instance(struct bus_replica *replica, const char *instance)
{
    bool is_changed = replica->instance[0] != '\0' && strcmp(replica->instance, instance) != 0;

    *(char *)mempcpy(replica->instance, instance, strlen(instance)) = '\0';
    if (is_changed)
        lose_requests(replica);
}

static void on_welcome(struct bus_replica *replica, const struct envelope *welcome)
{
    const char *wanted = replica->client->service;

    replica->is_greeted = strcmp(welcome->service, wanted) == 0 && welcome->version == BUS_VERSION;
    if (!replica->is_greeted && !replica->was_warned) {
        replica->was_warned = true;
        log_warning("%s is not used: it is %s with bus version %" PRId64
                    ", wanted is %s with bus version %d",
                    replica->endpoint, welcome->service, welcome->version, wanted, BUS_VERSION);
    }
    replica->is_ready = welcome->is_ready;
    if (replica->is_greeted)
        note_instance(replica, welcome->instance);
    else
        lose_requests(replica);
    weigh(replica);
}

static void on_pong(struct bus_replica *replica, const struct envelope *pong)
{
    if (!replica->is_greeted)
        return;
    replica->is_ready = pong->is_ready;
    note_instance(replica, pong->instance);
    weigh(replica);
}

static void on_reply(struct bus_replica *replica, const struct envelope *reply)
{
    if (replica->is_greeted)
        bus_client_answer(replica->client, reply);
}

typedef void envelope_function(struct bus_replica *replica, const struct envelope *envelope);

/* What services may say; other kinds are passed over. */
static envelope_function *const functions[] = {
    [ENVELOPE_REPLY] = on_reply,
    [ENVELOPE_WELCOME] = on_welcome,
    [ENVELOPE_PONG] = on_pong,
};

static void read_message(struct bus_replica *replica)
{
    struct bus_client *client = replica->client;
    struct envelope envelope;
    int r;

    envelope_reader_begin(&client->reader, bus_message_bytes(&client->frame));
    while ((r = envelope_next(&client->reader, &envelope)) == 0) {
        replica->unanswered = 0;
        if (functions[envelope.kind])
            functions[envelope.kind](replica, &envelope);
    }
    if (r == -EBADMSG)
        metric_add(client->metrics.unreadable, 1);
}

static bool receive(struct bus_replica *replica)
{
    struct bus_client *client = replica->client;
    int messages = 0;

    for (; messages < MOST_MESSAGES; messages++) {
        int r = bus_socket_receive(replica->socket, NULL, &client->frame);

        if (r == -EBADMSG)
            metric_add(client->metrics.unreadable, 1);
        else if (r < 0)
            break;
        else
            read_message(replica);
    }
    if (messages > 0 && replica->is_silent && replica->unanswered == 0) {
        replica->is_silent = false;
        weigh(replica);
    }
    return messages > 0;
}

/* With ZMQ_IMMEDIATE there is room to send exactly while the connection stands. What came in before
 * it broke is read first. Sending and receiving may have taken note of further changes, of which
 * the descriptor tells no more: look again after both. */
bool bus_replica_look(struct bus_replica *replica)
{
    int events = bus_socket_events(replica->socket);

    replica->must_look = false;
    if (!replica->is_connected && (events & ZMQ_POLLOUT))
        on_connected(replica);
    if (events & ZMQ_POLLIN)
        replica->must_look = receive(replica);
    if (replica->is_connected && !(events & ZMQ_POLLOUT))
        on_disconnected(replica);
    return replica->must_look;
}

/* Where the other end once was of another kind (plain, and this one has keys), libzmq connects no
 * more, not even to its successor. */
static void stay_apart(struct bus_replica *replica)
{
    if (++replica->apart < APART_MOST)
        return;
    replica->apart = 0;
    (void)!open_socket(replica);
    replica->must_look = true;
}

void bus_replica_tick(struct bus_replica *replica)
{
    (void)bus_replica_look(replica);
    if (!replica->is_connected) {
        stay_apart(replica);
        return;
    }
    if (replica->unanswered >= BUS_SILENT_PINGS && !replica->is_silent) {
        replica->is_silent = true;
        lose_requests(replica);
    }
    replica->unanswered++;
    greet(replica);
}

void bus_replica_flush(struct bus_replica *replica)
{
    if (replica->batch.count == 0)
        return;
    replica->must_look = true;
    if (bus_batch_send(&replica->batch, replica->socket, (struct bytes){ 0 }) < 0)
        on_disconnected(replica);
}
