/* idempotency_key.h - the header with which a client may ask again without doing it twice */
#pragma once

#include "common/buffer.h"

enum { IDEMPOTENCY_KEY_MOST = 255 };

extern const char idempotency_key_header[]; /* its name */

/* What is wrong with a key as it was sent; NULL: nothing. It is opaque: visible ASCII. */
const char *idempotency_key_problem(struct bytes key);
