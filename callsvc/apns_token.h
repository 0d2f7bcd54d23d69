/* apns_token.h - the token that says to Apple who we are: made seldom, for Apple refuses those who
 * make one too often */
#pragma once

#include "callsvc/signing.h"

#include <stdint.h>

enum {
    APNS_TOKEN_LIFE_MS = 47 * 60 * 1000,   /* Apple takes it for an hour */
    APNS_TOKEN_FORCED_MS = 20 * 60 * 1000, /* between two that are made before their time */
};

/* Zeroed but for key and names, there is none yet. */
struct apns_token {
    const struct signing_key *key;
    const char *key_id;
    const char *team_id;
    char *header;         /* "authorization: bearer …" */
    int64_t made_at;      /* wall clock */
    int64_t made_at_us;   /* steady clock */
    int64_t forced_at_us; /* when one had to be made before its time; 0: never */
    uint64_t count;       /* that were made */
};

/* The header to send, of a token that is young enough; NULL: it cannot be signed. */
const char *apns_token_header(struct apns_token *token, int64_t now_ms, int64_t now_us);

/* Apple says that a token has expired that was used at `used_at_us`: true: there is a newer one, or
 * the next will be new, for a new connection; false: one was made before its time already, not long
 * ago. Apple takes a new token on a connection every 20 minutes at most. */
bool apns_token_expire(struct apns_token *token, int64_t used_at_us, int64_t now_us);

void apns_token_done(struct apns_token *token);
