/* handlers.h - the verbs of robotsvc: robots are brought, clients enter and leave */
#pragma once

#include "common/bus_client.h"
#include "common/bus_server.h"
#include "robotsvc/catalogue.h"
#include "robotsvc/crew.h"
#include "robotsvc/media.h"

struct handlers;

struct handlers_options {
    const struct catalogue *catalogue;
    struct media *media; /* NULL: none */
    struct bus_client *callsvc;
    struct crew *crew;
};

struct handlers *handlers_new(const struct handlers_options *options);
struct handlers *handlers_free(struct handlers *handlers); /* requests in hand are not answered */
DEFINE_AUTO(struct handlers *, handlers_free)

/* The bus that answers go to: before the first request, and as long as the handlers. */
void handlers_set_bus(struct handlers *handlers, struct bus_server *bus);

/* From now on no robot is brought anywhere and nobody enters. */
void handlers_begin_drain(struct handlers *handlers);

/* For bus_server_options.on_request; `context` is the struct handlers. */
void handlers_on_request(void *context, const struct bus_request *request);
