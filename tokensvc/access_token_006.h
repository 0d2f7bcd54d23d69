/* access_token_006.h - AccessToken, version 006:
 *
 *   "006" app_id base64( string signature, u32 crc of channel, u32 crc of uid, string message )
 *   message   = u32 salt, u32 ends, map of privileges
 *   signature = HMAC-SHA256(certificate, app_id channel uid message), nothing in between
 *
 * The token names neither channel nor uid: it must be verified for given ones. As nothing separates
 * them in what is signed, and the CRCs are not signed, whoever holds a token for channel "room1"
 * and uid "23" can write the CRCs of "room12" and "3" into it, and it verifies for those. So
 * callers must ask only about channels of one length, as dapi's all are. */
#pragma once

#include "tokensvc/access_token.h"
#include "tokensvc/packing.h"

/* What a token grants. `ends` bounds the token as a whole, in seconds since the epoch, privileges
 * bound themselves. The reference sets `ends` a day ahead whatever the privileges say; dapi sets
 * all of them to the same second, so that the life that was asked for holds, whichever is checked.
 */
struct grant_006 {
    uint32_t salt;
    uint32_t ends;
    struct privileges privileges;
};

struct access_token_006 {
    char app_id[APP_ID_LENGTH + 1];
    unsigned char signature[HMAC_SIZE];
    uint32_t channel_crc;
    uint32_t uid_crc;
    struct grant_006 grant;
};

/* Sign with the first certificate. */
void access_token_006_sign(const struct credentials *credentials, const char *channel,
                           const char *uid, const struct grant_006 *grant,
                           char ret[ACCESS_TOKEN_MOST + 1]);

/* Take a token apart without believing it: 0, or -EBADMSG if it is not exactly of this form. */
int access_token_006_parse(const char *token, struct access_token_006 *ret) MUST_CHECK;

/* 0 and *ret, with the end of the token or of its join privilege, whichever is earlier, if one of
 * the certificates signed it for the channel and one of the uids. -EACCES if its checksums are of
 * another channel or uid: who signed that cannot be told without knowing them. Else -EKEYREJECTED.
 */
int access_token_006_verify(const struct credentials *credentials, const char *token,
                            const struct token_question *question,
                            struct token_answer *ret) MUST_CHECK;
