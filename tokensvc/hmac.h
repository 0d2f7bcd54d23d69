/* hmac.h - HMAC-SHA256 (RFC 2104) under a key that is set once and used for every token: the only
 * place that knows OpenSSL.
 *
 * What a key leaves behind is two SHA-256 states, after one block each. SHA256_CTX is a plain value
 * that is copied by assignment; EVP_MAC and HMAC_CTX allocate for each such copy, twice a token,
 * and take 1.8 and 1.6 times as long (OpenSSL 3.0, 73 bytes). SHA256_CTX is marked as deprecated
 * since 3.0; should it go, hmac_sign is EVP_MAC_init without a key, EVP_MAC_update, EVP_MAC_final.
 */
#pragma once

#include "common/auto.h"

#include <stddef.h>

enum {
    HMAC_SIZE = 32,
    HMAC_KEY_MOST = 64, /* longer ones would have to be hashed first: nobody has one */
};

struct hmac;

/* At most HMAC_KEY_MOST bytes of key. */
struct hmac *hmac_new(const void *key, size_t size);
struct hmac *hmac_free(struct hmac *hmac); /* wipes it first; NULL is fine; returns NULL */
DEFINE_AUTO(struct hmac *, hmac_free)

/* `ret` may be where `data` is, here and below. */
void hmac_sign(const struct hmac *hmac, const void *data, size_t size,
               unsigned char ret[HMAC_SIZE]);

/* The same under a key that is used once. */
void hmac_sign_once(const void *key, size_t key_size, const void *data, size_t size,
                    unsigned char ret[HMAC_SIZE]);
