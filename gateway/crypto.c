/* crypto.c - signatures and hashes, by OpenSSL */
#include "gateway/crypto.h"

#include "common/memory.h"
#include "common/text.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

struct crypto_key {
    enum crypto_algorithm algorithm;
    EVP_PKEY *public_key; /* NULL: HS256 */
    size_t secret_size;
    unsigned char secret[CRYPTO_SECRET_MOST];
};

DEFINE_AUTO(BIGNUM *, BN_free)
DEFINE_AUTO(ECDSA_SIG *, ECDSA_SIG_free)
DEFINE_AUTO(EVP_MD_CTX *, EVP_MD_CTX_free)
DEFINE_AUTO(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)
DEFINE_AUTO(OSSL_PARAM *, OSSL_PARAM_free)
DEFINE_AUTO(OSSL_PARAM_BLD *, OSSL_PARAM_BLD_free)

/* What fails only without memory. */
static void *must(void *made)
{
    if (!made)
        abort();
    return made;
}

void crypto_sha1(struct bytes text, unsigned char ret[CRYPTO_SHA1_BYTES])
{
    if (!EVP_Digest(text.data, text.size, ret, NULL, EVP_sha1(), NULL))
        abort();
}

static void hmac(const EVP_MD *hash, struct bytes key, struct bytes text, unsigned char *ret)
{
    must(HMAC(hash, key.data, (int)key.size, text.data, text.size, ret, NULL));
}

void crypto_hmac_sha1(struct bytes key, struct bytes text, unsigned char ret[CRYPTO_SHA1_BYTES])
{
    hmac(EVP_sha1(), key, text, ret);
}

void crypto_hmac_sha256(struct bytes key, struct bytes text, unsigned char ret[CRYPTO_SHA256_BYTES])
{
    hmac(EVP_sha256(), key, text, ret);
}

struct crypto_mac {
    EVP_MAC_CTX *context;
};

struct crypto_mac *crypto_mac_new(struct bytes key)
{
    char hash[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, hash, 0),
        OSSL_PARAM_construct_end(),
    };
    struct crypto_mac *mac = must_alloc(1, sizeof *mac);
    EVP_MAC *hmac_sha256 = must(EVP_MAC_fetch(NULL, "HMAC", NULL));

    mac->context = must(EVP_MAC_CTX_new(hmac_sha256));
    EVP_MAC_free(hmac_sha256);
    if (!EVP_MAC_init(mac->context, key.data, key.size, params))
        abort();
    return mac;
}

struct crypto_mac *crypto_mac_free(struct crypto_mac *mac)
{
    if (mac)
        EVP_MAC_CTX_free(mac->context);
    free(mac);
    return NULL;
}

void crypto_mac_make(struct crypto_mac *mac, struct bytes text,
                     unsigned char ret[CRYPTO_SHA256_BYTES])
{
    size_t size;

    if (!EVP_MAC_init(mac->context, NULL, 0, NULL) ||
        !EVP_MAC_update(mac->context, text.data, text.size) ||
        !EVP_MAC_final(mac->context, ret, &size, CRYPTO_SHA256_BYTES))
        abort();
}

void crypto_base64(struct bytes bytes, char *ret)
{
    EVP_EncodeBlock((unsigned char *)ret, bytes.data, (int)bytes.size);
}

int crypto_key_from_secret(struct bytes secret, struct crypto_key **ret)
{
    struct crypto_key *key;

    if (secret.size < CRYPTO_SECRET_LEAST || secret.size > CRYPTO_SECRET_MOST)
        return -EINVAL;
    key = must_alloc(1, sizeof *key);
    key->algorithm = CRYPTO_HS256;
    key->secret_size = secret.size;
    memcpy(key->secret, secret.data, secret.size);
    *ret = key;
    return 0;
}

