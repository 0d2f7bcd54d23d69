/* minting.c - names for new channels */
#include "gateway/minting.h"

#include "common/text.h"

#include <ctype.h>
#include <string.h>

void mint_channel(char ret[MINTED_CHANNEL_LENGTH + 1])
{
    static const char prefix[] = "ch_";
    char *last = ret + MINTED_CHANNEL_LENGTH - 1;

    memcpy(ret, prefix, sizeof prefix);
    random_text(ret + sizeof prefix - 1, MINTED_CHANNEL_LENGTH - (sizeof prefix - 1));
    while (!isalpha((unsigned char)*last))
        random_text(last, 1);
}
