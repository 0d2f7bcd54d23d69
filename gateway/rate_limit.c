/* rate_limit.c - how often somebody may do something */
#include "gateway/rate_limit.h"

#include "gateway/crypto.h"

#include "common/memory.h"
#include "common/text.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    SETS = 8192,    /* half a MiB */
    WAYS = 8,       /* places that a key may have */
    UNITS = 16,     /* of time, in a ms */
    TIME_BITS = 44, /* 34 years of them */
    MOST_A_SECOND = 1000,
    DAY_SECONDS = 86400,
};

static const uint64_t time_mask = (UINT64_C(1) << TIME_BITS) - 1;

/* A word: the rest of it is the key's. 0 is a bucket that is full. */
typedef _Atomic uint64_t bucket;

struct rate_limit {
    int64_t interval; /* in which one drops into the bucket, in units */
    int64_t room;     /* of a bucket */
    int64_t start_ms;
    unsigned char secret[CRYPTO_SHA256_BYTES]; /* or somebody could choose whose place he takes */
    bucket buckets[SETS][WAYS];
};

int rate_read(const char *text, struct rate *ret)
{
    const char *slash = strchr(text, '/');
    struct rate rate;

    if (!*text) {
        *ret = (struct rate){ 0, 0 };
        return 0;
    }
    if (!slash || !text_to_int64(text, (size_t)(slash - text), &rate.count) ||
        !text_to_int64(slash + 1, strlen(slash + 1), &rate.seconds) || rate.count < 1 ||
        rate.seconds < 1 || rate.seconds > DAY_SECONDS || rate.count > rate.seconds * MOST_A_SECOND)
        return -EINVAL;
    *ret = rate;
    return 0;
}

struct rate_limit *rate_limit_new(const struct rate *rate, int64_t now_ms)
{
    struct rate_limit *limit = must_alloc(1, sizeof *limit);

    limit->interval = (rate->seconds * 1000 * UNITS + rate->count - 1) / rate->count;
    limit->room = limit->interval * rate->count;
    limit->start_ms = now_ms;
    random_bytes(limit->secret, sizeof limit->secret);
    return limit;
}

struct rate_limit *rate_limit_free(struct rate_limit *limit)
{
    free(limit);
    return NULL;
}

/* When a bucket is full again. */
static int64_t full_at(uint64_t word)
{
    return (int64_t)(word & time_mask);
}

/* The key's own place, or the one that it may take best. */
static bucket *find_bucket(bucket *places, uint64_t tag, int64_t now)
{
    bucket *best = &places[0];
    int64_t best_at = INT64_MAX;

    for (size_t i = 0; i < WAYS; i++) {
        uint64_t word = atomic_load_explicit(&places[i], memory_order_relaxed);
        int64_t at = full_at(word) > now ? full_at(word) : 0;

        if (at > 0 && (word & ~time_mask) == tag)
            return &places[i];
        if (at < best_at) {
            best = &places[i];
            best_at = at;
        }
    }
    return best;
}

static uint64_t hash(const struct rate_limit *limit, struct bytes key)
{
    unsigned char mac[CRYPTO_SHA256_BYTES];
    uint64_t ret;

    crypto_hmac_sha256((struct bytes){ limit->secret, sizeof limit->secret }, key, mac);
    memcpy(&ret, mac, sizeof ret);
    return ret;
}

int64_t rate_limit_take(struct rate_limit *limit, struct bytes key, int64_t now_ms)
{
    const uint64_t number = hash(limit, key);
    const uint64_t tag = number & ~time_mask;
    const int64_t now = (now_ms - limit->start_ms) * UNITS + 1;

    for (;;) {
        bucket *place = find_bucket(limit->buckets[number % SETS], tag, now);
        uint64_t word = atomic_load_explicit(place, memory_order_relaxed);
        bool is_own = (word & ~time_mask) == tag && full_at(word) > now;
        int64_t at = (is_own ? full_at(word) : now) + limit->interval;

        if (at - now > limit->room)
            return (at - now - limit->room + UNITS - 1) / UNITS;
        if (atomic_compare_exchange_weak_explicit(place, &word, tag | (uint64_t)at,
                                                  memory_order_relaxed, memory_order_relaxed))
            return 0;
    }
}
