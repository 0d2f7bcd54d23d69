/* access_token_006.c - see access_token_006.h */
#include "tokensvc/access_token_006.h"

#include "tokensvc/base64.h"

#include <assert.h>
#include <errno.h>
#include <zlib.h>

enum {
    PREFIX_LENGTH = VERSION_LENGTH + APP_ID_LENGTH,
    MESSAGE_MOST = 4 + 4 + PRIVILEGES_PACKED_MOST,
    CONTENT_MOST = 2 + HMAC_SIZE + 4 + 4 + 2 + MESSAGE_MOST,
    SIGNED_MOST = APP_ID_LENGTH + CHANNEL_MOST + UID_MOST + MESSAGE_MOST,
};

_Static_assert(PREFIX_LENGTH + BASE64_LENGTH(CONTENT_MOST) <= ACCESS_TOKEN_MOST, "a token fits");

/* What a signature is over. */
struct signing_input {
    unsigned char data[SIGNED_MOST];
    size_t size;
    size_t message_at; /* the message is the rest from here */
};

static uint32_t crc_of(const char *text, size_t length)
{
    return (uint32_t)crc32(0, (const Bytef *)text, (uInt)length);
}

static struct signing_input pack_signed(const char *app_id, struct bytes channel, struct bytes uid,
                                        const struct grant_006 *grant)
{
    struct signing_input input;
    unsigned char *at = input.data;

    assert(channel.size <= CHANNEL_MOST && uid.size <= UID_MOST);
    at = pack_bytes(at, app_id, APP_ID_LENGTH);
    at = pack_bytes(at, channel.data, channel.size);
    at = pack_bytes(at, uid.data, uid.size);
    input.message_at = (size_t)(at - input.data);
    at = pack_u32(at, grant->salt);
    at = pack_u32(at, grant->ends);
    at = pack_privileges(at, &grant->privileges);
    input.size = (size_t)(at - input.data);
    return input;
}

void access_token_006_sign(const struct credentials *credentials, const char *channel,
                           const char *uid, const struct grant_006 *grant,
                           char ret[ACCESS_TOKEN_MOST + 1])
{
    struct bytes channel_bytes = { channel, strlen(channel) };
    struct bytes uid_bytes = { uid, strlen(uid) };
    struct signing_input input = pack_signed(credentials->app_id, channel_bytes, uid_bytes, grant);
    unsigned char signature[HMAC_SIZE];
    unsigned char content[CONTENT_MOST];
    unsigned char *at = content;

    hmac_sign(credentials->certificates[0].hmac, input.data, input.size, signature);
    at = pack_string(at, signature, sizeof signature);
    at = pack_u32(at, crc_of(channel, channel_bytes.size));
    at = pack_u32(at, crc_of(uid, uid_bytes.size));
    at = pack_string(at, input.data + input.message_at, input.size - input.message_at);
    memcpy(ret, "006", VERSION_LENGTH);
    memcpy(ret + VERSION_LENGTH, credentials->app_id, APP_ID_LENGTH);
    ret += PREFIX_LENGTH;
    ret[base64_encode(content, (size_t)(at - content), ret)] = '\0';
}

static void unpack_content(struct unpacker *u, struct access_token_006 *ret)
{
    if (unpack_string(u, ret->signature, HMAC_SIZE) != HMAC_SIZE)
        u->has_failed = true;
    ret->channel_crc = unpack_u32(u);
    ret->uid_crc = unpack_u32(u);
    /* The message is the last piece: its length must be what is left. */
    if (unpack_u16(u) != u->left)
        u->has_failed = true;
    ret->grant.salt = unpack_u32(u);
    ret->grant.ends = unpack_u32(u);
    unpack_privileges(u, &ret->grant.privileges);
}

int access_token_006_parse(const char *token, struct access_token_006 *ret)
{
    struct access_token_006 parsed = { 0 };
    size_t length = strnlen(token, ACCESS_TOKEN_MOST + 1);
    unsigned char content[CONTENT_MOST];
    struct unpacker u = { .at = content };
    int r;

    if (length < PREFIX_LENGTH || length > ACCESS_TOKEN_MOST ||
        memcmp(token, "006", VERSION_LENGTH) != 0)
        return -EBADMSG;
    memcpy(parsed.app_id, token + VERSION_LENGTH, APP_ID_LENGTH);
    r = base64_decode(token + PREFIX_LENGTH, length - PREFIX_LENGTH, content, sizeof content,
                      &u.left);
    if (r < 0)
        return r;
    unpack_content(&u, &parsed);
    if (!unpack_is_complete(&u))
        return -EBADMSG;
    *ret = parsed;
    return 0;
}

static bool has_signed(const struct certificate *certificate, const struct signing_input *input,
                       const unsigned char signature[HMAC_SIZE])
{
    unsigned char right[HMAC_SIZE];

    hmac_sign(certificate->hmac, input->data, input->size, right);
    return text_equal_secret((const char *)right, (const char *)signature, HMAC_SIZE);
}

/* 0, -EACCES or -EKEYREJECTED. */
static int check_signed_for(const struct access_token_006 *token,
                            const struct credentials *credentials, const char *channel,
                            const char *uid)
{
    struct bytes channel_bytes = { channel, strlen(channel) };
    struct bytes uid_bytes = { uid, strlen(uid) };
    struct signing_input input;

    if (token->channel_crc != crc_of(channel, channel_bytes.size) ||
        token->uid_crc != crc_of(uid, uid_bytes.size))
        return -EACCES;
    input = pack_signed(credentials->app_id, channel_bytes, uid_bytes, &token->grant);
    for (size_t i = 0; i < credentials->certificate_count; i++) {
        if (has_signed(&credentials->certificates[i], &input, token->signature))
            return 0;
    }
    return -EKEYREJECTED;
}

int access_token_006_verify(const struct credentials *credentials, const char *token,
                            const struct token_question *question, struct token_answer *ret)
{
    const char *uids[] = { question->uid, question->other_uid };
    struct access_token_006 parsed;
    uint32_t ends;
    int r = -EACCES;

    if (access_token_006_parse(token, &parsed) < 0 ||
        memcmp(parsed.app_id, credentials->app_id, APP_ID_LENGTH) != 0 ||
        !privileges_find(&parsed.grant.privileges, PRIVILEGE_JOIN, &ends))
        return -EKEYREJECTED;
    if (ends == 0 || ends > parsed.grant.ends)
        ends = parsed.grant.ends;
    for (size_t i = 0; i < COUNT_OF(uids) && r == -EACCES; i++) {
        if (*uids[i])
            r = check_signed_for(&parsed, credentials, question->channel, uids[i]);
        if (r == 0)
            *ret = (struct token_answer){ uids[i], ends };
    }
    return r;
}
