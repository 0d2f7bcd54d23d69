/* exchange.h - who may use a channel's media over HTTP: whoever bears a token that tokensvc finds
 * good for the channel and for one of the parties that callsvc names */
#pragma once

#include "common/text.h"

#include <stdbool.h>

struct request;

enum { EXCHANGE_SESSION_LENGTH = 22 };

/* Called once the token was found good; the party is exchange_work's uid. */
typedef void exchange_function(struct request *request);

/* An exchange in the making, part of its request. */
struct exchange_work {
    exchange_function *on_allowed;
    bool must_be_open;
    char channel[CHANNEL_MOST + 1];
    char uid[UID_MOST + 1];                    /* whose token it is */
    char session[EXCHANGE_SESSION_LENGTH + 1]; /* of a party that enters */
};

/* Find out whose token the request bears, then go on; else the request is answered. */
void exchange_begin(struct request *request, const char channel[CHANNEL_MOST + 1],
                    bool must_be_open, exchange_function *on_allowed);
