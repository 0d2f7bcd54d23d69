/* access_token.c - see access_token.h */
#include "tokensvc/access_token.h"

#include "common/memory.h"
#include "tokensvc/access_token_006.h"
#include "tokensvc/access_token_007.h"

#include <errno.h>
#include <stdlib.h>

struct access_tokens {
    struct credentials *credentials;
    struct deflater *deflater;
};

struct access_tokens *access_tokens_new(struct credentials *credentials)
{
    struct access_tokens *tokens = must_alloc(1, sizeof *tokens);

    tokens->credentials = credentials;
    tokens->deflater = deflater_new();
    return tokens;
}

struct access_tokens *access_tokens_free(struct access_tokens *tokens)
{
    if (tokens) {
        (void)deflater_free(tokens->deflater);
        (void)credentials_free(tokens->credentials);
    }
    free(tokens);
    return NULL;
}

const char *access_tokens_app_id(const struct access_tokens *tokens)
{
    return tokens->credentials->app_id;
}

static uint32_t draw_salt(void)
{
    uint32_t salt;

    random_bytes(&salt, sizeof salt);
    return salt;
}

/* What every token grants, ending at the same time. */
static struct privileges grant_until(uint32_t ends)
{
    return (struct privileges){
        .list = {{ PRIVILEGE_JOIN, ends }, { PRIVILEGE_PUBLISH_AUDIO, ends }},
        .count = 2,
    };
}

static void sign_006(struct access_tokens *tokens, const char *channel, const char *uid,
                     uint32_t now, uint32_t seconds, char *ret)
{
    struct grant_006 grant = {
        .salt = draw_salt(),
        .ends = now + seconds,
        .privileges = grant_until(now + seconds),
    };

    access_token_006_sign(tokens->credentials, channel, uid, &grant, ret);
}

static void sign_007(struct access_tokens *tokens, const char *channel, const char *uid,
                     uint32_t now, uint32_t seconds, char *ret)
{
    struct grant_007 grant = {
        .issued = now,
        .life = seconds,
        .salt = draw_salt(),
        .privileges = grant_until(seconds),
    };

    access_token_007_sign(tokens->credentials, tokens->deflater, channel, uid, &grant, ret);
}

static int verify_006(struct access_tokens *tokens, const char *token,
                      const struct token_question *question, struct token_answer *ret)
{
    return access_token_006_verify(tokens->credentials, token, question, ret);
}

static int verify_007(struct access_tokens *tokens, const char *token,
                      const struct token_question *question, struct token_answer *ret)
{
    return access_token_007_verify(tokens->credentials, tokens->deflater, token, question, ret);
}

static const struct {
    void (*sign)(struct access_tokens *tokens, const char *channel, const char *uid, uint32_t now,
                 uint32_t seconds, char *ret);
    int (*verify)(struct access_tokens *tokens, const char *token,
                  const struct token_question *question, struct token_answer *ret);
    char prefix[VERSION_LENGTH + 1];
} versions[ACCESS_TOKEN_VERSIONS] = {
    [ACCESS_TOKEN_006] = {sign_006,  verify_006, "006"},
    [ACCESS_TOKEN_007] = { sign_007, verify_007, "007"},
};

const char *access_token_version_name(enum access_token_version version)
{
    return versions[version].prefix;
}

void access_tokens_sign(struct access_tokens *tokens, enum access_token_version version,
                        const char *channel, const char *uid, int64_t now, int64_t seconds,
                        char ret[ACCESS_TOKEN_MOST + 1])
{
    /* The format counts seconds in 32 bits: until 2106. */
    versions[version].sign(tokens, channel, uid, (uint32_t)now, (uint32_t)seconds, ret);
}

int access_tokens_verify(struct access_tokens *tokens, const char *token,
                         const struct token_question *question, int64_t now,
                         struct token_answer *ret)
{
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        struct token_answer answer;
        int r;

        if (strncmp(token, versions[i].prefix, VERSION_LENGTH) != 0)
            continue;
        r = versions[i].verify(tokens, token, question, &answer);
        if (r < 0)
            return r;
        if (now >= answer.ends)
            return -EKEYEXPIRED;
        *ret = answer;
        return 0;
    }
    return -EKEYREJECTED;
}
