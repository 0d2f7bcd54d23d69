/* speech.h - who speaks: from the audio level that clients write into a header extension (RFC 6464)
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#pragma once

#include "robotsvc/bridge/party.h"

/* A packet of this level came, in -dBov (0 is loudest, 127 silence; -1: the client says none). Room
 * locked. */
void speech_hear(struct party *party, int level, int64_t now_us);

/* Room locked: has the party begun (1) or stopped (-1) to speak since the last call? 0: neither. */
int speech_turn(struct party *party, int64_t now_us);
