/* answer.h - the SDP answer to a client's offer: Opus on the audio m-lines it needs, nothing else
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#pragma once

#include "robotsvc/bridge/party.h"

/* Answer `offer` and set the party's microphone and ears. NULL and *ret, which is freed with
 * g_free, or why not. The first Opus m-line on which the client sends is its microphone; the first
 * two on which it receives are its ears: the peer's, and the robot's. All other m-lines are
 * inactive or rejected. */
const struct refusal *answer_offer(struct party *party, const char *offer, char **ret);
