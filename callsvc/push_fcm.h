/* push_fcm.h - deliveries to Firebase Cloud Messaging, with the access token of a service account
 *
 * Used by the lane's thread. */
#pragma once

#include "callsvc/fcm_credentials.h"
#include "callsvc/push_apns.h"

struct fcm;

struct fcm_settings {
    const struct fcm_credentials *credentials; /* borrowed, as are the texts */
    const char *url;
    const char *ca_file;
};

/* 0 or -errno. */
int fcm_open(struct loop *loop, const struct fcm_settings *settings, delivery_done_function *done,
             void *context, struct fcm **ret) MUST_CHECK;
struct fcm *fcm_free(struct fcm *fcm); /* what is in hand is freed without a word */
DEFINE_AUTO(struct fcm *, fcm_free)

/* The delivery is Firebase's now. */
void fcm_send(struct fcm *fcm, struct delivery *delivery);
