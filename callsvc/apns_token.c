/* apns_token.c - the token that says to Apple who we are */
#include "callsvc/apns_token.h"

#include "common/memory.h"

#include <stdlib.h>

static bool is_usable(const struct apns_token *token, int64_t now_ms, int64_t now_us)
{
    /* By both clocks: the wall clock may be set, and the token says a time of day. */
    return token->header && now_us - token->made_at_us < (int64_t)APNS_TOKEN_LIFE_MS * 1000 &&
           now_ms - token->made_at < APNS_TOKEN_LIFE_MS;
}

const char *apns_token_header(struct apns_token *token, int64_t now_ms, int64_t now_us)
{
    AUTO(free_memory) char *header = NULL;
    AUTO(free_memory) char *claims = NULL;
    AUTO(free_memory) char *jwt = NULL;

    if (is_usable(token, now_ms, now_us))
        return token->header;
    header = must_format("{\"alg\":\"ES256\",\"kid\":\"%s\"}", token->key_id);
    claims = must_format("{\"iss\":\"%s\",\"iat\":%lld}", token->team_id, (long long)now_ms / 1000);
    if (signing_make_jwt(token->key, header, claims, &jwt) < 0)
        return NULL;
    free(token->header);
    token->header = must_format("authorization: bearer %s", jwt);
    token->made_at = now_ms;
    token->made_at_us = now_us;
    token->count++;
    return token->header;
}

bool apns_token_expire(struct apns_token *token, int64_t used_at_us, int64_t now_us)
{
    if (!token->header || used_at_us < token->made_at_us)
        return true;
    if (token->forced_at_us != 0 &&
        now_us - token->forced_at_us < (int64_t)APNS_TOKEN_FORCED_MS * 1000)
        return false;
    token->forced_at_us = now_us;
    free(TAKE(token->header));
    return true;
}

void apns_token_done(struct apns_token *token)
{
    free(TAKE(token->header));
}
