/* bus_server.c - the service's side of the bus */
#include "common/bus_server.h"

#include "common/bus_metrics.h"
#include "common/bus_outbox.h"
#include "common/bus_socket.h"
#include "common/memory.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_MESSAGES = 64,   /* in one round: replies must leave, too */
    MOST_REQUESTS = 1024, /* in one round */
    LINGER_MS = 1000,     /* for the last replies */
    IDLE_MS = 60 * 1000,  /* after which a client's buffer is given back */
};

struct bus_server {
    void *socket;
    struct bus_curve *curve;
    struct loop *loop;
    const char *service;
    char instance[BUS_INSTANCE_LENGTH + 1];
    char *endpoint;
    bool is_ready;
    bus_request_function *on_request;
    void *context;
    struct envelope_reader reader;
    zmq_msg_t address;
    zmq_msg_t frame;
    struct buffer greeting; /* a welcome or a pong on its way */
    struct bus_outbox *outbox;
    size_t in_hand;
    struct loop_timer tidy;
    struct bus_server_metrics metrics;
};

/* Greetings leave at once: what is staged may be taken back by bus_server_discard. Whether they
 * arrive is up to the client, who asks again. */
static void send_greeting(struct bus_server *server, const struct bus_return *back)
{
    (void)!bus_socket_send(server->socket, (struct bytes){ back->client, back->client_size },
                           (struct bytes){ server->greeting.data, server->greeting.size });
}

static void on_hello(struct bus_server *server, const struct bus_return *back,
                     const struct envelope *hello)
{
    (void)hello;
    buffer_clear(&server->greeting);
    envelope_add_welcome(&server->greeting, server->service, server->instance, server->is_ready);
    send_greeting(server, back);
}

static void on_ping(struct bus_server *server, const struct bus_return *back,
                    const struct envelope *ping)
{
    buffer_clear(&server->greeting);
    envelope_add_pong(&server->greeting, ping->id, server->instance, server->is_ready);
    send_greeting(server, back);
}

static void on_request(struct bus_server *server, const struct bus_return *back,
                       const struct envelope *envelope)
{
    struct bus_request request = {
        .verb = envelope->verb,
        .body = envelope->body,
        .bulk = envelope->bulk,
        .deadline_ms = loop_now_ms(server->loop) + envelope->left_ms,
        .traceparent = envelope->traceparent,
        .back = *back,
    };

    if (envelope->left_ms <= 0) {
        metric_add(server->metrics.expired, 1);
        return;
    }
    request.back.id = envelope->id;
    server->in_hand++;
    server->on_request(server->context, &request);
}

typedef void envelope_function(struct bus_server *server, const struct bus_return *back,
                               const struct envelope *envelope);

/* What clients may say; other kinds are passed over. */
static envelope_function *const functions[] = {
    [ENVELOPE_REQUEST] = on_request,
    [ENVELOPE_HELLO] = on_hello,
    [ENVELOPE_PING] = on_ping,
    [ENVELOPE_PONG] = NULL,
};

/* All envelopes of a message; returns how many requests there were. */
static size_t read_message(struct bus_server *server, const struct bus_return *back)
{
    struct envelope envelope;
    size_t requests = 0;
    int r;

    envelope_reader_begin(&server->reader, bus_message_bytes(&server->frame));
    while ((r = envelope_next(&server->reader, &envelope)) == 0) {
        requests += envelope.kind == ENVELOPE_REQUEST;
        if (functions[envelope.kind])
            functions[envelope.kind](server, back, &envelope);
    }
    if (r == -EBADMSG)
        metric_add(server->metrics.unreadable, 1);
    if (requests > 0) {
        metric_add(server->metrics.requests, requests);
        metric_observe(server->metrics.batches, requests);
    }
    return requests;
}

/* An address that is longer than libzmq's own was chosen by the client: not one of ours. */
static int get_return(struct bus_server *server, struct bus_return *ret)
{
    size_t size = zmq_msg_size(&server->address);

    if (size > sizeof ret->client)
        return -EBADMSG;
    ret->client_size = (uint32_t)size;
    memcpy(ret->client, zmq_msg_data(&server->address), size);
    return 0;
}

static bool receive(void *context)
{
    struct bus_server *server = context;
    struct bus_return back = { 0 };
    size_t messages = 0;
    size_t requests = 0;

    if (!(bus_socket_events(server->socket) & ZMQ_POLLIN))
        return false;
    while (messages < MOST_MESSAGES && requests < MOST_REQUESTS) {
        int r = bus_socket_receive(server->socket, &server->address, &server->frame);

        if (r < 0 && r != -EBADMSG)
            break;
        messages++;
        if (r == 0 && !bus_curve_allows(server->curve, &server->frame))
            continue;
        if (r == 0)
            r = get_return(server, &back);
        if (r < 0)
            metric_add(server->metrics.unreadable, 1);
        else
            requests += read_message(server, &back);
    }
    return messages > 0;
}

