/* turn.c - credentials for a TURN server that end by themselves */
#include "gateway/turn.h"

#include "gateway/crypto.h"

#include <string.h>

void turn_password(const char *secret, const char *username, char ret[TURN_PASSWORD_LENGTH + 1])
{
    unsigned char mac[CRYPTO_SHA1_BYTES];

    _Static_assert(TURN_PASSWORD_LENGTH == CRYPTO_BASE64_LENGTH(sizeof mac), "it is the mac");
    crypto_hmac_sha1((struct bytes){ secret, strlen(secret) },
                     (struct bytes){ username, strlen(username) }, mac);
    crypto_base64((struct bytes){ mac, sizeof mac }, ret);
}
