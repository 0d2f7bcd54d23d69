/* signing.h - keys and signatures: what the push services and webhooks want; the only place that
 * knows OpenSSL */
#pragma once

#include "common/auto.h"
#include "common/buffer.h"

#include <stdbool.h>

struct signing_key;

enum signing_kind {
    SIGNING_ES256, /* ECDSA on P-256 with SHA-256 */
    SIGNING_RS256, /* RSASSA-PKCS1-v1_5 with SHA-256 */
};

/* A private key as PEM text. 0; -EINVAL: it cannot be parsed; -ENOTSUP: it is of another kind.
 * Passphrases are not asked for. */
int signing_key_read(const char *pem, enum signing_kind kind, struct signing_key **ret) MUST_CHECK;
struct signing_key *signing_key_free(struct signing_key *key);
DEFINE_AUTO(struct signing_key *, signing_key_free)

/* A JSON web token of these two JSON texts, NUL-terminated; the caller frees *ret. 0 or -EIO. */
int signing_make_jwt(const struct signing_key *key, const char *header, const char *claims,
                     char **ret) MUST_CHECK;

enum { HMAC_BYTES = 32 };
/* HMAC-SHA256. 0 or -EIO. */
int signing_hmac(struct bytes key, struct bytes text, unsigned char ret[HMAC_BYTES]) MUST_CHECK;

/* Append in base64, padded; and the opposite: how many bytes, at most `most`, or -EINVAL. */
void base64_add(struct buffer *out, struct bytes data);
int base64_read(const char *text, unsigned char *ret, size_t most) MUST_CHECK;

/* Whether the file has a certificate, as PEM: 0, or -errno. */
int signing_check_certificates(const char *path) MUST_CHECK;
