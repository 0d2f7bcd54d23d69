/* bridge.h - what the parts of the plugin share: the core it talks to, and the limits
 *
 * SPDX-License-Identifier: GPL-3.0-only
 *
 * Locks, always taken in this order: the table of rooms (room.c), then one room. Nothing is pushed
 * to a handle and no connection is ended while one is held; packets are relayed under the room's,
 * so that what the peer's thread and the robot's thread send to one party keeps its order. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>
#include <plugins/plugin.h>

enum {
    BRIDGE_SEATS = 2,      /* parties of a call */
    BRIDGE_EARS = 2,       /* audio m-lines on which a party hears: the peer, the robot beside it */
    BRIDGE_NAME_MOST = 64, /* bytes of a room's, a participant's and a connection's name */
    BRIDGE_OWNER_MOST = 32, /* bytes of the name of who made a connection */
    BRIDGE_TOKEN_MOST = 64, /* bytes of a permission */
    BRIDGE_PACKET_MOST = 1400,
};

/* The core's functions and this plugin as it knows it; set before any other part runs. */
extern janus_callbacks *bridge_core;
extern janus_plugin bridge_plugin;

/* Why a request was refused: the number is an HTTP status in meaning. */
struct refusal {
    int code;
    const char *text;
};
