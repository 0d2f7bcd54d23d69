/* hub.h - the thread of those who listen to events: their WebSockets, what is heard of callsvc, and
 * the questions about what was missed */
#pragma once

#include "gateway/http_server.h"
#include "gateway/options.h"

#include "common/resolver.h"
#include "common/text.h"

struct hub;

struct hub_options {
    const struct gateway_options *options;
    struct resolver *resolver;
    void *zmq_context;
};

/* Start the thread. 0, or -errno after having logged why. */
int hub_open(const struct hub_options *options, struct hub **ret) MUST_CHECK;
/* Ends the thread and every connection: before the workers. */
struct hub *hub_free(struct hub *hub);
DEFINE_AUTO(struct hub *, hub_free)

/* From any thread. */

/* Another connection is welcome: the limit is not reached, and the process does not leave. */
bool hub_has_room(const struct hub *hub);

/* Hand over a connection that has left HTTP; `early` came with its request. It is told the events
 * of the uid with a number greater than `since`. */
void hub_add(struct hub *hub, struct http_socket connection, const char uid[UID_MOST + 1],
             int64_t since, struct bytes early);

/* Say goodbye to all, and to those who still come. */
void hub_drain(struct hub *hub);

size_t hub_in_hand(const struct hub *hub); /* connections */
int64_t hub_turned_ms(const struct hub *hub);
