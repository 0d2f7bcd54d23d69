/* outbox_settings.h - what callsvc's settings say of push services and webhooks: keys are read, and
 * what is wrong is said by name, before anything is served */
#pragma once

#include "callsvc/options.h"
#include "callsvc/outbox_lane.h"
#include "callsvc/outbox_plan.h"

struct outbox_settings {
    struct outbox_plan plan;
    struct apns_settings apns;
    struct fcm_settings fcm;
    struct lane_settings lane; /* points to the members that are configured */
    struct signing_key *apns_key;
    struct fcm_credentials *fcm_credentials;
    struct webhook_settings *webhooks;
    char *apns_urls[2];
    char *fcm_url;
};

/* 0 and *ret, NULL if nothing is configured; or -errno after having said why. `options` is
 * borrowed. */
int outbox_settings_read(const struct callsvc_options *options,
                         struct outbox_settings **ret) MUST_CHECK;
struct outbox_settings *outbox_settings_free(struct outbox_settings *settings);
DEFINE_AUTO(struct outbox_settings *, outbox_settings_free)
