/* handlers.h - callsvc's verbs: collected while a turn's requests come in, run as one group,
 * answered and told when they are on disk */
#pragma once

#include "callsvc/outbox.h"
#include "callsvc/store.h"
#include "common/bus_server.h"
#include "common/events.h"

struct handlers;

/* All are borrowed. */
struct handlers *handlers_new(struct loop *loop, struct store *store, struct outbox *outbox);
struct handlers *handlers_free(struct handlers *handlers);
DEFINE_AUTO(struct handlers *, handlers_free)

/* For bus_server_options: the context is the handlers. */
void handlers_on_request(void *handlers, const struct bus_request *request);

/* Begin: `bus` is open, so that the work comes after its receive hook; both are borrowed. */
void handlers_start(struct handlers *handlers, struct bus_server *bus,
                    struct event_publisher *events);

/* Why the service is not ready, or NULL: an admin_ready_function. */
const char *handlers_why_not_ready(void *handlers);
