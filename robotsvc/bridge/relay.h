/* relay.h - packets from a party to its peer and from a robot to both, never decoded
 *
 * A party with two ears hears the peer on the first and the robot on the second; with one it hears
 * the robot in the peer's place while the robot plays.
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#pragma once

#include "robotsvc/bridge/room.h"

/* A party sent RTP: on the thread of its handle. */
void relay_from_party(struct party *party, const janus_plugin_rtp *packet);

/* A robot sent RTP from `source`: accepted only from the announced one, and not more than its rate.
 */
void relay_from_robot(struct room *room, const struct sockaddr_in *source, char *packet,
                      int length);
