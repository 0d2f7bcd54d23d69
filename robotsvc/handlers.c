/* handlers.c - the verbs of robotsvc
 *
 * Both go the same way: callsvc is asked first, for it knows whether there may be a robot and which
 * one; that one joins; and when callsvc knows that it has joined, the request is answered. */
#include "robotsvc/handlers.h"

#include "common/clock.h"
#include "common/memory.h"
#include "common/messages/robot.h"
#include "robotsvc/copy_text.h"
#include "robotsvc/list.h"
#include "robotsvc/reply.h"

#include <stdlib.h>
#include <string.h>

enum {
    /* What is left of a request's time for its answer to get back. */
    ANSWER_MS = 300,
    REQUEST_MOST_MS = 10000,
};

/* A request that is not answered yet. */
struct asking {
    struct list entry;
    struct handlers *handlers;
    struct bus_return back;
    bool is_invitation;
    int64_t deadline_ms;
    char traceparent[TRACEPARENT_LENGTH + 1];
    const struct recording *recording;
    struct robot_claim claim; /* what callsvc is asked, or would be: channel, robot, audio */
};

struct handlers {
    struct handlers_options options;
    struct bus_server *bus;
    bool is_draining;
    struct list askings;
};

struct handlers *handlers_new(const struct handlers_options *options)
{
    struct handlers *handlers = must_alloc(1, sizeof *handlers);

    handlers->options = *options;
    list_init(&handlers->askings);
    return handlers;
}

static void free_asking(struct asking *asking)
{
    list_remove(&asking->entry);
    free(asking);
}

struct handlers *handlers_free(struct handlers *handlers)
{
    struct list *first;

