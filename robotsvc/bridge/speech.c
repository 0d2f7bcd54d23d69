/* speech.c - who speaks
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#include "robotsvc/bridge/speech.h"

enum {
    FINE = 16,     /* loudness is kept in sixteenths of a dB … */
    SMOOTHING = 8, /* … as a mean over about eight packets, 160 ms */
    SPEECH_BEGINS = 50 * FINE,
    SPEECH_ENDS = 65 * FINE, /* apart, so that a voice at the edge does not flicker */
    SILENCE = 127 * FINE,
    QUIET_US = 1000000, /* who sends nothing for so long does not speak */
};

/* `loudness` is the smoothed -dBov times FINE, and 0 before the first packet that tells it: the
 * mean never comes down to that. */
void speech_hear(struct party *party, int level, int64_t now_us)
{
    if (level < 0)
        return;
    if (party->loudness == 0)
        party->loudness = SILENCE;
    party->loudness += (level * FINE - party->loudness) / SMOOTHING;
    party->level_at_us = now_us;
}

int speech_turn(struct party *party, int64_t now_us)
{
    if (party->loudness == 0)
        return 0;
    if (now_us - party->level_at_us > QUIET_US)
        party->loudness = SILENCE;
    if (!party->is_speaking && party->loudness < SPEECH_BEGINS) {
        party->is_speaking = true;
        return 1;
    }
    if (party->is_speaking && party->loudness > SPEECH_ENDS) {
        party->is_speaking = false;
        return -1;
    }
    return 0;
}
