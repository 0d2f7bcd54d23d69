/* base64.h - RFC 4648 section 4: standard alphabet, padded. Decoding takes only what encoding
 * gives: a token must not have a second spelling. */
#pragma once

#include "common/auto.h"

#include <stddef.h>

#define BASE64_LENGTH(size) (((size) + 2) / 3 * 4)

/* Write BASE64_LENGTH(size) characters, without a NUL; the number of characters. */
size_t base64_encode(const void *data, size_t size, char *ret);

/* At most `most` bytes into ret: 0 and *ret_size, or -EBADMSG for whitespace, padding that is
 * missing or in the wrong place, bits that no byte uses, or more bytes than `most`. `ret` may be
 * written to even then. */
int base64_decode(const char *text, size_t length, void *ret, size_t most,
                  size_t *ret_size) MUST_CHECK;
