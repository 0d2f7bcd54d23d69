/* audience_ask.c - callsvc's store is asked for what may have been missed */
#include "gateway/audience_inside.h"

#include "common/log.h"
#include "common/metrics.h"

#include <errno.h>
#include <string.h>

enum { ASK_MS = 5000 };

/* `seq` is the last number before what the store has. Of those that are ahead of what was asked
 * only a new one may have missed something. */
static void tell_truncated_to_those_behind(struct audience *audience, int64_t seq)
{
    struct listener *listener;

    LIST_FOREACH(listener, &audience->listeners, place)
    if (listener->is_asked && listener->seq < seq &&
        (listener->is_new || listener->seq == audience->since))
        audience_tell_truncated(audience, listener, seq);
}

/* 0, -ENOENT at the end, or -EINVAL. */
static int next_event(struct bytes *bulk, struct event *event, struct call *call)
{
    struct call_inside inside;
    struct fault fault;
    int r = message_next(event_message(), bulk, event, &fault);

    if (r == 0 && (message_next(call_message(), bulk, call, &fault) < 0 ||
                   message_next(call_inside_message(), bulk, &inside, &fault) < 0))
        return -EINVAL;
    return r;
}

/* False if the page cannot be read to its end. */
static bool tell_page(struct audience *audience, const struct event_list *list, struct bytes bulk)
{
    struct event event;
    struct call call;
    bool is_truncated = list->truncated;
    int r;

    while ((r = next_event(&bulk, &event, &call)) == 0) {
        if (is_truncated)
            tell_truncated_to_those_behind(audience, event.seq - 1);
        is_truncated = false;
        audience_tell(audience, &event, &call, true);
    }
    if (r == -ENOENT && is_truncated)
        tell_truncated_to_those_behind(audience, list->seq);
    return r == -ENOENT;
}

/* A number that the store has not reached is none of its own: it was restored from a copy, say. */
static void end_page(struct audience *audience, const struct event_list *list)
{
    struct listener *listener;

    LIST_FOREACH(listener, &audience->listeners, place)
    {
        if (!listener->is_asked)
            continue;
        if (listener->seq < list->seq)
            listener->seq = list->seq;
        else if (listener->seq > list->seq && listener->is_new && !list->more)
            audience_tell_truncated(audience, listener, list->seq);
        if (!list->more)
            listener->is_new = false;
    }
}

static bool read_list(const struct bus_reply *reply, struct event_list *ret)
{
    struct fault fault;

    return reply->error == ERROR_NONE && reply->body &&
           message_from_msgpack(event_list_message(), reply->body, ret, &fault) == 0;
}

static void on_again(void *context)
{
    (void)context; /* that there is a turn is enough */
}

static void note_failure(struct audiences *audiences, enum error error)
{
    struct loop *loop = audiences->options.loop;

    if (!audiences->is_failing)
        log_warning("events that were missed cannot be had: %s", error_text(error)->code);
    audiences->is_failing = true;
    loop_set_timer(loop, &audiences->again, loop_now_ms(loop) + AUDIENCE_AGAIN_MS, on_again, NULL);
}

static void on_list(void *context, const struct bus_reply *reply)
{
    struct audience *audience = context;
    struct audiences *audiences = audience->audiences;
    struct event_list list;

    audiences->asking--;
    audience->state = AUDIENCE_LIVE;
    if (!read_list(reply, &list) || !tell_page(audience, &list, reply->bulk)) {
        note_failure(audiences, reply->error == ERROR_NONE ? ERROR_INTERNAL : reply->error);
        audience_doubt(audience);
        return;
    }
    if (audiences->is_failing)
        log_info("events that were missed can be had again");
    audiences->is_failing = false;
    end_page(audience, &list);
    if (list.more) {
        audience->state = AUDIENCE_PAUSED;
        audience_go_on_if_drained(audience);
    } else if (audience->must_ask_again || audience->heard > list.seq) {
        audience_doubt(audience);
    }
}

/* One question for all listeners: from where the last of them stands. */
static void ask(struct audience *audience)
{
    struct audiences *audiences = audience->audiences;
    struct events_since since = { .since = INT64_MAX, .limit = AUDIENCE_PAGE_EVENTS };
    const struct bus_ask question = {
        .message = events_since_message(),
        .body = &since,
        .deadline_ms = loop_now_ms(audiences->options.loop) + ASK_MS,
        .traceparent = "",
        .on_reply = on_list,
        .context = audience,
    };
    struct listener *listener;

    memcpy(since.uid, audience->uid, sizeof since.uid);
    LIST_FOREACH(listener, &audience->listeners, place)
    {
        listener->is_asked = true;
        if (listener->seq < since.since)
            since.since = listener->seq;
    }
    audience->since = since.since;
    audience->heard = 0;
    audience->must_ask_again = false;
    audience->state = AUDIENCE_ASKING;
    audience->question = bus_client_ask(audiences->options.callsvc, &question);
    audiences->asking++;
    metric_add(audiences->options.asked, 1);
}

bool audiences_ask(struct audiences *audiences)
{
    struct audience *audience;
    bool is_any = false;

    while (audiences->asking < AUDIENCE_ASKING_MOST && !audiences->again.place &&
           (audience = TAILQ_FIRST(&audiences->queue))) {
        TAILQ_REMOVE(&audiences->queue, audience, queue_place);
        ask(audience);
        is_any = true;
    }
    return is_any;
}
