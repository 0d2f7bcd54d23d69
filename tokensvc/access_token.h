/* access_token.h - Agora's channel tokens of whatever version: what the service knows of them */
#pragma once

#include "common/text.h"
#include "tokensvc/credentials.h"

#include <stdint.h>

enum {
    VERSION_LENGTH = 3,      /* "006" */
    ACCESS_TOKEN_MOST = 512, /* characters */
};

/* As DAPI_TOKEN_VERSION counts them. */
enum access_token_version { ACCESS_TOKEN_006, ACCESS_TOKEN_007, ACCESS_TOKEN_VERSIONS };

/* What a token must be good for. */
struct token_question {
    const char *channel;
    const char *uid;
    const char *other_uid; /* the token may be for this uid as well; "": there is no other */
};

struct token_answer {
    const char *uid; /* the question's uid or other_uid: whose token it is */
    int64_t ends;    /* seconds since the epoch */
};

/* An app's tokens: its credentials and the memory to work in. One thread at a time. */
struct access_tokens;

/* Takes the credentials over. */
struct access_tokens *access_tokens_new(struct credentials *credentials);
struct access_tokens *access_tokens_free(struct access_tokens *tokens);
DEFINE_AUTO(struct access_tokens *, access_tokens_free)

const char *access_tokens_app_id(const struct access_tokens *tokens);

const char *access_token_version_name(enum access_token_version version); /* "006" */

/* A token with which `uid` may join `channel` and publish audio for `seconds` from now, which is in
 * seconds since the epoch. Channel and uid are as messages hold them: of 1 to 64 bytes, the uid not
 * "0" (Agora takes that, and an empty one, as "anyone"). */
void access_tokens_sign(struct access_tokens *tokens, enum access_token_version version,
                        const char *channel, const char *uid, int64_t now, int64_t seconds,
                        char ret[ACCESS_TOKEN_MOST + 1]);

/* 0 and *ret; -EKEYREJECTED if the token is none of ours; -EACCES if it is for another channel or
 * for neither of these uids; -EKEYEXPIRED if it was good until now. Any version is taken: the
 * setting may have changed since. *ret is written only on success. */
int access_tokens_verify(struct access_tokens *tokens, const char *token,
                         const struct token_question *question, int64_t now,
                         struct token_answer *ret) MUST_CHECK;
