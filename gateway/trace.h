/* trace.h - W3C Trace Context: a request's place in its caller's trace, or the start of one */
#pragma once

#include "common/bus.h"

enum { SPAN_ID_LENGTH = 16 };

struct trace {
    char traceparent[TRACEPARENT_LENGTH + 1]; /* for what this request asks of others */
    char span_id[SPAN_ID_LENGTH + 1];         /* of this request: unique, its request id too */
};

/* Continue what `traceparent` says; start a trace, not sampled, if it is absent ({ NULL, 0 }) or
 * not valid. */
void trace_begin(struct trace *trace, struct bytes traceparent);
