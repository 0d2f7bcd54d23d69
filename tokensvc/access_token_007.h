/* access_token_007.h - AccessToken2, version 007:
 *
 *   "007" base64( zlib( string signature, info ) )
 *   info      = string app_id, u32 issued, u32 life, u32 salt, u16 1 (services), service
 *   service   = u16 1 (RTC), map of privileges, string channel, string uid
 *   signature = HMAC-SHA256(key, info), where
 *               key = HMAC-SHA256(salt, HMAC-SHA256(issued, certificate)), both as u32
 *
 * Only tokens with one RTC service are read: dapi signs no others. */
#pragma once

#include "tokensvc/access_token.h"
#include "tokensvc/deflate.h"
#include "tokensvc/packing.h"

/* What a token grants: `life` and the privileges' ends are seconds from `issued`, which is in
 * seconds since the epoch. */
struct grant_007 {
    uint32_t issued;
    uint32_t life;
    uint32_t salt;
    struct privileges privileges;
};

struct access_token_007 {
    unsigned char signature[HMAC_SIZE];
    char app_id[APP_ID_LENGTH + 1];
    struct grant_007 grant;
    char channel[CHANNEL_MOST + 1];
    char uid[UID_MOST + 1];
};

/* Sign with the first certificate. */
void access_token_007_sign(const struct credentials *credentials, struct deflater *deflater,
                           const char *channel, const char *uid, const struct grant_007 *grant,
                           char ret[ACCESS_TOKEN_MOST + 1]);

/* Take a token apart without believing it: 0, or -EBADMSG if it is not of this form. zlib can spell
 * the same bytes in several ways, all of which are taken: another zlib may have signed. */
int access_token_007_parse(struct deflater *deflater, const char *token,
                           struct access_token_007 *ret) MUST_CHECK;

/* 0 and *ret, with the end of the token or of its join privilege, whichever is earlier, if one of
 * the certificates signed it for the channel and one of the uids; -EACCES if one signed it for
 * others; else -EKEYREJECTED. */
int access_token_007_verify(const struct credentials *credentials, struct deflater *deflater,
                            const char *token, const struct token_question *question,
                            struct token_answer *ret) MUST_CHECK;
