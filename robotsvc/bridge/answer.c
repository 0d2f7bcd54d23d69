/* answer.c - the SDP answer to a client's offer
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#include "robotsvc/bridge/answer.h"

#include <sdp-utils.h>

static const struct refusal no_sdp = { 400, "the offer is no SDP" };
static const struct refusal no_opus = { 415, "the offer's first m-line is not Opus audio" };

/* What we do with a line on which the client does `offered`. */
static janus_sdp_mdirection mirror(janus_sdp_mdirection offered, janus_sdp_mdirection wanted)
{
    if (offered == JANUS_SDP_SENDONLY)
        return JANUS_SDP_RECVONLY;
    if (offered == JANUS_SDP_RECVONLY)
        return JANUS_SDP_SENDONLY;
    return offered == JANUS_SDP_INACTIVE ? JANUS_SDP_INACTIVE : wanted;
}

/* True if the line was accepted; else it stays rejected in the answer. */
static bool answer_line(janus_sdp *offer, janus_sdp *answer, janus_sdp_mline *line, struct leg *leg)
{
    bool is_first = line->index == 0;
    int payload_type = -1;

    if (line->type == JANUS_SDP_AUDIO && line->port != 0)
        payload_type = janus_sdp_get_codec_pt(offer, line->index, "opus");
    if (payload_type < 0)
        return false;
    janus_sdp_generate_answer_mline(
        offer, answer, line, JANUS_SDP_OA_MLINE, JANUS_SDP_AUDIO, JANUS_SDP_OA_CODEC, "opus",
        JANUS_SDP_OA_DIRECTION,
        mirror(line->direction, is_first ? JANUS_SDP_SENDRECV : JANUS_SDP_SENDONLY),
        JANUS_SDP_OA_FMTP, "useinbandfec=1", JANUS_SDP_OA_ACCEPT_EXTMAP, JANUS_RTP_EXTMAP_MID,
        JANUS_SDP_OA_ACCEPT_EXTMAP, JANUS_RTP_EXTMAP_AUDIO_LEVEL, JANUS_SDP_OA_DONE);
    leg->payload_type = payload_type;
    return true;
}

const struct refusal *answer_offer(struct party *party, const char *offer_text, char **ret)
{
    char problem[128];
    janus_sdp *offer = janus_sdp_parse(offer_text, problem, sizeof problem);
    janus_sdp *answer;
    int legs = 0;

    if (!offer)
        return &no_sdp;
    answer = janus_sdp_generate_answer(offer);
    for (GList *at = offer->m_lines; at && legs < BRIDGE_LEGS; at = at->next) {
        janus_sdp_mline *line = at->data;

        /* Legs are counted as m-lines are: the core names a line by its index. */
        if (line->index != legs || !answer_line(offer, answer, line, &party->legs[legs]))
            break;
        legs++;
    }
    party->leg_count = legs;
    if (legs > 0)
        *ret = janus_sdp_write(answer);
    janus_sdp_destroy(offer);
    janus_sdp_destroy(answer);
    return legs > 0 ? NULL : &no_opus;
}
