/* handlers.c - the verbs of robotsvc: who answers which */
#include "robotsvc/handlers.h"

#include "common/bus_verbs.h"
#include "common/clock.h"
#include "common/memory.h"
#include "common/messages/robot.h"
#include "robotsvc/handlers_inside.h"

#include <stdlib.h>

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

static const struct bus_verb verbs[] = {
    {robot_call_message,    robot_verbs_call  },
    { robot_invite_message, robot_verbs_invite},
    { media_join_message,   media_verbs_join  },
    { media_leave_message,  media_verbs_leave },
};

void handlers_on_request(void *context, const struct bus_request *request)
{
    const struct handlers *handlers = context;

    bus_verbs_call(verbs, COUNT_OF(verbs), handlers->bus, request, context);
}
