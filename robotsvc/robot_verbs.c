/* robot_verbs.c - robot_call and robot_invite
 *
 * Both go the same way: callsvc is asked first, for it knows whether there may be a robot and which
 * one, and where the channel's room is; that robot joins; and when callsvc knows that it has
 * joined, the request is answered. */
#include "robotsvc/handlers_inside.h"

#include "common/clock.h"
#include "common/memory.h"
#include "common/messages/robot.h"
#include "robotsvc/claim.h"
#include "robotsvc/copy_text.h"
#include "robotsvc/reply.h"

#include <stdlib.h>
#include <string.h>

enum { TELL_MOST_MS = 3000 };

/* A request that is not answered yet. */
struct asking {
    struct list entry;
    struct handlers *handlers;
    struct bus_return back;
    bool is_invitation;
    int64_t deadline_ms;
    char traceparent[TRACEPARENT_LENGTH + 1];
    const struct recording *recording;
    struct robot_claim claim;  /* what callsvc is asked, or would be: channel, robot, audio */
    int64_t since_seq;         /* of the call, when callsvc said that it may be this robot */
    struct call_inside inside; /* an invitation's call, as callsvc said */
    int64_t token_floor;       /* of a call's answer, as callsvc said */
    bool is_replayed;          /* the same */
    struct claim *node_claim;  /* of its node, which it waits for; else NULL */
    char
        awaited[ROBOT_ID_MOST + 1]; /* another asking's robot, which has no node yet; "" for none */
};

static void free_asking(struct asking *asking)
{
    list_remove(&asking->entry);
    claim_free(asking->node_claim);
    free(asking);
}

void robot_verbs_done(struct handlers *handlers)
{
    struct list *first;

    while ((first = list_first(&handlers->robot_askings)) != NULL)
        free_asking(LIST_MEMBER(first, struct asking, entry));
}

/* The answers: each ends the asking. */

static void fail(struct asking *asking, enum error error, const struct fault *fault)
{
    bus_server_fail(asking->handlers->bus, &asking->back, error, fault);
    free_asking(asking);
}

static void fail_as(struct asking *asking, const struct bus_reply *reply, enum error error)
{
    struct fault fault;

    fail(asking, error, handlers_read_fault(reply, &fault));
}

static void answer_started(struct asking *asking, const struct call_started *started,
                           struct bytes bulk)
{
    bus_server_reply(asking->handlers->bus, &asking->back, call_started_message(), started, bulk);
    free_asking(asking);
}

static void answer_invited(struct asking *asking, const struct call *call, const char *robot_id)
{
    AUTO(buffer_done) struct buffer bulk = { 0 };

    COPY_TEXT(asking->inside.robot_id, robot_id);
    message_to_msgpack(call_inside_message(), &asking->inside, &bulk);
    bus_server_reply(asking->handlers->bus, &asking->back, call_message(), call,
                     (struct bytes){ bulk.data, bulk.size });
    free_asking(asking);
}

/* A call as the verb of the asking answers it. */
static void answer_call(struct asking *asking, const struct call *call, const char *robot_id)
{
    struct call_started started = {
        .ring_expires_at = call->ring_expires_at,
        .state = call->state,
        .robot = call->robot,
        .token_floor = asking->token_floor,
        .replayed = asking->is_replayed,
    };

    if (asking->is_invitation) {
        answer_invited(asking, call, robot_id);
        return;
    }
    COPY_TEXT(started.call_id, call->call_id);
    COPY_TEXT(started.channel, call->channel);
    COPY_TEXT(started.robot_id, robot_id);
    answer_started(asking, &started, (struct bytes){ 0 });
}

static void on_settled(void *context, const struct robot *robot, enum error error,
                       const struct call *call)
{
    if (error == ERROR_NONE)
        answer_call(context, call, robot->robot_id);
    else
        fail(context, error, NULL);
}

static void bring_robot(struct asking *asking, const char *node)
{
    struct robot_plan plan = {
        .channel = asking->claim.channel,
        .node = node,
        .robot_id = asking->claim.robot_id,
        .traceparent = asking->traceparent,
        .since_seq = asking->since_seq,
        .join_until_ms = asking->deadline_ms,
        .recording = asking->recording,
    };

    crew_add(asking->handlers->options.crew, &plan, on_settled, asking);
}

static void ignore_reply(void *context, const struct bus_reply *reply)
{
    (void)context;
    (void)reply;
}

/* callsvc expects a robot that will not come. What it does not hear, its own clock tells it. */
static void give_up(struct asking *asking, enum error error)
{
    struct robot_update update = { .robot = ROBOT_FAILED };
    struct bus_ask ask = {
        .message = robot_update_message(),
        .body = &update,
        .deadline_ms = clock_steady_ms() + TELL_MOST_MS,
        .traceparent = asking->traceparent,
        .on_reply = ignore_reply,
    };

    COPY_TEXT(update.channel, asking->claim.channel);
    COPY_TEXT(update.robot_id, asking->claim.robot_id);
    bus_client_ask(asking->handlers->options.callsvc, &ask);
    fail(asking, error, NULL);
}

/* Those that wait for the robot of `first` go its way. */
static void lead_on(const struct asking *first, enum error error)
{
    const struct list *askings = &first->handlers->robot_askings;
    struct list *at = list_first(askings);

    while (at) {
        struct asking *asking = LIST_MEMBER(at, struct asking, entry);

        at = list_after(askings, at);
        if (strcmp(asking->awaited, first->claim.robot_id) != 0)
            continue;
        asking->awaited[0] = '\0';
        if (error != ERROR_NONE)
            fail(asking, error, NULL);
        else if (!crew_wait(asking->handlers->options.crew, first->claim.channel,
                            first->claim.robot_id, on_settled, asking))
            fail(asking, ERROR_MEDIA_UNAVAILABLE, NULL);
    }
}

