/* claim.c - where a channel's room is */
#include "robotsvc/claim.h"

#include "common/memory.h"
#include "common/messages/call.h"
#include "robotsvc/copy_text.h"
#include "robotsvc/reply.h"

#include <stdlib.h>

struct claim {
    const struct media *media;
    claim_function *function;
    void *context;
};

static void on_claimed(void *context, const struct bus_reply *reply)
{
    AUTO(free_memory) struct claim *claim = context;
    const struct media_plane *plane = claim->media->plane;
    struct media_claimed claimed = { .node = "" };
    enum error error = reply_read(reply, media_claimed_message(), &claimed);

    if (error == ERROR_NONE && !plane->is_node_there(claim->media, claimed.node))
        error = ERROR_MEDIA_UNAVAILABLE;
    claim->function(claim->context, error, claimed.node);
}

struct claim *claim_node(const struct claim_ask *ask)
{
    const struct media *media = ask->media;
    const char *chosen = media ? media->plane->choose(media, ask->channel) : NULL;
    struct media_claim body = { .node = "" };
    struct bus_ask question = {
        .message = media_claim_message(),
        .body = &body,
        .deadline_ms = ask->deadline_ms,
        .traceparent = ask->traceparent,
        .on_reply = on_claimed,
    };
    struct claim *claim;

    if (!chosen)
        return NULL;
    claim = must_alloc(1, sizeof *claim);
    *claim = (struct claim){ media, ask->function, ask->context };
    COPY_TEXT(body.channel, ask->channel);
    COPY_TEXT(body.node, chosen);
    question.context = claim;
    bus_client_ask(ask->callsvc, &question);
    return claim;
}

struct claim *claim_free(struct claim *claim)
{
    free(claim);
    return NULL;
}
