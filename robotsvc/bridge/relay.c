/* relay.c - packets from a party to its peer and from a robot to both, never decoded
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#include "robotsvc/bridge/relay.h"

#include "robotsvc/bridge/speech.h"

#include <string.h>
#include <utils.h>

enum {
    ROBOT_HOLD_US = 250000,  /* after its last packet the robot still has a one-line party's ear */
    ROBOT_PACKET_US = 10000, /* a robot may send 100 packets a second, twice what it needs … */
    ROBOT_BURST_US = 500000, /* … and half a second's worth at once */
};

/* Room locked. The packet is copied: the core reads its own after us, for RTCP statistics. */
static void deliver(struct room *room, struct party *to, int line, const char *packet, int length)
{
    char copy[BRIDGE_PACKET_MOST];
    janus_rtp_header *header = (janus_rtp_header *)copy;
    struct leg *leg = &to->legs[line];
    janus_plugin_rtp out = { .mindex = line, .video = FALSE, .buffer = copy };

    if (length > BRIDGE_PACKET_MOST || !g_atomic_int_get(&to->is_up))
        return;
    memcpy(copy, packet, (size_t)length);
    out.length = (uint16_t)length;
    header->type = (uint16_t)(leg->payload_type & 0x7f);
    if (ntohl(header->ssrc) != leg->context.last_ssrc)
        header->markerbit = 1; /* another source begins: RFC 3551 section 4.1 */
    janus_rtp_header_update(header, &leg->context, FALSE, 0);
    janus_plugin_rtp_extensions_reset(&out.extensions);
    bridge_core->relay_rtp(to->handle, &out);
    room->relayed++;
}

static bool robot_has_the_ear(const struct room *room, const struct party *to, int64_t now_us)
{
    return to->leg_count == 1 && room->robot.played_at_us != 0 &&
           now_us - room->robot.played_at_us < ROBOT_HOLD_US;
}

void relay_from_party(struct party *party, const janus_plugin_rtp *packet)
{
    struct room *room = g_atomic_pointer_get(&party->room);
    struct party *to;

    if (!room || packet->video || packet->mindex != 0)
        return;
    janus_mutex_lock(&room->mutex);
    if (room->seats[party->seat] == party) {
        to = room->seats[!party->seat];
        speech_hear(party, packet->extensions.audio_level);
        if (to && !robot_has_the_ear(room, to, janus_get_monotonic_time()))
            deliver(room, to, 0, packet->buffer, packet->length);
    }
    janus_mutex_unlock(&room->mutex);
}

static bool is_from(const struct sockaddr_in *source, const struct sockaddr_in *announced)
{
    return source->sin_addr.s_addr == announced->sin_addr.s_addr &&
           source->sin_port == announced->sin_port;
}

/* Generic cell rate: each packet costs its share of time, and half a second may be saved up. */
static bool is_within_rate(struct robot_leg *robot, int64_t now_us)
{
    int64_t from_us = MAX(robot->allowed_at_us, now_us - ROBOT_BURST_US);

    if (from_us > now_us) {
        robot->refused++;
        return false;
    }
    robot->allowed_at_us = from_us + ROBOT_PACKET_US;
    return true;
}

void relay_from_robot(struct room *room, const struct sockaddr_in *source, const char *packet,
                      int length)
{
    int64_t now_us = janus_get_monotonic_time();
    uint32_t ssrc = ntohl(((const janus_rtp_header *)packet)->ssrc);

    janus_mutex_lock(&room->mutex);
    if (room->robot.ssrc == ssrc && is_from(source, &room->robot.source) &&
        is_within_rate(&room->robot, now_us)) {
        room->robot.played_at_us = now_us;
        room->robot.packets++;
        for (int i = 0; i < BRIDGE_SEATS; i++)
            if (room->seats[i])
                deliver(room, room->seats[i], room->seats[i]->leg_count - 1, packet, length);
    }
    janus_mutex_unlock(&room->mutex);
}