/* The hook does the work; being called has ended the loop's sleep. */
static void on_readable(void *context, uint32_t epoll_events)
{
    (void)context;
    (void)epoll_events;
}

static void tidy(void *context)
{
    struct bus_server *server = context;
    int64_t now_ms = loop_now_ms(server->loop);

    if (bus_outbox_is_empty(server->outbox))
        bus_outbox_forget_idle(server->outbox, now_ms - IDLE_MS);
    loop_set_timer(server->loop, &server->tidy, now_ms + IDLE_MS, tidy, server);
}

static int open_socket(struct bus_server *server, const struct bus_server_options *options)
{
    int r = bus_check_listen(options->listen, options->is_plain_allowed || options->curve);

    if (r < 0)
        return r;
    r = bus_socket_open(options->zmq_context, ZMQ_ROUTER, options->listen, &server->socket);
    if (r < 0)
        return r;
    bus_socket_set(server->socket, ZMQ_ROUTER_MANDATORY, 1);
    bus_socket_set(server->socket, ZMQ_LINGER, LINGER_MS);
    r = bus_curve_serve(options->curve, server->socket);
    if (r < 0)
        return r;
    return bus_socket_bind(server->socket, options->listen, &server->endpoint);
}

int bus_server_open(const struct bus_server_options *options, struct bus_server **ret)
{
    AUTO(bus_server_freep) struct bus_server *server = must_alloc(1, sizeof *server);
    int r;

    server->loop = options->loop;
    server->curve = options->curve;
    server->service = options->service;
    server->on_request = options->on_request;
    server->context = options->context;
    server->is_ready = true;
    server->outbox = bus_outbox_new();
    bus_make_instance(server->instance);
    envelope_reader_init(&server->reader);
    zmq_msg_init(&server->address);
    zmq_msg_init(&server->frame);
    bus_server_metrics_make(&server->metrics, options->service);
    r = open_socket(server, options);
    if (r < 0)
        return r;
    r = bus_socket_watch(server->socket, server->loop, on_readable, server);
    if (r < 0)
        return r;
    loop_add_hook(server->loop, receive, NULL, server);
    loop_set_timer(server->loop, &server->tidy, loop_now_ms(server->loop) + IDLE_MS, tidy, server);
    *ret = TAKE(server);
    return 0;
}

struct bus_server *bus_server_free(struct bus_server *server)
{
    if (!server)
        return NULL;
    if (server->socket) {
        (void)bus_server_flush(server);
        bus_socket_unwatch(server->socket, server->loop);
    }
    loop_remove_hook(server->loop, receive, server);
    loop_clear_timer(server->loop, &server->tidy);
    bus_socket_close(server->socket);
    zmq_msg_close(&server->address);
    zmq_msg_close(&server->frame);
    envelope_reader_done(&server->reader);
    bus_outbox_free(server->outbox);
    buffer_done(&server->greeting);
    free(server->endpoint);
    free(server);
    return NULL;
}

/* A reply that fits no message becomes a failure: the asker must not wait for it in vain. */
static void finish_reply(struct bus_server *server, struct bus_batch *batch,
                         const struct bus_return *back)
{
    if (bus_batch_close(batch) < 0) {
        envelope_add_failure(&batch->bytes, back->id, ERROR_INTERNAL, NULL);
        (void)!bus_batch_close(batch);
    }
    if (server->in_hand > 0)
        server->in_hand--;
}

void bus_server_reply(struct bus_server *server, const struct bus_return *back,
                      const struct message *m, const void *msg, struct bytes bulk)
{
    struct bus_batch *batch = bus_outbox_stage(server->outbox, back, loop_now_ms(server->loop));

    envelope_add_reply(&batch->bytes, back->id, ERROR_NONE, m, msg, bulk);
    finish_reply(server, batch, back);
}

void bus_server_fail(struct bus_server *server, const struct bus_return *back, enum error error,
                     const struct fault *fault)
{
    struct bus_batch *batch = bus_outbox_stage(server->outbox, back, loop_now_ms(server->loop));

    envelope_add_failure(&batch->bytes, back->id, error, fault);
    finish_reply(server, batch, back);
}

void bus_server_discard(struct bus_server *server)
{
    server->in_hand += bus_outbox_discard(server->outbox);
}

bool bus_server_flush(struct bus_server *server)
{
    if (bus_outbox_is_empty(server->outbox))
        return false;
    metric_add(server->metrics.undelivered, bus_outbox_flush(server->outbox, server->socket));
    return true;
}

void bus_server_set_ready(struct bus_server *server, bool is_ready)
{
    server->is_ready = is_ready;
}

size_t bus_server_in_hand(const struct bus_server *server)
{
    return server->in_hand;
}

const char *bus_server_endpoint(const struct bus_server *server)
{
    return server->endpoint;
}

const char *bus_server_instance(const struct bus_server *server)
{
    return server->instance;
}
