/* handlers_inside.h - what the files of the verbs share */
#pragma once

#include "robotsvc/handlers.h"
#include "robotsvc/list.h"

enum {
    /* What is left of a request's time for its answer to get back. */
    HANDLERS_ANSWER_MS = 300,
    HANDLERS_REQUEST_MOST_MS = 10000,
};

struct handlers {
    struct handlers_options options;
    struct bus_server *bus;
    bool is_draining;
    struct list robot_askings; /* requests that are not answered yet */
    struct list media_askings;
};

/* When what a request needs must be done, so that its answer gets back in time. */
int64_t handlers_deadline_ms(const struct bus_request *request);

/* The field that callsvc refused, or NULL: *fault, borrowed from the reply. */
const struct fault *handlers_read_fault(const struct bus_reply *reply, struct fault *fault);

/* A struct bus_verb's function; the context is the struct handlers. */
typedef void handlers_verb(void *context, const struct bus_request *request, const void *body);

/* robot_verbs.c */
handlers_verb robot_verbs_call;
handlers_verb robot_verbs_invite;
void robot_verbs_done(struct handlers *handlers);

/* media_verbs.c */
handlers_verb media_verbs_join;
handlers_verb media_verbs_leave;
void media_verbs_done(struct handlers *handlers);
