/* claim.h - where a channel's room is: where callsvc has recorded it, or else where the plane
 * chooses, which callsvc records then */
#pragma once

#include "common/bus_client.h"
#include "robotsvc/media.h"

struct claim;

/* ERROR_NONE and the node, which is there, borrowed for the call; ERROR_CALL_ENDED if the channel
 * is closed; ERROR_MEDIA_UNAVAILABLE if its node is away; or what callsvc said. */
typedef void claim_function(void *context, enum error error, const char *node);

struct claim_ask {
    const struct media *media; /* NULL: none */
    struct bus_client *callsvc;
    const char *channel;
    int64_t deadline_ms;
    const char *traceparent;
    claim_function *function; /* called exactly once, from a loop turn; the claim is gone then */
    void *context;
};

/* NULL, and no call, if no node is there at all. */
struct claim *claim_node(const struct claim_ask *ask) MUST_CHECK;

/* One that waits for an answer, when no turn of the loop comes any more. */
struct claim *claim_free(struct claim *claim);
