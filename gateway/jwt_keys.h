/* jwt_keys.h - the keys that tokens are verified with: a JSON Web Key Set (RFC 7517)
 *
 * A key's type says its one algorithm: "RSA" RS256, "EC" on P-256 ES256, "oct" HS256. */
#pragma once

#include "gateway/crypto.h"

enum {
    JWT_KID_MOST = 128, /* bytes of a key's id */
    JWT_KEYS_MOST = 64, /* keys in a set */
};

struct jwt_keys;

/* 0, or -EINVAL with *reterr, which says what is wrong and never shows what stood there. Keys that
 * are for something else (another `use`, `alg`, curve or type) are passed over. */
int jwt_keys_read(struct bytes text, struct jwt_keys **ret, const char **reterr) MUST_CHECK;
struct jwt_keys *jwt_keys_free(struct jwt_keys *keys); /* NULL is fine; returns NULL */
DEFINE_AUTO(struct jwt_keys *, jwt_keys_free)

size_t jwt_keys_count(const struct jwt_keys *keys);
/* A key among them is secret: whoever reads it can make tokens. */
bool jwt_keys_hold_secret(const struct jwt_keys *keys);

/* NULL if there is none of this id. Without an id (NULL) the only key, if there is only one. */
const struct crypto_key *jwt_keys_find(const struct jwt_keys *keys, const char *kid);
