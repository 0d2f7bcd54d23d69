/* base64url.h - base64url without padding, as JOSE writes it (RFC 7515 section 2) */
#pragma once

#include "common/buffer.h"

/* Decode into at most `room` bytes. Strict, so that no two texts mean the same bytes. *ret_size is
 * how many there are. 0, -EINVAL, or -EFBIG. */
int base64url_decode(struct bytes text, unsigned char *ret, size_t room, size_t *ret_size);
