/* answer.c - the SDP answer to a client's offer
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#include "robotsvc/bridge/answer.h"

#include <sdp-utils.h>

static const struct refusal no_sdp = { 400, "the offer is no SDP" };
static const struct refusal no_opus = { 415, "the offer has no m-line with Opus audio" };

/* The payload type of Opus on the line, or -1. */
static int find_opus(janus_sdp *offer, const janus_sdp_mline *line)
{
    int payload_type = -1;

    if (line->type == JANUS_SDP_AUDIO && line->port != 0)
        payload_type = janus_sdp_get_codec_pt(offer, line->index, "opus");
    return payload_type <= 127 ? payload_type : -1;
}

static bool takes_microphone(struct party *party, const janus_sdp_mline *line, int payload_type)
{
    if (party->microphone_line >= 0 || line->direction == JANUS_SDP_RECVONLY)
        return false;
    party->microphone_line = line->index;
    party->microphone_type = payload_type;
    return true;
}

static bool takes_ear(struct party *party, const janus_sdp_mline *line, int payload_type)
{
    if (party->ear_count == BRIDGE_EARS || line->direction == JANUS_SDP_SENDONLY)
        return false;
    party->ears[party->ear_count++] =
        (struct ear){ .line = line->index, .payload_type = payload_type };
    return true;
}

/* What is not needed is answered as inactive, not rejected: the first m-line carries the connection
 * of all others, and browsers give them all up with it; aiortc takes no rejected one at all. */
static void answer_line(struct party *party, janus_sdp *offer, janus_sdp *answer,
                        janus_sdp_mline *line)
{
    int payload_type = find_opus(offer, line);
    janus_sdp_mdirection direction = JANUS_SDP_INACTIVE;

    if (line->port == 0 || (line->type == JANUS_SDP_AUDIO && payload_type < 0) ||
        line->type == JANUS_SDP_APPLICATION)
        return; /* it stays rejected, as janus_sdp_generate_answer made it */
    if (payload_type >= 0 && line->direction != JANUS_SDP_INACTIVE) {
        if (takes_microphone(party, line, payload_type))
            direction = JANUS_SDP_RECVONLY;
        if (takes_ear(party, line, payload_type))
            direction = direction == JANUS_SDP_RECVONLY ? JANUS_SDP_SENDRECV : JANUS_SDP_SENDONLY;
    }
    janus_sdp_generate_answer_mline(
        offer, answer, line, JANUS_SDP_OA_MLINE, line->type, JANUS_SDP_OA_CODEC,
        payload_type >= 0 ? "opus" : NULL, JANUS_SDP_OA_DIRECTION, direction, JANUS_SDP_OA_FMTP,
        payload_type >= 0 ? "useinbandfec=1" : NULL, JANUS_SDP_OA_ACCEPT_EXTMAP,
        JANUS_RTP_EXTMAP_MID, JANUS_SDP_OA_ACCEPT_EXTMAP, JANUS_RTP_EXTMAP_AUDIO_LEVEL,
        JANUS_SDP_OA_DONE);
}

const struct refusal *answer_offer(struct party *party, const char *offer_text, char **ret)
{
    char problem[128];
    janus_sdp *offer = janus_sdp_parse(offer_text, problem, sizeof problem);
    janus_sdp *answer;
    bool has_sound;

    if (!offer)
        return &no_sdp;
    answer = janus_sdp_generate_answer(offer);
    party->microphone_line = -1;
    party->ear_count = 0;
    for (GList *at = offer->m_lines; at; at = at->next)
        answer_line(party, offer, answer, at->data);
    has_sound = party->microphone_line >= 0 || party->ear_count > 0;
    if (has_sound)
        *ret = janus_sdp_write(answer);
    janus_sdp_destroy(offer);
    janus_sdp_destroy(answer);
    return has_sound ? NULL : &no_opus;
}
