/* jwt_cache.h - tokens that were verified already: to verify RS256 or ES256 costs as much as many
 * requests
 *
 * A token is known again by HMAC-SHA256 under a random key, so that nobody can make another one
 * that is taken for it. What is not used any more gives way: the size is fixed. */
#pragma once

#include "gateway/jwt.h"

struct jwt_cache;

struct jwt_cache *jwt_cache_new(void);
struct jwt_cache *jwt_cache_free(struct jwt_cache *cache); /* NULL is fine; returns NULL */
DEFINE_AUTO(struct jwt_cache *, jwt_cache_free)

struct jwt_digest {
    unsigned char bytes[CRYPTO_SHA256_BYTES];
};
void jwt_cache_digest(const struct jwt_cache *cache, struct bytes token, struct jwt_digest *ret);

/* True and *ret, if the token was put there, is not expired and has not given way. */
bool jwt_cache_find(const struct jwt_cache *cache, const struct jwt_digest *digest,
                    int64_t now_seconds, struct jwt_claims *ret);
void jwt_cache_put(struct jwt_cache *cache, const struct jwt_digest *digest,
                   const struct jwt_claims *claims);
/* The keys are others now. */
void jwt_cache_clear(struct jwt_cache *cache);
