/* webhook_settings.h - the endpoints that are told of calls, from the file DAPI_WEBHOOKS_FILE */
#pragma once

#include "common/auto.h"
#include "common/buffer.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    WEBHOOK_SECRETS_MOST = 2,
    WEBHOOK_SECRET_LEAST = 24,
    WEBHOOK_SECRET_MOST = 64,
    WEBHOOK_NAME_MOST = 64,
    WEBHOOK_IN_FLIGHT_MOST = 64,
};

struct webhook_endpoint {
    char name[WEBHOOK_NAME_MOST + 1];
    char *url;
    struct {
        unsigned char bytes[WEBHOOK_SECRET_MOST];
        size_t size;
    } secrets[WEBHOOK_SECRETS_MOST]; /* the second has size 0 if there is one only */
    uint64_t events;                 /* a bit for each enum event_type */
    unsigned in_flight;              /* requests at a time */
    bool allows_http;
    bool allows_private;
};

struct webhook_settings {
    struct webhook_endpoint *endpoints;
    size_t count;
};

enum { WEBHOOK_PROBLEM_MOST = 256 };

/* {"endpoints":[{"name","url","secrets":["whsec_…"],"events":["call.*"],"in_flight",
 * "allow_http","allow_private"}]}: docs/push.md. 0, or -EINVAL with a sentence in reterr, which
 * never holds a secret. */
int webhook_settings_read(struct bytes text, struct webhook_settings **ret,
                          char reterr[WEBHOOK_PROBLEM_MOST]) MUST_CHECK;
struct webhook_settings *webhook_settings_free(struct webhook_settings *settings);
DEFINE_AUTO(struct webhook_settings *, webhook_settings_free)
