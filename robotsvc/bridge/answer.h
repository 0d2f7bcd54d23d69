/* answer.h - the SDP answer to a client's offer: Opus on its first two audio m-lines, nothing else
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#pragma once

#include "robotsvc/bridge/room.h"

/* Answer `offer` and set the party's legs. NULL and *ret, which is freed with g_free, or why not.
 * The first Opus m-line is sendrecv (the party and its peer), the second is sent only (the robot).
 */
const struct refusal *answer_offer(struct party *party, const char *offer, char **ret);
