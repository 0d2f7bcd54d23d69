/* uuid.h - lower-case UUIDs as text and as the 16 bytes that are stored */
#pragma once

#include <stdbool.h>

enum { UUID_BYTES = 16 };

bool uuid_is_valid(const char *text);

/* `text` is valid. */
void uuid_to_bytes(const char *text, unsigned char ret[UUID_BYTES]);
/* ret[36 + 1] */
void uuid_from_bytes(const unsigned char bytes[UUID_BYTES], char *ret);
