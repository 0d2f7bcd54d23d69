/* push_apns.h - deliveries to Apple's push service: few connections with many streams
 *
 * Apple lets a connection have one stream until it has accepted a token on it; so the first request
 * of each connection goes alone. Used by the lane's thread. */
#pragma once

#include "callsvc/delivery.h"
#include "callsvc/signing.h"
#include "common/loop.h"

struct apns;

struct apns_settings {
    struct signing_key *key; /* ES256; borrowed, as are the texts */
    const char *key_id;
    const char *team_id;
    const char *urls[2]; /* production, sandbox */
    const char *ca_file;
    const char *missed_title; /* of the alert that tells of a missed call */
    bool expires_with_ring;   /* Apple may store it until the ring deadline */
};

/* The delivery has its outcome and is the function's. */
typedef void delivery_done_function(void *context, struct delivery *delivery);

struct apns *apns_new(struct loop *loop, const struct apns_settings *settings,
                      delivery_done_function *done, void *context);
struct apns *apns_free(struct apns *apns); /* what is in hand is freed without a word */
DEFINE_AUTO(struct apns *, apns_free)

/* The delivery is Apple's now. */
void apns_send(struct apns *apns, struct delivery *delivery);
