/* webhook_body.h - what a webhook says of an event. Pure. */
#pragma once

#include "callsvc/call_record.h"

/* `number` counts the call's own events from 1. {"type":…,"timestamp":…,"data":{…}} */
struct webhook_event {
    enum event_type type;
    int64_t at;
    int64_t seq;
    int64_t number;
};
void webhook_body(const struct call_record *record, const struct webhook_event *event,
                  struct buffer *out);

/* "call.created": the event's name in messages. */
const char *webhook_event_name(enum event_type type);
/* The number of a name; event_type_unset if there is none. */
enum event_type webhook_event_type(const char *name);
