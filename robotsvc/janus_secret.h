/* janus_secret.h - what Janus must be told before it obeys, from DAPI_JANUS_SECRET_FILE */
#pragma once

#include "common/auto.h"

enum { JANUS_SECRET_MOST = 256 };

struct janus_secret {
    char text[JANUS_SECRET_MOST + 1];
};

/* The file's first line; others are passed over. A `path` of "" is no secret. 0; -EINVAL for a line
 * that is too long or not printable ASCII; or as secret_read. */
int janus_secret_read(const char *path, struct janus_secret *ret) MUST_CHECK;
void janus_secret_done(struct janus_secret *secret); /* wipes it */
