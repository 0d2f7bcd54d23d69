/* bus_client.h - the asking side of the bus: one DEALER per replica of a service, the least busy of
 * two random healthy ones is asked, a request whose replica dies is sent again to another while its
 * deadline lasts. One client belongs to one loop and its thread. */
#pragma once

#include "common/bus.h"
#include "common/bus_curve.h"
#include "common/loop.h"
#include "common/resolver.h"

struct bus_client;

struct bus_reply {
    enum error error; /* ERROR_NONE, what the service said, or UNAVAILABLE, TIMEOUT, OVERLOADED */
    const msgpack_object *body; /* borrowed for the call; NULL where there is none */
    struct bytes bulk;          /* borrowed for the call */
    char field[32];             /* of a refused field; "" if none */
    char problem[64];
};

/* Called exactly once for each request that bus_client_ask took, from a loop turn, never from
 * within bus_client_ask. */
typedef void bus_reply_function(void *context, const struct bus_reply *reply);

struct bus_client_options {
    void *zmq_context;
    struct bus_curve *curve; /* NULL: plain */
    struct loop *loop;
    struct resolver *resolver;
    const char *service;   /* the name that HELLO must give */
    const char *endpoints; /* list, separated by commas or spaces */
    size_t most_waiting;   /* requests in hand; more are refused. 0: 65536 */
};

/* Join the loop with a receive hook and timers. 0; -EINVAL for a list that cannot be read; -ENOKEY
 * where CURVE knows no key of the service. */
int bus_client_open(const struct bus_client_options *options, struct bus_client **ret) MUST_CHECK;
/* Pending requests are dropped without a call of their function. */
struct bus_client *bus_client_free(struct bus_client *client);
DEFINE_AUTO(struct bus_client *, bus_client_free)

struct bus_ask {
    const char *verb; /* NULL: the message's name */
    const struct message *message;
    const void *body;
    struct bytes bulk;
    int64_t deadline_ms; /* steady time */
    const char *traceparent;
    bus_reply_function *on_reply;
    void *context;
};

/* Put a request into this turn's batch; everything is copied. With no healthy replica it waits for
 * one, at most a second, then fails as UNAVAILABLE. Returns a handle for bus_client_forget. */
uint64_t bus_client_ask(struct bus_client *client, const struct bus_ask *ask);

/* The asker is gone: its function is not called any more. */
void bus_client_forget(struct bus_client *client, uint64_t handle);

/* Send the batches, one ZeroMQ message per replica. Call it in a hook that comes after the work.
 * True if something was sent. */
bool bus_client_flush(struct bus_client *client);

/* True while at least one replica is connected and says that it is ready. */
bool bus_client_is_ready(const struct bus_client *client);
