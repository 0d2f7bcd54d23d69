/* crypto.h - signatures and hashes: the gateway's way to OpenSSL
 *
 * A key is made for one algorithm and verifies with no other, whatever a token says of itself. */
#pragma once

#include "common/auto.h"
#include "common/buffer.h"

#include <stdbool.h>

enum {
    CRYPTO_SHA1_BYTES = 20,
    CRYPTO_SHA256_BYTES = 32,
    CRYPTO_SECRET_LEAST = 32, /* bytes of an HS256 secret (RFC 7518 section 3.2) */
    CRYPTO_SECRET_MOST = 512,
    CRYPTO_RSA_LEAST = 2048 / 8, /* bytes of an RSA modulus; a longer one costs too much */
    CRYPTO_RSA_MOST = 4096 / 8,
    CRYPTO_P256_BYTES = 32, /* of a coordinate */
};

enum crypto_algorithm { CRYPTO_HS256, CRYPTO_RS256, CRYPTO_ES256 };

void crypto_sha1(struct bytes text, unsigned char ret[CRYPTO_SHA1_BYTES]);
void crypto_hmac_sha1(struct bytes key, struct bytes text, unsigned char ret[CRYPTO_SHA1_BYTES]);
void crypto_hmac_sha256(struct bytes key, struct bytes text,
                        unsigned char ret[CRYPTO_SHA256_BYTES]);

/* HMAC-SHA256 under one key, again and again: less than half of what it costs each time anew. Of
 * one thread. */
struct crypto_mac;
struct crypto_mac *crypto_mac_new(struct bytes key);
struct crypto_mac *crypto_mac_free(struct crypto_mac *mac); /* NULL is fine; returns NULL */
void crypto_mac_make(struct crypto_mac *mac, struct bytes text,
                     unsigned char ret[CRYPTO_SHA256_BYTES]);

/* Standard alphabet, padded, with a NUL: CRYPTO_BASE64_LENGTH(size) + 1 bytes. */
#define CRYPTO_BASE64_LENGTH(size) (((size) + 2) / 3 * 4)
void crypto_base64(struct bytes bytes, char *ret);

struct crypto_key;

/* 0, or -EINVAL: too short, too long, or no key. Numbers are big-endian. */
int crypto_key_from_secret(struct bytes secret, struct crypto_key **ret) MUST_CHECK;
int crypto_key_from_rsa(struct bytes modulus, struct bytes exponent,
                        struct crypto_key **ret) MUST_CHECK;
int crypto_key_from_p256(struct bytes x, struct bytes y, struct crypto_key **ret) MUST_CHECK;
struct crypto_key *crypto_key_free(struct crypto_key *key); /* NULL is fine; returns NULL */
DEFINE_AUTO(struct crypto_key *, crypto_key_free)

enum crypto_algorithm crypto_key_algorithm(const struct crypto_key *key);

/* The signature of JWS (RFC 7518): ES256's are two numbers of 32 bytes, not DER. */
bool crypto_key_verifies(const struct crypto_key *key, struct bytes text, struct bytes signature);
