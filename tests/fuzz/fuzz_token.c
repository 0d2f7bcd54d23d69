/* fuzz_token.c - verify whatever comes. The first byte says how: the rest is a token's text; or a
 * 006 message or 007 info that gets a right signature, so that what lies behind it is reached; or
 * the zlib stream of a 007 token. */
/* links: tokensvc */
#include "tokensvc/access_token_006.h"
#include "tokensvc/access_token_007.h"
#include "tokensvc/base64.h"

#include <stdlib.h>
#include <zlib.h>

enum {
    NOW = 1000,
    BODY_MOST = 256, /* of what is signed */
    STREAM_MOST = 381,
    TEXT_MOST = 2 * ACCESS_TOKEN_MOST,
};

static const char app_id[] = "970CA35de60c44645bbae8a215061b33";
static const char certificate[] = "5CFd2fd1755d40ecb72977518be15d3b";
static const char channel[] = "ch_4aY875LP4o";
static const char uid[] = "1234";

static struct credentials *credentials;
static struct deflater *deflater;
static struct access_tokens *tokens;

static struct credentials *make_credentials(void)
{
    struct credentials *made;
    struct fault fault;

    if (credentials_new(app_id, certificate, NULL, &made, &fault) < 0)
        abort();
    return made;
}

static void set_up(void)
{
    credentials = make_credentials();
    deflater = deflater_new();
    tokens = access_tokens_new(make_credentials());
}

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static void check_006(const char *token, const char *owner)
{
    struct access_token_006 parsed;
    char again[ACCESS_TOKEN_MOST + 1];

    must(access_token_006_parse(token, &parsed) == 0);
    access_token_006_sign(credentials, channel, owner, &parsed.grant, again);
    must(strcmp(token, again) == 0);
}

/* What is good is ours to the bit: signing what it says gives the same again. */
static void verify(const char *token)
{
    const struct token_question question = { channel, "4321", uid };
    struct token_answer answer;

    if (access_tokens_verify(tokens, token, &question, NOW, &answer) < 0)
        return;
    must((answer.uid == question.uid || answer.uid == question.other_uid) && answer.ends > NOW);
    if (strncmp(token, "006", VERSION_LENGTH) == 0)
        check_006(token, answer.uid);
}

static void verify_text(const uint8_t *data, size_t size)
{
    char text[TEXT_MOST + 1];

    *pack_bytes((unsigned char *)text, data, size) = '\0';
    verify(text);
}

static uint32_t crc_of(const char *text)
{
    return (uint32_t)crc32(0, (const Bytef *)text, (uInt)strlen(text));
}

static void finish(char *token, size_t prefix, const unsigned char *content, size_t size)
{
    token[prefix + base64_encode(content, size, token + prefix)] = '\0';
    verify(token);
}

static void verify_message(const uint8_t *data, size_t size)
{
    unsigned char input[64 + BODY_MOST];
    unsigned char content[64 + BODY_MOST];
    unsigned char signature[HMAC_SIZE];
    char token[TEXT_MOST + 1] = "006970CA35de60c44645bbae8a215061b33";
    unsigned char *at = pack_bytes(input, app_id, APP_ID_LENGTH);

    at = pack_bytes(at, channel, sizeof channel - 1);
    at = pack_bytes(pack_bytes(at, uid, sizeof uid - 1), data, size);
    hmac_sign_once(certificate, CERTIFICATE_LENGTH, input, (size_t)(at - input), signature);
    at = pack_u32(pack_string(content, signature, sizeof signature), crc_of(channel));
    at = pack_string(pack_u32(at, crc_of(uid)), data, size);
    finish(token, strlen(token), content, (size_t)(at - content));
}

/* Signed as if issued at 1 with salt 1, after the app id: what follows is the input. */
static void verify_info(const uint8_t *data, size_t size)
{
    static const unsigned char one[] = { 1, 0, 0, 0 };
    unsigned char info[64 + BODY_MOST];
    unsigned char content[128 + BODY_MOST];
    unsigned char key[HMAC_SIZE];
    unsigned char stream[DEFLATED_MOST(sizeof content)];
    char token[TEXT_MOST + 1] = "007";
    unsigned char *at = pack_u32(pack_string(info, app_id, APP_ID_LENGTH), 1);

    at = pack_bytes(pack_u32(pack_u32(at, NOW), 1), data, size);
    hmac_sign_once(one, sizeof one, certificate, CERTIFICATE_LENGTH, key);
    hmac_sign_once(one, sizeof one, key, sizeof key, key);
    hmac_sign_once(key, sizeof key, info, (size_t)(at - info), key);
    at = pack_bytes(pack_string(content, key, sizeof key), info, (size_t)(at - info));
    size = deflater_compress(deflater, content, (size_t)(at - content), stream);
    finish(token, VERSION_LENGTH, stream, size);
}

static void verify_stream(const uint8_t *data, size_t size)
{
    char token[TEXT_MOST + 1] = "007";

    finish(token, VERSION_LENGTH, data, size);
}

static const struct {
    void (*verify)(const uint8_t *data, size_t size);
    size_t most;
} modes[] = {
    {verify_text,     TEXT_MOST  },
    { verify_message, BODY_MOST  },
    { verify_info,    BODY_MOST  },
    { verify_stream,  STREAM_MOST},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t mode = size > 0 ? data[0] % COUNT_OF(modes) : 0;

    if (!tokens)
        set_up();
    if (size > 0 && size - 1 <= modes[mode].most)
        modes[mode].verify(data + 1, size - 1);
    return 0;
}
