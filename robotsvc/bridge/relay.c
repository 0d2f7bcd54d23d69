/* relay.c - packets from a party to its peer and from a robot to both, never decoded
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#include "robotsvc/bridge/relay.h"

#include "robotsvc/bridge/speech.h"

#include <string.h>
#include <utils.h>

enum {
    ROBOT_HOLD_US = 250000,  /* after its last packet the robot still has a one-eared party's ear */
    ROBOT_PACKET_US = 10000, /* a robot may send 100 packets a second, twice what it needs … */
    ROBOT_BURST_US = 500000, /* … and half a second's worth at once */
};

/* A packet of RTP: what is sent on of it. What a client put between header and Opus is its own
 * affair; the core adds the extensions that the receiver agreed to. */
struct sound {
    janus_rtp_header header;
    const char *opus;
    int length;
};

static bool read_packet(char *packet, int length, struct sound *ret)
{
    ret->opus = janus_rtp_payload(packet, length, &ret->length);
    if (!ret->opus || ret->length > BRIDGE_PACKET_MOST - RTP_HEADER_SIZE)
        return false;
    memcpy(&ret->header, packet, RTP_HEADER_SIZE);
    ret->header.extension = 0;
    ret->header.csrccount = 0;
    return true;
}

/* Room locked. */
static void deliver(struct room *room, struct party *to, struct ear *ear, const struct sound *sound)
{
    char packet[BRIDGE_PACKET_MOST];
    janus_rtp_header header = sound->header;
    janus_plugin_rtp out = { .mindex = ear->line, .video = FALSE, .buffer = packet };

    if (!to->is_up)
        return;
    header.type = (uint16_t)(ear->payload_type & 0x7f);
    if (ntohl(header.ssrc) != ear->context.last_ssrc)
        header.markerbit = 1; /* another source begins: RFC 3551 section 4.1 */
    janus_rtp_header_update(&header, &ear->context, FALSE, 0);
    memcpy(packet, &header, RTP_HEADER_SIZE);
    memcpy(packet + RTP_HEADER_SIZE, sound->opus, (size_t)sound->length);
    out.length = (uint16_t)(RTP_HEADER_SIZE + sound->length);
    janus_plugin_rtp_extensions_reset(&out.extensions);
    bridge_core->relay_rtp(to->handle, &out);
    room->relayed++;
}

static bool robot_has_the_ear(const struct room *room, const struct party *to, int64_t now_us)
{
    return to->ear_count == 1 && room->robot.played_at_us != 0 &&
           now_us - room->robot.played_at_us < ROBOT_HOLD_US;
}

void relay_from_party(struct party *party, const janus_plugin_rtp *packet)
{
    int64_t now_us = janus_get_monotonic_time();
    struct room *room = party->room;
    struct sound sound;
    struct party *to;

    /* RED, comfort noise and the like were not agreed to: the peer could not tell them from Opus.
     */
    if (!room || packet->video || packet->mindex != party->microphone_line ||
        !read_packet(packet->buffer, packet->length, &sound) ||
        sound.header.type != party->microphone_type)
        return;
    janus_mutex_lock(&room->mutex);
    if (room->seats[party->seat] == party) {
        to = room->seats[!party->seat];
        speech_hear(party, packet->extensions.audio_level, now_us);
        if (to && to->ear_count > 0 && !robot_has_the_ear(room, to, now_us))
            deliver(room, to, &to->ears[0], &sound);
    }
    janus_mutex_unlock(&room->mutex);
}

/* Announced as 0.0.0.0, the way from there rewrites addresses: the first to know the secret SSRC is
 * it, and nobody else afterwards. */
static bool is_from(const struct sockaddr_in *source, struct sockaddr_in *announced)
{
    if (announced->sin_addr.s_addr == htonl(INADDR_ANY))
        *announced = *source;
    return source->sin_addr.s_addr == announced->sin_addr.s_addr &&
           source->sin_port == announced->sin_port;
}

/* Generic cell rate: each packet costs its share of time, and half a second may be saved up. */
static bool is_within_rate(struct robot *robot, int64_t now_us)
{
    int64_t from_us = MAX(robot->allowed_at_us, now_us - ROBOT_BURST_US);

    if (from_us > now_us)
        return false;
    robot->allowed_at_us = from_us + ROBOT_PACKET_US;
    return true;
}

/* Room locked. */
static void play(struct room *room, const struct sound *sound, int64_t now_us)
{
    room->robot.played_at_us = now_us;
    room->robot.packets++;
    for (int i = 0; i < BRIDGE_SEATS; i++) {
        struct party *to = room->seats[i];

        if (to && to->ear_count > 0)
            deliver(room, to, &to->ears[to->ear_count - 1], sound);
    }
}

void relay_from_robot(struct room *room, const struct sockaddr_in *source, char *packet, int length)
{
    int64_t now_us = janus_get_monotonic_time();
    struct sound sound;

    if (!read_packet(packet, length, &sound))
        return;
    janus_mutex_lock(&room->mutex);
    if (room->robot.ssrc == ntohl(sound.header.ssrc)) {
        if (is_from(source, &room->robot.source) && is_within_rate(&room->robot, now_us))
            play(room, &sound, now_us);
        else
            room->robot.refused++;
    }
    janus_mutex_unlock(&room->mutex);
}
