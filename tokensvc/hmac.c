/* hmac.c - see hmac.h */
#define OPENSSL_API_COMPAT 10100 /* for SHA256_CTX */

#include "tokensvc/hmac.h"

#include "common/memory.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

struct hmac {
    SHA256_CTX inner; /* has seen the key's inner block */
    SHA256_CTX outer;
};

static void begin_hash(SHA256_CTX *hash, const unsigned char key[SHA256_CBLOCK], unsigned char pad)
{
    unsigned char block[SHA256_CBLOCK];

    for (size_t i = 0; i < sizeof block; i++)
        block[i] = key[i] ^ pad;
    SHA256_Init(hash);
    SHA256_Update(hash, block, sizeof block);
    OPENSSL_cleanse(block, sizeof block);
}

static void set_key(struct hmac *hmac, const void *key, size_t size)
{
    unsigned char block[SHA256_CBLOCK] = { 0 };

    assert(size <= HMAC_KEY_MOST);
    memcpy(block, key, size);
    begin_hash(&hmac->inner, block, 0x36);
    begin_hash(&hmac->outer, block, 0x5c);
    OPENSSL_cleanse(block, sizeof block);
}

struct hmac *hmac_new(const void *key, size_t size)
{
    struct hmac *hmac = must_alloc(1, sizeof *hmac);

    set_key(hmac, key, size);
    return hmac;
}

struct hmac *hmac_free(struct hmac *hmac)
{
    if (hmac)
        OPENSSL_cleanse(hmac, sizeof *hmac);
    free(hmac);
    return NULL;
}

void hmac_sign(const struct hmac *hmac, const void *data, size_t size, unsigned char ret[HMAC_SIZE])
{
    SHA256_CTX hash = hmac->inner;

    SHA256_Update(&hash, data, size);
    SHA256_Final(ret, &hash);
    hash = hmac->outer;
    SHA256_Update(&hash, ret, HMAC_SIZE);
    SHA256_Final(ret, &hash); /* which wipes it */
}

void hmac_sign_once(const void *key, size_t key_size, const void *data, size_t size,
                    unsigned char ret[HMAC_SIZE])
{
    struct hmac hmac;

    set_key(&hmac, key, key_size);
    hmac_sign(&hmac, data, size, ret);
    OPENSSL_cleanse(&hmac, sizeof hmac);
}