static void on_node(void *context, enum error error, const char *node)
{
    struct asking *asking = context;

    asking->node_claim = NULL;
    if (error == ERROR_NONE)
        bring_robot(asking, node);
    lead_on(asking, error);
    if (error == ERROR_CALL_ENDED)
        fail(asking, error, NULL);
    else if (error != ERROR_NONE)
        give_up(asking, error);
}

static void find_node(struct asking *asking)
{
    const struct handlers_options *options = &asking->handlers->options;
    const struct claim_ask ask = {
        .media = options->media,
        .callsvc = options->callsvc,
        .channel = asking->claim.channel,
        .deadline_ms = asking->deadline_ms,
        .traceparent = asking->traceparent,
        .function = on_node,
        .context = asking,
    };

    asking->node_claim = claim_node(&ask);
    if (!asking->node_claim)
        give_up(asking, ERROR_MEDIA_UNAVAILABLE);
}

static bool is_ours(const struct asking *asking, const char *robot_id)
{
    return strcmp(asking->claim.robot_id, robot_id) == 0;
}

/* Another asking of the channel looks for a node for this robot. */
static bool is_finding_node_for(const struct handlers *handlers, const char *channel,
                                const char *robot_id)
{
    const struct list *askings = &handlers->robot_askings;

    for (struct list *at = list_first(askings); at; at = list_after(askings, at)) {
        const struct asking *other = LIST_MEMBER(at, struct asking, entry);

        if (other->node_claim && strcmp(other->claim.channel, channel) == 0 &&
            is_ours(other, robot_id))
            return true;
    }
    return false;
}

/* Another robot is on its way, and it is here, or soon will be: its end is this one's too. */
static bool wait_for_other(struct asking *asking, const char *robot_id)
{
    struct handlers *handlers = asking->handlers;
    const char *channel = asking->claim.channel;

    if (crew_wait(handlers->options.crew, channel, robot_id, on_settled, asking))
        return true;
    if (!is_finding_node_for(handlers, channel, robot_id))
        return false;
    COPY_TEXT(asking->awaited, robot_id);
    return true;
}

static void on_claimed(void *context, const struct bus_reply *reply)
{
    struct asking *asking = context;
    struct call_inside *inside = &asking->inside;
    struct bytes bulk = reply->bulk;
    struct call call;
    struct fault fault;
    enum error error = reply_read(reply, call_message(), &call);

    if (error == ERROR_NONE && message_next(call_inside_message(), &bulk, inside, &fault) < 0)
        error = ERROR_INTERNAL;
    if (error != ERROR_NONE) {
        fail_as(asking, reply, error);
    } else if (is_ours(asking, inside->robot_id)) {
        asking->since_seq = inside->seq;
        find_node(asking);
    } else if (!wait_for_other(asking, inside->robot_id)) {
        answer_call(asking, &call, inside->robot_id);
    }
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

/* What a key brought before is told as it is. Its robot may be on its way from here; whoever brings
 * it from elsewhere is not disturbed. */
static void answer_replay(struct asking *asking, const struct call_started *started,
                          struct bytes bulk)
{
    if (started->robot != ROBOT_JOINING || !wait_for_other(asking, started->robot_id))
        answer_started(asking, started, bulk);
}

static void on_started(void *context, const struct bus_reply *reply)
{
    struct asking *asking = context;
    struct call_started started = { 0 };
    enum error error = reply_read(reply, call_started_message(), &started);

    asking->token_floor = started.token_floor;
    asking->is_replayed = started.replayed;
    if (error != ERROR_NONE)
        fail_as(asking, reply, error);
    else if (started.replayed)
        answer_replay(asking, &started, reply->bulk);
    else if (started.robot == ROBOT_FAILED)
        fail(asking, ERROR_MEDIA_UNAVAILABLE, NULL);
    else if (started.robot != ROBOT_JOINING)
        answer_started(asking, &started, (struct bytes){ 0 });
    else if (is_ours(asking, started.robot_id))
        find_node(asking);
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

    if (error != ERROR_NONE) {
        bus_server_fail(handlers->bus, &request->back, error, fault.field ? &fault : NULL);
        return NULL;
    }
    asking = must_alloc(1, sizeof *asking);
    asking->handlers = handlers;
    asking->back = request->back;
    asking->deadline_ms = handlers_deadline_ms(request);
    asking->recording = recording;
    COPY_TEXT(asking->traceparent, request->traceparent);
    COPY_TEXT(asking->claim.channel, channel);
    COPY_TEXT(asking->claim.audio, *audio ? audio : CATALOGUE_DEFAULT);
    COPY_TEXT(asking->claim.replica, bus_server_instance(handlers->bus));
    random_text(asking->claim.robot_id, ROBOT_ID_LENGTH);
    list_append(&handlers->robot_askings, &asking->entry);
    return asking;
}

void robot_verbs_call(void *context, const struct bus_request *request, const void *body)
{
    struct handlers *handlers = context;
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
    COPY_TEXT(start.replica, asking->claim.replica);
    COPY_TEXT(start.idempotency_key, asked->idempotency_key);
    ask_callsvc(asking, call_start_message(), &start, on_started);
}

void robot_verbs_invite(void *context, const struct bus_request *request, const void *body)
{
    struct handlers *handlers = context;
    const struct robot_invite *asked = body;
    struct asking *asking = begin(handlers, request, asked->channel, asked->audio);

    if (!asking)
        return;
    asking->is_invitation = true;
    COPY_TEXT(asking->claim.uid, asked->uid);
    COPY_TEXT(asking->claim.idempotency_key, asked->idempotency_key);
    ask_callsvc(asking, robot_claim_message(), &asking->claim, on_claimed);
}
