/* handlers.c - the verbs of robotsvc: who answers which */
#include "robotsvc/handlers.h"

#include "common/clock.h"
#include "common/memory.h"
#include "common/messages/robot.h"
#include "robotsvc/handlers_inside.h"

#include <stdlib.h>
#include <string.h>

struct handlers *handlers_new(const struct handlers_options *options)
{
    struct handlers *handlers = must_alloc(1, sizeof *handlers);

    handlers->options = *options;
    list_init(&handlers->robot_askings);
    list_init(&handlers->media_askings);
    return handlers;
}

struct handlers *handlers_free(struct handlers *handlers)
{
    if (!handlers)
        return NULL;
    robot_verbs_done(handlers);
    media_verbs_done(handlers);
    free(handlers);
    return NULL;
}

void handlers_set_bus(struct handlers *handlers, struct bus_server *bus)
{
    handlers->bus = bus;
}

void handlers_begin_drain(struct handlers *handlers)
{
    handlers->is_draining = true;
}

int64_t handlers_deadline_ms(const struct bus_request *request)
{
    int64_t most_ms = clock_steady_ms() + HANDLERS_REQUEST_MOST_MS;

    return (request->deadline_ms < most_ms ? request->deadline_ms : most_ms) - HANDLERS_ANSWER_MS;
}

const struct fault *handlers_read_fault(const struct bus_reply *reply, struct fault *fault)
{
    *fault = (struct fault){ reply->field, reply->problem };
    return reply->field[0] ? fault : NULL;
}

static const struct verb {
    const struct message *(*message)(void); /* the verb is named as its message */
    handlers_verb *function;
} verbs[] = {
    {robot_call_message,    robot_verbs_call  },
    { robot_invite_message, robot_verbs_invite},
    { media_join_message,   media_verbs_join  },
    { media_leave_message,  media_verbs_leave },
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        if (strcmp(verbs[i].message()->name, name) == 0)
            return &verbs[i];
    }
    return NULL;
}

void handlers_on_request(void *context, const struct bus_request *request)
{
    struct handlers *handlers = context;
    const struct verb *verb = find_verb(request->verb);
    _Alignas(max_align_t) char body[MESSAGE_MOST_BYTES];
    struct fault fault;

    if (!verb)
        bus_server_fail(handlers->bus, &request->back, ERROR_UNKNOWN_VERB, NULL);
    else if (message_from_msgpack(verb->message(), request->body, body, &fault) < 0)
        bus_server_fail(handlers->bus, &request->back, ERROR_BAD_FIELD, &fault);
    else
        verb->function(handlers, request, body);
}
