/* rate_limit.h - how often somebody may do something: token buckets for any number of keys in
 * memory that does not grow, shared by all threads without locks
 *
 * A bucket is one number: when it will be full again (the "generic cell rate algorithm"). It stands
 * beside some bits of the key's hash in one word, which is exchanged whole. So what is counted is
 * exact, but for: a bucket that is full is as good as none and gives its place away; when all
 * places that a key may have are taken the one that is full soonest gives way, too; and of a
 * million keys at once a few share a bucket with another. */
#pragma once

#include "common/auto.h"
#include "common/buffer.h"

#include <stdint.h>

struct rate {
    int64_t count; /* so many; 0: no limit */
    int64_t seconds;
};

/* "10/60" is 10 in a minute, and 10 at once at most; "" is no limit. 0, or -EINVAL: no such thing,
 * more than 1000 a second, or more than a day. */
int rate_read(const char *text, struct rate *ret) MUST_CHECK;

struct rate_limit;

/* `now_ms` is the steady time. */
struct rate_limit *rate_limit_new(const struct rate *rate, int64_t now_ms);
struct rate_limit *rate_limit_free(struct rate_limit *limit); /* NULL is fine; returns NULL */
DEFINE_AUTO(struct rate_limit *, rate_limit_free)

/* Once more for the key: 0 if it may, and was counted; else in how many ms it may. Of any thread.
 */
int64_t rate_limit_take(struct rate_limit *limit, struct bytes key, int64_t now_ms);
