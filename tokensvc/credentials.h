/* credentials.h - the app id and the certificates that tokens are signed and verified with */
#pragma once

#include "common/message.h"
#include "tokensvc/hmac.h"

enum {
    APP_ID_LENGTH = 32,
    CERTIFICATE_LENGTH = 32,
    CERTIFICATES_MOST = 2,
};

/* Agora's "app certificate" is a secret of 32 hex digits, used as text. */
struct certificate {
    char text[CERTIFICATE_LENGTH + 1];
    struct hmac *hmac; /* keyed with the text */
};

struct credentials {
    char app_id[APP_ID_LENGTH + 1];
    struct certificate certificates[CERTIFICATES_MOST]; /* the first signs; each verifies */
    size_t certificate_count;
};

/* `previous` may be NULL. 0, or -EINVAL with *reterr filled in: the setting's name, and what
 * is wrong without a byte of what it holds. */
int credentials_new(const char *app_id, const char *certificate, const char *previous,
                    struct credentials **ret, struct fault *reterr) MUST_CHECK;

/* The same with the certificates in files; `previous_file` may be "". 0; -EINVAL; or what kept a
 * file from being read, as -errno. *reterr is filled in. */
int credentials_read(const char *app_id, const char *certificate_file, const char *previous_file,
                     struct credentials **ret, struct fault *reterr) MUST_CHECK;

struct credentials *credentials_free(struct credentials *credentials); /* wipes them first */
DEFINE_AUTO(struct credentials *, credentials_free)
