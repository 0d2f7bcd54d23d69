/* media_verbs.c - media_join and media_leave: clients enter a channel's room and leave it
 *
 * The gateway has checked who asks; whether the channel is open is callsvc's word, and where its
 * room is. Any robotsvc may be asked, also to end a connection that another one made. */
#include "robotsvc/handlers_inside.h"

#include "common/memory.h"
#include "common/messages/call.h"
#include "common/messages/robot.h"
#include "robotsvc/claim.h"
#include "robotsvc/copy_text.h"
#include "robotsvc/reply.h"

#include <stdlib.h>
#include <string.h>

/* A request that is not answered yet. */
struct asking {
    struct list entry;
    struct handlers *handlers;
    struct bus_return back;
    int64_t deadline_ms;
    char traceparent[TRACEPARENT_LENGTH + 1];
    char channel[CHANNEL_MOST + 1];
    char uid[UID_MOST + 1];
    char session[MEDIA_SESSION_MOST + 1];
    struct buffer offer;
    struct claim *claim; /* of the node; NULL once it is known */
};

static void free_asking(struct asking *asking)
{
    list_remove(&asking->entry);
    claim_free(asking->claim);
    buffer_done(&asking->offer);
    free(asking);
}

void media_verbs_done(struct handlers *handlers)
{
    struct list *first;

    while ((first = list_first(&handlers->media_askings)) != NULL)
        free_asking(LIST_MEMBER(first, struct asking, entry));
}

static struct asking *begin(struct handlers *handlers, const struct bus_request *request,
                            const char *channel, const char *uid, const char *session)
{
    struct asking *asking = must_alloc(1, sizeof *asking);

    asking->handlers = handlers;
    asking->back = request->back;
    asking->deadline_ms = handlers_deadline_ms(request);
    COPY_TEXT(asking->traceparent, request->traceparent);
    COPY_TEXT(asking->channel, channel);
    COPY_TEXT(asking->uid, uid);
    COPY_TEXT(asking->session, session);
    list_append(&handlers->media_askings, &asking->entry);
    return asking;
}

/* The answers: each ends the asking. */

static void fail(struct asking *asking, enum error error)
{
    bus_server_fail(asking->handlers->bus, &asking->back,
                    error == ERROR_CALL_ENDED ? ERROR_CHANNEL_CLOSED : error, NULL);
    free_asking(asking);
}

static void answer(struct asking *asking, const struct message *message, const void *body,
                   struct bytes bulk)
{
    bus_server_reply(asking->handlers->bus, &asking->back, message, body, bulk);
    free_asking(asking);
}

static struct media_entry make_entry(const struct asking *asking, const char *node)
{
    return (struct media_entry){
        .node = node,
        .channel = asking->channel,
        .uid = asking->uid,
        .session = asking->session,
        .offer = {asking->offer.data, asking->offer.size},
        .deadline_ms = asking->deadline_ms,
    };
}

static void on_entered(void *context, enum error error, struct bytes sdp)
{
    struct asking *asking = context;
    struct media_joined joined = { "" };

    COPY_TEXT(joined.session, asking->session);
    if (error == ERROR_NONE)
        answer(asking, media_joined_message(), &joined, sdp);
    else
        fail(asking, error);
}

static void on_node(void *context, enum error error, const char *node)
{
    struct asking *asking = context;
    struct media *media = asking->handlers->options.media;
    struct media_entry entry = make_entry(asking, node);

    asking->claim = NULL;
    if (error == ERROR_NONE)
        media->plane->enter(media, &entry, on_entered, asking);
    else
        fail(asking, error);
}

/* A robotsvc that ends takes nobody in any more: the session that they hang on is given away. */
void media_verbs_join(void *context, const struct bus_request *request, const void *body)
{
    struct handlers *handlers = context;
    const struct media_join *asked = body;
    struct asking *asking = begin(handlers, request, asked->channel, asked->uid, asked->session);
    const struct claim_ask ask = {
        .media = handlers->options.media,
        .callsvc = handlers->options.callsvc,
        .channel = asking->channel,
        .deadline_ms = asking->deadline_ms,
        .traceparent = asking->traceparent,
        .function = on_node,
        .context = asking,
    };

    buffer_add(&asking->offer, request->bulk.data, request->bulk.size);
    if (handlers->is_draining) {
        fail(asking, ERROR_UNAVAILABLE);
        return;
    }
    asking->claim = claim_node(&ask);
    if (!asking->claim)
        fail(asking, ERROR_MEDIA_UNAVAILABLE);
}

static void on_ended(void *context, enum error error, bool was_there)
{
    struct media_left left = { .was_there = was_there };

    if (error == ERROR_NONE)
        answer(context, media_left_message(), &left, (struct bytes){ 0 });
    else
        fail(context, error);
}

/* A channel that nobody has entered has no node yet. */
static void on_parties(void *context, const struct bus_reply *reply)
{
    struct asking *asking = context;
    struct media *media = asking->handlers->options.media;
    struct bytes bulk = reply->bulk;
    struct media_entry entry;
    struct call_inside inside;
    struct call call;
    struct fault fault;
    enum error error = reply_read(reply, call_message(), &call);

    if (error == ERROR_NONE && message_next(call_inside_message(), &bulk, &inside, &fault) < 0)
        error = ERROR_INTERNAL;
    if (error != ERROR_NONE) {
        fail(asking, error);
    } else if (!inside.node[0]) {
        on_ended(asking, ERROR_NONE, false);
    } else {
        entry = make_entry(asking, inside.node);
        media->plane->end(media, &entry, on_ended, asking);
    }
}

void media_verbs_leave(void *context, const struct bus_request *request, const void *body)
{
    struct handlers *handlers = context;
    const struct media_leave *asked = body;
    struct asking *asking = begin(handlers, request, asked->channel, asked->uid, asked->session);
    struct call_parties parties = { "" };
    struct bus_ask ask = {
        .message = call_parties_message(),
        .body = &parties,
        .deadline_ms = asking->deadline_ms,
        .traceparent = asking->traceparent,
        .on_reply = on_parties,
        .context = asking,
    };

    COPY_TEXT(parties.channel, asked->channel);
    if (media_is_there(handlers->options.media))
        bus_client_ask(handlers->options.callsvc, &ask);
    else
        fail(asking, ERROR_MEDIA_UNAVAILABLE);
}
