/* fuzz_jwt.c - tokens and keys, whatever stands in them, are refused or mean what they must */
/* links: gateway */
/* The first byte chooses: k keys, t a whole token, h a header and c claims of a token that is
 * signed here, p offered subprotocols. */
#include "gateway/jwt.h"
#include "gateway/websocket_handshake.h"

#include <stdlib.h>
#include <string.h>

enum { NOW = 1800000000 };

static const char secret[] = "0123456789abcdef0123456789abcdef";
static const char known[] = "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"h\",\"k\":"
                            "\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY\"}]}";
static const char header[] = "{\"alg\":\"HS256\",\"kid\":\"h\"}";
static const char claims[] = "{\"sub\":\"1\",\"aud\":\"dapi\",\"exp\":1800000001}";

static void add_base64url(struct buffer *out, struct bytes bytes)
{
    char *text = malloc(CRYPTO_BASE64_LENGTH(bytes.size) + 1);

    crypto_base64(bytes, text);
    for (char *at = text; *at && *at != '='; at++) {
        if (*at == '+')
            *at = '-';
        else if (*at == '/')
            *at = '_';
        buffer_add(out, at, 1);
    }
    free(text);
}

static void sign(struct buffer *out, struct bytes head, struct bytes payload)
{
    unsigned char mac[CRYPTO_SHA256_BYTES];

    add_base64url(out, head);
    buffer_add_text(out, ".");
    add_base64url(out, payload);
    crypto_hmac_sha256((struct bytes){ secret, strlen(secret) },
                       (struct bytes){ out->data, out->size }, mac);
    buffer_add_text(out, ".");
    add_base64url(out, (struct bytes){ mac, sizeof mac });
}

static void check_token(struct bytes token)
{
    static const struct jwt_rules rules = { "dapi", "", "dapi:any", 30 };
    AUTO(jwt_keys_freep) struct jwt_keys *keys = NULL;
    struct jwt_claims found;
    const char *problem;
    enum error error;

    if (jwt_keys_read((struct bytes){ known, strlen(known) }, &keys, &problem) < 0)
        abort();
    error = jwt_verify(&rules, keys, token, NOW, &found, &problem);
    if ((error == ERROR_AUTH_REFUSED) != (problem != NULL))
        abort();
    if (error == ERROR_NONE && (found.until_seconds <= NOW || (!found.is_service && !*found.uid) ||
                                !text_is_agora(found.uid, strlen(found.uid))))
        abort();
}

static void check_signed(struct bytes head, struct bytes payload)
{
    AUTO(buffer_done) struct buffer token = { 0 };

    sign(&token, head, payload);
    check_token((struct bytes){ token.data, token.size });
}

static void check_keys(struct bytes text)
{
    AUTO(jwt_keys_freep) struct jwt_keys *keys = NULL;
    const char *problem = NULL;
    size_t count;

    if (jwt_keys_read(text, &keys, &problem) < 0) {
        if (!problem)
            abort();
        return;
    }
    count = jwt_keys_count(keys);
    if (count < 1 || count > JWT_KEYS_MOST || (jwt_keys_find(keys, NULL) != NULL) != (count == 1))
        abort();
}

static void check_protocols(struct bytes text)
{
    struct bytes token;

    if (websocket_bearer(text, &token) && (token.size == 0 || memchr(token.data, ',', token.size)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes rest = { data + 1, size - 1 };

    if (size == 0)
        return 0;
    switch (data[0]) {
    case 'k': check_keys(rest); break;
    case 'h': check_signed(rest, (struct bytes){ claims, strlen(claims) }); break;
    case 'c': check_signed((struct bytes){ header, strlen(header) }, rest); break;
    case 'p': check_protocols(rest); break;
    default: check_token(rest); break;
    }
    return 0;
}
