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
    int64_t token_floor;          /* the token ends no earlier */
    bool is_started;
    bool is_signed;
    bool is_floor_asked; /* one was signed again for it */
};

/* Answer the request with an entry of `uid`. The token is signed for `channel` while the call is
 * asked for; if that says another channel, or that it must last longer, another one is signed. A
 * replay of a call that has ended is answered with that call. With tokensvc away the call waits
 * until it is back: nobody's phone shall ring for a caller who cannot enter. */
void entry_begin(struct request *request, const char channel[CHANNEL_MOST + 1],
                 const char uid[UID_MOST + 1], entry_ask_function *ask_call);

struct bus_reply;
void entry_on_started(struct request *request, const struct bus_reply *reply);
