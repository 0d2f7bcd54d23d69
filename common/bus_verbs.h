/* bus_verbs.h - a service's verbs in a table, and the way of a request to the one that it names */
#pragma once

#include "common/bus_server.h"

/* A verb is named as its message; `body` is that message, borrowed for the call. It replies, or
 * keeps request->back and replies later. */
struct bus_verb {
    const struct message *(*message)(void);
    void (*function)(void *context, const struct bus_request *request, const void *body);
};

/* Call the verb with its message decoded and checked, or reply with what is wrong: there is no such
 * verb, or a field is bad. */
void bus_verbs_call(const struct bus_verb *verbs, size_t count, struct bus_server *server,
                    const struct bus_request *request, void *context);
