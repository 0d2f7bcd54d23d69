/* minting.h - names for new channels */
#pragma once

enum { MINTED_CHANNEL_LENGTH = 13 };

/* `ch_` and ten random characters, the last of them a letter: a 006 token does not say where the
 * channel ends and the uid begins, so that a channel must not end as a uid could begin. */
void mint_channel(char ret[MINTED_CHANNEL_LENGTH + 1]);
