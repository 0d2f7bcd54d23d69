/* hub.h - the thread of those who listen to events: their WebSockets, what is heard of callsvc, and
 * the questions about what was missed */
#pragma once

#include "gateway/connection_limit.h"
#include "gateway/http_server.h"
#include "gateway/options.h"

#include "common/resolver.h"
#include "common/text.h"

struct hub;

struct limits;

struct hub_options {
    const struct gateway_options *options;
    struct resolver *resolver;
    void *zmq_context;
    struct bus_curve *curve;
    struct limits *limits;
};

/* Who listens. */
struct hub_listener {
    char uid[UID_MOST + 1];
    int64_t since;              /* it is told events with a greater number */
    int64_t token_ends_seconds; /* since the epoch: then its connection ends; 0: it does not */
    connection_place place;     /* where its connection is counted */
};

/* Start the thread. 0, or -errno after having logged why. */
int hub_open(const struct hub_options *options, struct hub **ret) MUST_CHECK;
/* Ends the thread and every connection: before the workers. */
struct hub *hub_free(struct hub *hub);
DEFINE_AUTO(struct hub *, hub_free)

/* From any thread. */

/* Another connection is welcome: the limit is not reached, and the process does not leave. */
bool hub_has_room(const struct hub *hub);

/* Hand over a connection that has left HTTP; `early` came with its request. */
void hub_add(struct hub *hub, struct http_socket connection, const struct hub_listener *listener,
             struct bytes early);

/* Say goodbye to all, and to those who still come. */
void hub_drain(struct hub *hub);

size_t hub_in_hand(const struct hub *hub); /* connections */
int64_t hub_turned_ms(const struct hub *hub);
