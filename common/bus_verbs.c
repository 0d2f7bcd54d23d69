/* bus_verbs.c - finds the verb that a request names, and decodes its message */
#include "common/bus_verbs.h"

#include <string.h>

static const struct bus_verb *find(const struct bus_verb *verbs, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(verbs[i].message()->name, name) == 0)
            return &verbs[i];
    return NULL;
}

void bus_verbs_call(const struct bus_verb *verbs, size_t count, struct bus_server *server,
                    const struct bus_request *request, void *context)
{
    const struct bus_verb *verb = find(verbs, count, request->verb);
    _Alignas(max_align_t) char body[MESSAGE_MOST_BYTES];
    struct fault fault;

    if (!verb)
        bus_server_fail(server, &request->back, ERROR_UNKNOWN_VERB, NULL);
    else if (message_from_msgpack(verb->message(), request->body, body, &fault) < 0)
        bus_server_fail(server, &request->back, ERROR_BAD_FIELD, &fault);
    else
        verb->function(context, request, body);
}
