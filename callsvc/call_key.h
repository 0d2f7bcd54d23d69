/* call_key.h - the numbers by which calls are found: keyed hashes of channels and uids
 *
 * Whoever finds a call by such a number compares the text, too: two texts may share one. */
#pragma once

#include <stdint.h>

/* Made once for a database and kept in it, so that nobody can make texts that share a number. */
struct call_key_secret {
    uint64_t halves[2];
};

enum call_key_kind { KEY_CHANNEL = 1, KEY_CALLER, KEY_CALLEE, KEY_PAIR, KEY_FINGERPRINT };

/* The number of a channel, of a uid as caller or callee, of who calls whom (KEY_PAIR), or of what
 * was asked for (KEY_FINGERPRINT); `other` is "" but for the last two. SipHash-2-4. */
int64_t call_key(const struct call_key_secret *secret, enum call_key_kind kind, const char *text,
                 const char *other);
