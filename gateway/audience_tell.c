/* audience_tell.c - events are told to those who have not been told them */
#include "gateway/audience_inside.h"

#include "common/clock.h"
#include "common/metrics.h"

/* `call` is NULL for an event that is about none. */
static struct bytes write_event(struct audiences *audiences, const struct event *event,
                                const struct call *call)
{
    struct buffer *text = &audiences->text;
    struct event told = *event;

    told.to[0] = '\0';
    buffer_clear(text);
    buffer_add_text(text, "{");
    (void)message_members_to_json(event_message(), &told, text);
    if (call) {
        buffer_add_text(text, ",\"call\":");
        message_to_json(call_message(), call, text);
    }
    buffer_add_text(text, "}");
    return (struct bytes){ text->data, text->size };
}

static void tell(struct audiences *audiences, struct listener *listener, int64_t seq,
                 struct bytes text)
{
    listener->seq = seq;
    audiences->options.tell(listener, text);
    metric_add(audiences->options.told, 1);
}

void audience_tell(struct audience *audience, const struct event *event, const struct call *call,
                   bool is_from_store)
{
    struct audiences *audiences = audience->audiences;
    struct bytes text = { NULL, 0 };
    struct listener *listener;

    LIST_FOREACH(listener, &audience->listeners, place)
    {
        if (event->seq <= listener->seq || (is_from_store && !listener->is_asked))
            continue;
        if (!text.data)
            text = write_event(audiences, event, call);
        tell(audiences, listener, event->seq, text);
    }
}

void audiences_take_event(struct audiences *audiences, const struct event *event,
                          const struct call *call)
{
    struct audience *audience = audiences_find(audiences, event->to);

    if (!audience)
        return;
    if (audience->state == AUDIENCE_LIVE)
        audience_tell(audience, event, call, false);
    else if (event->seq > audience->heard)
        audience->heard = event->seq;
}

void audience_tell_truncated(struct audience *audience, struct listener *listener, int64_t seq)
{
    struct audiences *audiences = audience->audiences;
    const struct event event = {
        .seq = seq,
        .type = EVENT_EVENTS_TRUNCATED,
        .at = clock_wall_ms(),
    };

    tell(audiences, listener, seq, write_event(audiences, &event, NULL));
}
