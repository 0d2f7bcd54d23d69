/* worker.h - a thread that serves HTTP: its own loop, its own server on the shared port, its own
 * connections to the services; it shares nothing that changes with the other workers */
#pragma once

#include "gateway/gateway.h"
#include "gateway/options.h"

#include "common/resolver.h"

struct worker;

struct worker_options {
    unsigned number; /* from 0 */
    const struct gateway *gateway;
    const struct gateway_options *options;
    struct resolver *resolver;
    void *zmq_context;
    struct bus_curve *curve;
    int listen_fd; /* the worker closes it */
    unsigned most_connections;
};

/* Start the thread. 0, or -errno after having logged why. */
int worker_open(const struct worker_options *options, struct worker **ret) MUST_CHECK;
/* Ends the thread; what it has in hand is answered as unavailable. */
struct worker *worker_free(struct worker *worker);
DEFINE_AUTO(struct worker *, worker_free)

/* From any thread: take no new connections. What was connected before is served on. */
void worker_shut(struct worker *worker);

/* Of any thread: how the worker stood after its last turn. */
bool worker_reaches(const struct worker *worker, enum peer peer);
size_t worker_in_hand(const struct worker *worker);
bool worker_is_shut(const struct worker *worker); /* and who had connected has had time to ask */
int64_t worker_turned_ms(const struct worker *worker); /* steady time of that turn */
