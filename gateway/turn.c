/* turn.c - credentials for a TURN server that end by themselves */
#include "gateway/turn.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

void turn_password(const char *secret, const char *username, char ret[TURN_PASSWORD_LENGTH + 1])
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned size;

    if (!HMAC(EVP_sha1(), secret, (int)strlen(secret), (const unsigned char *)username,
              strlen(username), mac, &size))
        abort();
    EVP_EncodeBlock((unsigned char *)ret, mac, (int)size);
}
