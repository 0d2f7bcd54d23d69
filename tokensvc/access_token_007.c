/* access_token_007.c - see access_token_007.h */
#include "tokensvc/access_token_007.h"

#include "tokensvc/base64.h"

#include <assert.h>
#include <errno.h>

enum {
    SERVICE_RTC = 1,
    SIGNATURE_PACKED = 2 + HMAC_SIZE,
    INFO_MOST = 2 + APP_ID_LENGTH + 4 + 4 + 4 + 2 + 2 + PRIVILEGES_PACKED_MOST + 2 + CHANNEL_MOST +
                2 + UID_MOST,
    CONTENT_MOST = SIGNATURE_PACKED + INFO_MOST,
    ZLIB_MOST = (ACCESS_TOKEN_MOST - VERSION_LENGTH) / 4 * 3,
};

_Static_assert(DEFLATED_MOST(CONTENT_MOST) <= ZLIB_MOST, "a token fits");
_Static_assert((int)CONTENT_MOST <= DEFLATE_MOST, "it is compressed at once");

static unsigned char *pack_text(unsigned char *at, const char *text, size_t most)
{
    size_t length = strlen(text);

    assert(length <= most);
    return pack_string(at, text, length);
}

/* Returns the end; there is room for INFO_MOST bytes. */
static unsigned char *pack_info(unsigned char *at, const char *app_id, const char *channel,
                                const char *uid, const struct grant_007 *grant)
{
    at = pack_text(at, app_id, APP_ID_LENGTH);
    at = pack_u32(at, grant->issued);
    at = pack_u32(at, grant->life);
    at = pack_u32(at, grant->salt);
    at = pack_u16(at, 1);
    at = pack_u16(at, SERVICE_RTC);
    at = pack_privileges(at, &grant->privileges);
    at = pack_text(at, channel, CHANNEL_MOST);
    return pack_text(at, uid, UID_MOST);
}

static void sign_info(const struct certificate *certificate, const struct grant_007 *grant,
                      const unsigned char *info, size_t size, unsigned char ret[HMAC_SIZE])
{
    unsigned char number[4];
    unsigned char key[HMAC_SIZE];

    pack_u32(number, grant->issued);
    hmac_sign_once(number, sizeof number, certificate->text, CERTIFICATE_LENGTH, key);
    pack_u32(number, grant->salt);
    hmac_sign_once(number, sizeof number, key, sizeof key, key);
    hmac_sign_once(key, sizeof key, info, size, ret);
    explicit_bzero(key, sizeof key);
}

void access_token_007_sign(const struct credentials *credentials, struct deflater *deflater,
                           const char *channel, const char *uid, const struct grant_007 *grant,
                           char ret[ACCESS_TOKEN_MOST + 1])
{
    unsigned char content[CONTENT_MOST];
    unsigned char *info = content + SIGNATURE_PACKED;
    unsigned char *end = pack_info(info, credentials->app_id, channel, uid, grant);
    unsigned char signature[HMAC_SIZE];
    unsigned char compressed[ZLIB_MOST];
    size_t size;

    sign_info(&credentials->certificates[0], grant, info, (size_t)(end - info), signature);
    pack_string(content, signature, sizeof signature);
    size = deflater_compress(deflater, content, (size_t)(end - content), compressed);
    memcpy(ret, "007", VERSION_LENGTH);
    ret += VERSION_LENGTH;
    ret[base64_encode(compressed, size, ret)] = '\0';
}

/* A text of ret[most + 1]; a NUL byte in it fails. */
static void unpack_text(struct unpacker *u, char *ret, size_t most)
{
    size_t length = unpack_string(u, ret, most);

    ret[length] = '\0';
    u->has_failed |= strlen(ret) != length;
}

static void unpack_content(struct unpacker *u, struct access_token_007 *ret)
{
    u->has_failed |= unpack_string(u, ret->signature, HMAC_SIZE) != HMAC_SIZE;
    unpack_text(u, ret->app_id, APP_ID_LENGTH);
    ret->grant.issued = unpack_u32(u);
    ret->grant.life = unpack_u32(u);
    ret->grant.salt = unpack_u32(u);
    u->has_failed |= unpack_u16(u) != 1;
    u->has_failed |= unpack_u16(u) != SERVICE_RTC;
    unpack_privileges(u, &ret->grant.privileges);
    unpack_text(u, ret->channel, CHANNEL_MOST);
    unpack_text(u, ret->uid, UID_MOST);
}

int access_token_007_parse(struct deflater *deflater, const char *token,
                           struct access_token_007 *ret)
{
    struct access_token_007 parsed = { 0 };
    size_t length = strnlen(token, ACCESS_TOKEN_MOST + 1);
    unsigned char compressed[ZLIB_MOST];
    unsigned char content[CONTENT_MOST];
    struct unpacker u = { .at = content };
    size_t size;

    if (length < VERSION_LENGTH || length > ACCESS_TOKEN_MOST ||
        memcmp(token, "007", VERSION_LENGTH) != 0 ||
        base64_decode(token + VERSION_LENGTH, length - VERSION_LENGTH, compressed,
                      sizeof compressed, &size) < 0 ||
        deflater_expand(deflater, compressed, size, content, sizeof content, &u.left) < 0)
        return -EBADMSG;
    unpack_content(&u, &parsed);
    if (!unpack_is_complete(&u))
        return -EBADMSG;
    *ret = parsed;
    return 0;
}

/* What was unpacked packs to the bytes it came from: nothing in them has two spellings. */
static bool is_signed(const struct access_token_007 *token, const struct credentials *credentials)
{
    unsigned char info[INFO_MOST];
    unsigned char *end = pack_info(info, token->app_id, token->channel, token->uid, &token->grant);

    for (size_t i = 0; i < credentials->certificate_count; i++) {
        unsigned char right[HMAC_SIZE];

        sign_info(&credentials->certificates[i], &token->grant, info, (size_t)(end - info), right);
        if (text_equal_secret((const char *)right, (const char *)token->signature, HMAC_SIZE))
            return true;
    }
    return false;
}

static const char *find_owner(const struct access_token_007 *token,
                              const struct token_question *question)
{
    if (!*token->uid || strcmp(token->channel, question->channel) != 0)
        return NULL;
    if (strcmp(token->uid, question->uid) == 0)
        return question->uid;
    return strcmp(token->uid, question->other_uid) == 0 ? question->other_uid : NULL;
}

int access_token_007_verify(const struct credentials *credentials, struct deflater *deflater,
                            const char *token, const struct token_question *question,
                            struct token_answer *ret)
{
    struct access_token_007 parsed;
    const char *owner;
    uint32_t life;

    if (access_token_007_parse(deflater, token, &parsed) < 0 ||
        strcmp(parsed.app_id, credentials->app_id) != 0 ||
        !privileges_find(&parsed.grant.privileges, PRIVILEGE_JOIN, &life) ||
        !is_signed(&parsed, credentials))
        return -EKEYREJECTED;
    owner = find_owner(&parsed, question);
    if (!owner)
        return -EACCES;
    if (life == 0 || life > parsed.grant.life)
        life = parsed.grant.life;
    *ret = (struct token_answer){ owner, (int64_t)parsed.grant.issued + life };
    return 0;
}
