/* push_reaction.h - what to do about each answer of a push service: tables, read by pure functions
 */
#pragma once

#include "common/buffer.h"

#include <stdbool.h>
#include <stdint.h>

enum push_reaction {
    REACTION_SENT = 1,
    REACTION_DEVICE_DEAD,       /* the token is no more: forget it */
    REACTION_OTHER_ENVIRONMENT, /* the token may be one of the other environment: try once */
    REACTION_REFUSED,           /* it will never be taken: a dead letter */
    REACTION_FRESH_TOKEN,       /* our own token has expired: again, once, with a new one */
    REACTION_STOPPED,           /* the service refuses us: send nothing for a while */
    REACTION_RECONNECT,         /* again at once, over another connection */
    REACTION_LATER,             /* again after a while */
    REACTION_LATER_RECONNECT,   /* the same, over another connection */
};

enum { PUSH_REASON_MOST = 63 };

/* What an answer says beside its status. */
struct apns_answer {
    char reason[PUSH_REASON_MOST + 1];
    int64_t timestamp_ms; /* of 410: the token is known to be dead since; 0: not said */
};
struct fcm_answer {
    char reason[PUSH_REASON_MOST + 1]; /* FCM's own code, or else Google's status */
    bool names_token;                  /* the message's token is what is wrong */
};

/* Read an error's body; what cannot be understood is left empty. */
void apns_answer_read(struct bytes body, struct apns_answer *ret);
void fcm_answer_read(struct bytes body, struct fcm_answer *ret);

enum push_reaction apns_reaction(unsigned status, const char *reason);
enum push_reaction fcm_reaction(unsigned status, const struct fcm_answer *answer);
