/* outcomes.h - what the world hears of an operation that is on disk: events and metrics */
#pragma once

#include "callsvc/operation.h"
#include "common/events.h"

struct outcomes;

struct outcomes *outcomes_new(void);
struct outcomes *outcomes_free(struct outcomes *outcomes);
DEFINE_AUTO(struct outcomes *, outcomes_free)

/* Count it, and stage its events for both parties and, if the call has a media node or has or had a
 * robot, robotsvcs. */
void outcomes_tell(struct outcomes *outcomes, struct event_publisher *events,
                   const struct operation *o, int64_t now_ms);
