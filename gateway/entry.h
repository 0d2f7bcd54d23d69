/* entry.h - the answer that lets a client into its channel: callsvc's part (or robotsvc's) and
 * tokensvc's, asked for side by side and put together */
#pragma once

#include "gateway/api.h"

#include <stdbool.h>

struct request;

/* Ask for call_started, giving entry_on_started as the reply function. */
typedef void entry_ask_function(struct request *request);

/* An entry in the making, part of its request. */
struct entry_work {
    struct entry entry;
    struct entry_marks marks;
    entry_ask_function *ask_call; /* until it was called */
    bool is_started;
    bool is_signed;
};

/* Answer the request with an entry of `uid`. The token is signed for `channel` while the call is
 * asked for; if that says another channel, one for the right channel is signed. With tokensvc away
 * the call waits until it is back: nobody's phone shall ring for a caller who cannot enter. */
void entry_begin(struct request *request, const char channel[CHANNEL_MOST + 1],
                 const char uid[UID_MOST + 1], entry_ask_function *ask_call);

struct bus_reply;
void entry_on_started(struct request *request, const struct bus_reply *reply);
