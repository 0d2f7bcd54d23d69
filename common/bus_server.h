/* bus_server.h - the service's side of the bus: a ROUTER that is drained, worked off and answered
 * in batches, one ZeroMQ message per client and turn */
#pragma once

#include "common/bus.h"
#include "common/bus_curve.h"
#include "common/loop.h"

struct bus_server;

/* Where a reply goes. A value: keep it as long as you like and answer later. */
struct bus_return {
    uint64_t id;
    uint32_t client_size;
    unsigned char client[32]; /* the ROUTER's address of it */
};

struct bus_request {
    const char *verb;
    const msgpack_object *body; /* borrowed for the call */
    struct bytes bulk;          /* borrowed for the call */
    int64_t deadline_ms;        /* steady time; nobody waits for the answer afterwards */
    const char *traceparent;    /* "" if there is none */
    struct bus_return back;
};

typedef void bus_request_function(void *context, const struct bus_request *request);

struct bus_server_options {
    void *zmq_context;
    struct loop *loop;
    const char *service; /* its name in HELLO: "callsvc" */
    const char
        *listen; /* "tcp://127.0.0.1:7001", "tcp://127.0.0.1:*", "ipc:///run/dapi/callsvc.sock" */
    bool is_plain_allowed;
    struct bus_curve *curve; /* NULL: plain */
    bus_request_function *on_request;
    void *context;
};

/* Bind and join the loop with a receive hook: hooks that the caller adds after this see each batch
 * when it is whole. Requests whose deadline has passed are dropped unseen. 0 or -errno. */
int bus_server_open(const struct bus_server_options *options, struct bus_server **ret) MUST_CHECK;
struct bus_server *bus_server_free(struct bus_server *server); /* sends what is staged first */
DEFINE_AUTO(struct bus_server *, bus_server_free)

/* Stage a reply: it leaves with the next bus_server_flush. */
void bus_server_reply(struct bus_server *server, const struct bus_return *back,
                      const struct message *m, const void *msg, struct bytes bulk);
void bus_server_fail(struct bus_server *server, const struct bus_return *back, enum error error,
                     const struct fault *fault);

/* Take back everything staged since the last flush (a transaction failed). */
void bus_server_discard(struct bus_server *server);

/* Send what is staged, one ZeroMQ message per client. Call it in a hook that comes after the work.
 * True if something was sent. */
bool bus_server_flush(struct bus_server *server);

/* What WELCOME and PONG say, at first true: a client sends nothing new to a service that is not
 * ready, and learns of it with its next ping, within half a second. */
void bus_server_set_ready(struct bus_server *server, bool is_ready);

/* Requests received and not answered yet; those whose deadline passed want an answer, too. */
size_t bus_server_in_hand(const struct bus_server *server);

/* The endpoint it really listens on, with the port that was chosen. */
const char *bus_server_endpoint(const struct bus_server *server);
const char *bus_server_instance(const struct bus_server *server);
