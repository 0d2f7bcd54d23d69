/* text.h - the small texts that all services agree on: uids, channels, UTF-8, times, randomness */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    UID_MOST = 64,
    CHANNEL_MOST = 64,
    CALL_ID_LENGTH = 36,
    TIME_TEXT_MOST = 32,
};

/* Only bytes of Agora's channel and user account character set: letters, digits, space and
 * !#$%&()+-:;<=.>?@[]^_{}|~, (Agora's RTC documentation, "joinChannel"). */
bool text_is_agora(const char *text, size_t length);

/* Well-formed UTF-8 (RFC 3629: no overlong form, no surrogate, at most U+10FFFF). */
bool text_is_utf8(const char *text, size_t length);

/* A decimal without sign, leading zeros or spaces, of 1 to 2^32-1: what Agora calls an integer uid.
 */
bool text_is_integer_uid(const char *text);

/* The whole of `text` is a decimal integer that fits: true and *ret, else false and *ret as it was.
 */
bool text_to_int64(const char *text, size_t length, int64_t *ret);

/* `ms` since the epoch as RFC 3339 in UTC with milliseconds, "2026-01-02T03:04:05.678Z". */
void text_from_time(int64_t ms, char ret[TIME_TEXT_MOST]);

/* RFC 3339, with any fraction (kept to milliseconds) and offset, of the years 1970 to 9999: true
 * and *ret, else false and *ret as it was. */
bool text_to_time(const char *text, size_t length, int64_t *ret);

/* Same bytes, compared in a time that depends on the length alone. */
bool text_equal_secret(const char *a, const char *b, size_t length);

/* `length` characters of [0-9A-Za-z] from the system's CSPRNG, NUL-terminated: ret[length + 1]. */
void random_text(char *ret, size_t length);

/* `size` bytes from the system's CSPRNG, through a per-thread pool: cheap for small sizes. */
void random_bytes(void *ret, size_t size);

/* A random lower-case UUID (RFC 9562 version 4). */
void random_uuid(char ret[CALL_ID_LENGTH + 1]);
