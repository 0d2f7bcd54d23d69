/* jwt_cache.c - tokens that were verified already */
#include "gateway/jwt_cache.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    SETS = 1024, /* half a MiB a worker */
    WAYS = 4,    /* places that a token may have */
};

struct place {
    struct jwt_digest digest;
    struct jwt_claims claims; /* of which until_seconds is 0: nothing is here */
};

struct jwt_cache {
    struct crypto_mac *mac;
    struct place places[SETS][WAYS];
};

struct jwt_cache *jwt_cache_new(void)
{
    struct jwt_cache *cache = must_alloc(1, sizeof *cache);
    unsigned char key[CRYPTO_SHA256_BYTES];

    random_bytes(key, sizeof key);
    cache->mac = crypto_mac_new((struct bytes){ key, sizeof key });
    explicit_bzero(key, sizeof key);
    return cache;
}

struct jwt_cache *jwt_cache_free(struct jwt_cache *cache)
{
    if (cache)
        crypto_mac_free(cache->mac);
    free(cache);
    return NULL;
}

void jwt_cache_digest(const struct jwt_cache *cache, struct bytes token, struct jwt_digest *ret)
{
    crypto_mac_make(cache->mac, token, ret->bytes);
}

static size_t find_set(const struct jwt_digest *digest)
{
    uint32_t number;

    memcpy(&number, digest->bytes, sizeof number);
    return number % SETS;
}

bool jwt_cache_find(const struct jwt_cache *cache, const struct jwt_digest *digest,
                    int64_t now_seconds, struct jwt_claims *ret)
{
    const struct place *places = cache->places[find_set(digest)];

    for (size_t i = 0; i < WAYS; i++)
        if (places[i].claims.until_seconds > now_seconds &&
            memcmp(&places[i].digest, digest, sizeof *digest) == 0) {
            *ret = places[i].claims;
            return true;
        }
    return false;
}

void jwt_cache_put(struct jwt_cache *cache, const struct jwt_digest *digest,
                   const struct jwt_claims *claims)
{
    struct place *places = cache->places[find_set(digest)];
    struct place *soonest = &places[0];

    for (size_t i = 1; i < WAYS; i++)
        if (places[i].claims.until_seconds < soonest->claims.until_seconds)
            soonest = &places[i];
    *soonest = (struct place){ *digest, *claims };
}

void jwt_cache_clear(struct jwt_cache *cache)
{
    memset(cache->places, 0, sizeof cache->places);
}
