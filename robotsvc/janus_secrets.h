/* janus_secrets.h - what Janus must be told before it obeys, from DAPI_JANUS_SECRET_FILE */
#pragma once

#include "common/auto.h"

enum { JANUS_SECRET_MOST = 256 };

struct janus_secrets {
    char api[JANUS_SECRET_MOST + 1]; /* first line: the API's secret */
    char
        admin_key[JANUS_SECRET_MOST + 1]; /* second line: AudioBridge's admin_key; may be missing */
};

/* "" is a file without secrets. 0; -EINVAL for a line that is too long or not printable ASCII; or
 * as secret_read. */
int janus_secrets_read(const char *path, struct janus_secrets *ret) MUST_CHECK;
void janus_secrets_done(struct janus_secrets *secrets); /* wipes them */
