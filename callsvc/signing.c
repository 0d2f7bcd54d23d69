/* signing.c - ES256, RS256, HMAC and base64, by OpenSSL */
#include "callsvc/signing.h"

#include "common/memory.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

enum { P256_BYTES = 32, SIGNATURE_MOST = 1024 };

struct signing_key {
    EVP_PKEY *pkey;
    enum signing_kind kind;
};

static int no_passphrase(char *buffer, int size, int is_writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)is_writing;
    (void)context;
    return 0;
}

static bool is_p256(const EVP_PKEY *pkey)
{
    char group[32] = "";
    size_t length;

    return EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC &&
           EVP_PKEY_get_group_name(pkey, group, sizeof group, &length) == 1 &&
           strcmp(group, "prime256v1") == 0;
}

static bool is_rsa(const EVP_PKEY *pkey)
{
    enum { LEAST_BITS = 2048, MOST_BITS = SIGNATURE_MOST * 8 };
    int bits = EVP_PKEY_get_bits(pkey);

    return EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA && bits >= LEAST_BITS && bits <= MOST_BITS;
}

int signing_key_read(const char *pem, enum signing_kind kind, struct signing_key **ret)
{
    AUTO(signing_key_freep) struct signing_key *key = must_alloc(1, sizeof *key);
    BIO *bio = BIO_new_mem_buf(pem, -1);

    if (!bio)
        return -EINVAL;
    key->kind = kind;
    key->pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    BIO_free(bio);
    if (!key->pkey)
        return -EINVAL;
    if (kind == SIGNING_ES256 ? !is_p256(key->pkey) : !is_rsa(key->pkey))
        return -ENOTSUP;
    *ret = TAKE(key);
    return 0;
}

struct signing_key *signing_key_free(struct signing_key *key)
{
    if (key)
        EVP_PKEY_free(key->pkey);
    free(key);
    return NULL;
}

static void add_base64url(struct buffer *out, const void *data, size_t size)
{
    size_t before = out->size;

    base64_add(out, (struct bytes){ data, size });
    while (out->size > before && out->data[out->size - 1] == '=')
        out->size--;
    for (size_t i = before; i < out->size; i++) {
        if (out->data[i] == '+')
            out->data[i] = '-';
        else if (out->data[i] == '/')
            out->data[i] = '_';
    }
}

/* JWTs have r and s side by side (RFC 7518 section 3.4), OpenSSL has them in DER. */
static int raw_of_der(const unsigned char *der, size_t size, unsigned char ret[2 * P256_BYTES])
{
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)size);
    bool is_good =
        signature && BN_bn2binpad(ECDSA_SIG_get0_r(signature), ret, P256_BYTES) == P256_BYTES &&
        BN_bn2binpad(ECDSA_SIG_get0_s(signature), ret + P256_BYTES, P256_BYTES) == P256_BYTES;

    ECDSA_SIG_free(signature);
    return is_good ? 0 : -EIO;
}

static int add_signature(const struct signing_key *key, struct buffer *text)
{
    unsigned char signature[SIGNATURE_MOST];
    unsigned char raw[2 * P256_BYTES];
    size_t size = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_good =
        context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key->pkey) == 1 &&
        EVP_DigestSign(context, signature, &size, (const unsigned char *)text->data, text->size) ==
            1;

    EVP_MD_CTX_free(context);
    if (!is_good || (key->kind == SIGNING_ES256 && raw_of_der(signature, size, raw) < 0))
        return -EIO;
    buffer_add(text, ".", 1);
    if (key->kind == SIGNING_ES256)
        add_base64url(text, raw, sizeof raw);
    else
        add_base64url(text, signature, size);
    return 0;
}

int signing_make_jwt(const struct signing_key *key, const char *header, const char *claims,
                     char **ret)
{
    AUTO(buffer_done) struct buffer text = { 0 };
    int r;

    add_base64url(&text, header, strlen(header));
    buffer_add(&text, ".", 1);
    add_base64url(&text, claims, strlen(claims));
    r = add_signature(key, &text);
    if (r < 0)
        return r;
    *ret = must_format("%.*s", (int)text.size, text.data);
    return 0;
}

int signing_hmac(struct bytes key, struct bytes text, unsigned char ret[HMAC_BYTES])
{
    unsigned size = HMAC_BYTES;

    return HMAC(EVP_sha256(), key.data, (int)key.size, text.data, text.size, ret, &size) ? 0 : -EIO;
}

void base64_add(struct buffer *out, struct bytes data)
{
    char *place = buffer_reserve(out, data.size / 3 * 4 + 5);

    out->size += (size_t)EVP_EncodeBlock((unsigned char *)place, data.data, (int)data.size);
}

int base64_read(const char *text, unsigned char *ret, size_t most)
{
    size_t length = strlen(text);
    size_t padding = length > 0 && text[length - 1] == '=';
    unsigned char data[512];
    int size;

    if (length > 1)
        padding += text[length - 2] == '=' && padding;
    /* EVP_DecodeBlock also takes white space around it, which no secret has. */
    if (length % 4 != 0 || length / 4 * 3 > sizeof data ||
        strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") +
                padding !=
            length)
        return -EINVAL;
    size = EVP_DecodeBlock(data, (const unsigned char *)text, (int)length);
    if (size < 0 || (size_t)size - padding > most)
        return -EINVAL;
    memcpy(ret, data, (size_t)size - padding);
    return size - (int)padding;
}

int signing_check_certificates(const char *path)
{
    FILE *file = fopen(path, "re");
    X509 *certificate;

    if (!file)
        return -errno;
    certificate = PEM_read_X509(file, NULL, no_passphrase, NULL);
    fclose(file);
    if (!certificate)
        return -EINVAL;
    X509_free(certificate);
    return 0;
}