static int make_public_key(const char *type, OSSL_PARAM_BLD *parts, enum crypto_algorithm algorithm,
                           struct crypto_key **ret)
{
    AUTO(OSSL_PARAM_freep) OSSL_PARAM *params = must(OSSL_PARAM_BLD_to_param(parts));
    AUTO(EVP_PKEY_CTX_freep)
    EVP_PKEY_CTX *maker = must(EVP_PKEY_CTX_new_from_name(NULL, type, NULL));
    AUTO(crypto_key_freep) struct crypto_key *key = must_alloc(1, sizeof *key);
    AUTO(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *checker = NULL;

    key->algorithm = algorithm;
    if (EVP_PKEY_fromdata_init(maker) <= 0 ||
        EVP_PKEY_fromdata(maker, &key->public_key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
        return -EINVAL;
    checker = must(EVP_PKEY_CTX_new_from_pkey(NULL, key->public_key, NULL));
    if (EVP_PKEY_public_check(checker) <= 0)
        return -EINVAL;
    *ret = TAKE(key);
    return 0;
}

static BIGNUM *make_number(struct bytes bytes)
{
    return must(BN_bin2bn(bytes.data, (int)bytes.size, NULL));
}

int crypto_key_from_rsa(struct bytes modulus, struct bytes exponent, struct crypto_key **ret)
{
    AUTO(OSSL_PARAM_BLD_freep) OSSL_PARAM_BLD *parts = NULL;
    AUTO(BN_freep) BIGNUM *n = NULL;
    AUTO(BN_freep) BIGNUM *e = NULL;

    if (modulus.size > CRYPTO_RSA_MOST || exponent.size == 0 || exponent.size > sizeof(uint64_t))
        return -EINVAL;
    n = make_number(modulus);
    e = make_number(exponent);
    if (BN_num_bits(n) <= (CRYPTO_RSA_LEAST - 1) * 8 || !BN_is_odd(e) || BN_is_one(e))
        return -EINVAL;
    parts = must(OSSL_PARAM_BLD_new());
    if (!OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_RSA_N, n) ||
        !OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_RSA_E, e))
        abort();
    return make_public_key("RSA", parts, CRYPTO_RS256, ret);
}

int crypto_key_from_p256(struct bytes x, struct bytes y, struct crypto_key **ret)
{
    AUTO(OSSL_PARAM_BLD_freep) OSSL_PARAM_BLD *parts = NULL;
    unsigned char point[1 + 2 * CRYPTO_P256_BYTES] = { POINT_CONVERSION_UNCOMPRESSED };

    if (x.size != CRYPTO_P256_BYTES || y.size != CRYPTO_P256_BYTES)
        return -EINVAL;
    memcpy(point + 1, x.data, x.size);
    memcpy(point + 1 + x.size, y.data, y.size);
    parts = must(OSSL_PARAM_BLD_new());
    if (!OSSL_PARAM_BLD_push_utf8_string(parts, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) ||
        !OSSL_PARAM_BLD_push_octet_string(parts, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point))
        abort();
    return make_public_key("EC", parts, CRYPTO_ES256, ret);
}

struct crypto_key *crypto_key_free(struct crypto_key *key)
{
    if (!key)
        return NULL;
    EVP_PKEY_free(key->public_key);
    explicit_bzero(key->secret, sizeof key->secret);
    free(key);
    return NULL;
}

enum crypto_algorithm crypto_key_algorithm(const struct crypto_key *key)
{
    return key->algorithm;
}

static bool is_hmac(const struct crypto_key *key, struct bytes text, struct bytes signature)
{
    unsigned char right[CRYPTO_SHA256_BYTES];

    crypto_hmac_sha256((struct bytes){ key->secret, key->secret_size }, text, right);
    return signature.size == sizeof right &&
           text_equal_secret(signature.data, (const char *)right, sizeof right);
}

static bool is_signature(const struct crypto_key *key, struct bytes text, struct bytes signature)
{
    AUTO(EVP_MD_CTX_freep) EVP_MD_CTX *context = must(EVP_MD_CTX_new());

    return EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key->public_key) == 1 &&
           EVP_DigestVerify(context, signature.data, signature.size, text.data, text.size) == 1;
}

/* OpenSSL wants the two numbers in DER. */
static bool is_ecdsa(const struct crypto_key *key, struct bytes text, struct bytes signature)
{
    const unsigned char *numbers = signature.data;
    AUTO(ECDSA_SIG_freep) ECDSA_SIG *pair = NULL;
    unsigned char der[16 + 2 * CRYPTO_P256_BYTES];
    unsigned char *end = der;
    int size;

    if (signature.size != (size_t)2 * CRYPTO_P256_BYTES)
        return false;
    pair = must(ECDSA_SIG_new());
    if (!ECDSA_SIG_set0(
            pair, make_number((struct bytes){ numbers, CRYPTO_P256_BYTES }),
            make_number((struct bytes){ numbers + CRYPTO_P256_BYTES, CRYPTO_P256_BYTES })))
        abort();
    size = i2d_ECDSA_SIG(pair, &end); /* two numbers of 33 bytes at most, and six of framing */
    return size > 0 && is_signature(key, text, (struct bytes){ der, (size_t)size });
}

bool crypto_key_verifies(const struct crypto_key *key, struct bytes text, struct bytes signature)
{
    switch (key->algorithm) {
    case CRYPTO_HS256: return is_hmac(key, text, signature);
    case CRYPTO_RS256: return is_signature(key, text, signature);
    case CRYPTO_ES256: return is_ecdsa(key, text, signature);
    }
    return false;
}