    if (!handlers)
        return NULL;
    while ((first = list_first(&handlers->askings)) != NULL)
        free_asking(LIST_MEMBER(first, struct asking, entry));
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

/* The answers: each ends the asking. */

static void fail(struct asking *asking, enum error error, const struct fault *fault)
{
    bus_server_fail(asking->handlers->bus, &asking->back, error, fault);
    free_asking(asking);
}

static void fail_as(struct asking *asking, const struct bus_reply *reply, enum error error)
{
    struct fault fault = { reply->field, reply->problem };

    fail(asking, error, reply->field[0] ? &fault : NULL);
}

static void answer_started(struct asking *asking, const struct call_started *started)
{
    bus_server_reply(asking->handlers->bus, &asking->back, call_started_message(), started,
                     (struct bytes){ 0 });
    free_asking(asking);
}

/* A call as the verb of the asking answers it. */
static void answer_call(struct asking *asking, const struct call *call, const char *robot_id)
{
    struct call_started started = {
        .ring_expires_at = call->ring_expires_at,
        .state = call->state,
        .robot = call->robot,
    };

    if (asking->is_invitation) {
        bus_server_reply(asking->handlers->bus, &asking->back, call_message(), call,
                         (struct bytes){ 0 });
        free_asking(asking);
        return;
    }
    COPY_TEXT(started.call_id, call->call_id);
    COPY_TEXT(started.channel, call->channel);
    COPY_TEXT(started.robot_id, robot_id);
    answer_started(asking, &started);
}

static void on_settled(void *context, const struct robot *robot, enum error error,
                       const struct call *call)
{
    if (error == ERROR_NONE)
        answer_call(context, call, robot->robot_id);
    else
        fail(context, error, NULL);
}

static void bring_robot(struct asking *asking, int64_t since_seq)
{
    struct robot_plan plan = {
        .channel = asking->claim.channel,
        .robot_id = asking->claim.robot_id,
        .traceparent = asking->traceparent,
        .since_seq = since_seq,
        .join_until_ms = asking->deadline_ms,
        .recording = asking->recording,
    };

    crew_add(asking->handlers->options.crew, &plan, on_settled, asking);
}

static bool is_ours(const struct asking *asking, const char *robot_id)
{
    return strcmp(asking->claim.robot_id, robot_id) == 0;
}

/* Another robot is on its way, and it is here: its end is this one's too. */
static bool wait_for_other(struct asking *asking, const char *robot_id)
{
    return crew_wait(asking->handlers->options.crew, asking->claim.channel, robot_id, on_settled,
                     asking);
}

static void on_claimed(void *context, const struct bus_reply *reply)
{
    struct asking *asking = context;
    struct bytes bulk = reply->bulk;
    struct call_inside inside;
    struct call call;
    struct fault fault;
    enum error error = reply_read(reply, call_message(), &call);

    if (error == ERROR_NONE && message_next(call_inside_message(), &bulk, &inside, &fault) < 0)
        error = ERROR_INTERNAL;
    if (error != ERROR_NONE)
        fail_as(asking, reply, error);
    else if (is_ours(asking, inside.robot_id))
        bring_robot(asking, inside.seq);
    else if (!wait_for_other(asking, inside.robot_id))
        answer_call(asking, &call, inside.robot_id);
}

static void ask_callsvc(struct asking *asking, const struct message *message, const void *body,
                        bus_reply_function *on_reply)
{
    struct bus_ask ask = {
        .message = message,
        .body = body,
        .deadline_ms = asking->deadline_ms,
        .traceparent = asking->traceparent,
        .on_reply = on_reply,
        .context = asking,
    };

    bus_client_ask(asking->handlers->options.callsvc, &ask);
}

/* A robot that is on its way, and not from here: the robotsvc that was asked before is gone, or
 * this would not have been asked again. */
static void replace_robot(struct asking *asking, const char *robot_id)
{
    COPY_TEXT(asking->claim.instead_of, robot_id);
    ask_callsvc(asking, robot_claim_message(), &asking->claim, on_claimed);
}

static void on_started(void *context, const struct bus_reply *reply)
{
    struct asking *asking = context;
    struct call_started started;
    enum error error = reply_read(reply, call_started_message(), &started);

    if (error != ERROR_NONE)
        fail_as(asking, reply, error);
    else if (started.robot == ROBOT_FAILED)
        fail(asking, ERROR_MEDIA_UNAVAILABLE, NULL);
    else if (started.robot != ROBOT_JOINING)
        answer_started(asking, &started);
    else if (is_ours(asking, started.robot_id))
        bring_robot(asking, 0);
    else if (!wait_for_other(asking, started.robot_id))
        replace_robot(asking, started.robot_id);
}

/* Check what can be checked before anything is made. */
static enum error check(const struct handlers *handlers, const char *audio,
                        const struct recording **ret, struct fault *reterr)
{
    *reterr = (struct fault){ 0 };
    *ret = catalogue_find(handlers->options.catalogue, audio);
    if (!*ret) {
        *reterr = (struct fault){ "audio", "is not in the catalogue" };
        return ERROR_BAD_FIELD;
    }
    if (handlers->is_draining)
        return ERROR_UNAVAILABLE;
    return media_is_there(handlers->options.media) ? ERROR_NONE : ERROR_MEDIA_UNAVAILABLE;
}

/* NULL if the request was answered with a refusal. */
static struct asking *begin(struct handlers *handlers, const struct bus_request *request,
                            const char *channel, const char *audio)
{
    const struct recording *recording;
    struct asking *asking;
    struct fault fault;
    enum error error = check(handlers, audio, &recording, &fault);
    int64_t most_ms = clock_steady_ms() + REQUEST_MOST_MS;

    if (error != ERROR_NONE) {
        bus_server_fail(handlers->bus, &request->back, error, fault.field ? &fault : NULL);
        return NULL;
    }
    asking = must_alloc(1, sizeof *asking);
    asking->handlers = handlers;
    asking->back = request->back;
    asking->deadline_ms =
        (request->deadline_ms < most_ms ? request->deadline_ms : most_ms) - ANSWER_MS;
    asking->recording = recording;
    COPY_TEXT(asking->traceparent, request->traceparent);
    COPY_TEXT(asking->claim.channel, channel);
    COPY_TEXT(asking->claim.audio, *audio ? audio : CATALOGUE_DEFAULT);
    random_text(asking->claim.robot_id, ROBOT_ID_LENGTH);
    list_append(&handlers->askings, &asking->entry);
    return asking;
}

static void on_robot_call(struct handlers *handlers, const struct bus_request *request,
                          const void *body)
{
    const struct robot_call *asked = body;
    struct asking *asking = begin(handlers, request, asked->channel, asked->audio);
    struct call_start start = { .kind = CALL_ROBOT, .ring_seconds = 60 };

    if (!asking)
        return;
    COPY_TEXT(start.channel, asked->channel);
    COPY_TEXT(start.call_id, asked->call_id);
    COPY_TEXT(start.src_uid, asked->src_uid);
    COPY_TEXT(start.robot_id, asking->claim.robot_id);
    COPY_TEXT(start.audio, asking->claim.audio);
    ask_callsvc(asking, call_start_message(), &start, on_started);
}

static void on_robot_invite(struct handlers *handlers, const struct bus_request *request,
                            const void *body)
{
    const struct robot_invite *asked = body;
    struct asking *asking = begin(handlers, request, asked->channel, asked->audio);

    if (!asking)
        return;
    asking->is_invitation = true;
    COPY_TEXT(asking->claim.uid, asked->uid);
    ask_callsvc(asking, robot_claim_message(), &asking->claim, on_claimed);
}

static const struct verb {
    const struct message *(*message)(void); /* the verb is named as its message */
    void (*function)(struct handlers *handlers, const struct bus_request *request,
                     const void *body);
} verbs[] = {
    {robot_call_message,    on_robot_call  },
    { robot_invite_message, on_robot_invite},
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
