/* fcm_credentials.h - a Google service account, and the access token that it gets */
#pragma once

#include "callsvc/signing.h"

#include <stdint.h>

struct fcm_credentials {
    char *project;
    char *email;
    char *key_id;
    char *token_url;
    struct signing_key *key;
};

/* The service account's JSON file, as Google gives it out. 0; or -EINVAL, -ENOTSUP, and the name of
 * the member that is wrong in *reterr (NULL: it is no JSON object). */
int fcm_credentials_read(struct bytes text, struct fcm_credentials **ret,
                         const char **reterr) MUST_CHECK;
struct fcm_credentials *fcm_credentials_free(struct fcm_credentials *credentials);
DEFINE_AUTO(struct fcm_credentials *, fcm_credentials_free)

enum {
    FCM_ACCESS_MOST = 4095,
    FCM_ACCESS_SECONDS_MOST = 86400,
};

struct fcm_access {
    char token[FCM_ACCESS_MOST + 1];
    int64_t life_ms;
};

/* What the token endpoint answers: 0 or -EINVAL. */
int fcm_access_read(struct bytes body, struct fcm_access *ret) MUST_CHECK;
