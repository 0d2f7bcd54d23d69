/* header_value.h - what values of request headers say (RFC 9110); values are as they were sent,
 * { NULL, 0 } for a header that was not */
#pragma once

#include "common/buffer.h"

#include <stdbool.h>

/* Without the blanks around it. */
struct bytes header_trim(struct bytes text);

/* Take what stands before the next `separator`, trimmed; *text is what comes after it. */
struct bytes header_take_part(struct bytes *text, char separator);

/* The same word, in capitals or not. */
bool header_is_word(struct bytes text, const char *word);

/* A Content-Type says this media type, whatever its parameters. */
bool header_is_type(struct bytes content_type, const char *type);

/* An Accept allows this media type; an absent one allows all. */
bool header_accepts(struct bytes accept, const char *type);

/* The token of an Authorization (RFC 6750): true and *ret, which is empty if what stands there can
 * be no token; false if there is none, or another scheme's. */
bool header_bearer(struct bytes authorization, struct bytes *ret);
