/* party.h - a handle of Janus that has joined a room, or may
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#pragma once

#include "robotsvc/bridge/bridge.h"

#include <refcount.h>
#include <rtp.h>

struct room;

/* An audio m-line on which a party hears, and where the relay left off there. */
struct ear {
    int line; /* the core names m-lines by their index in the offer */
    int payload_type;
    janus_rtp_switching_context context;
};

/* It lives until the core destroyed the handle and nobody refers to it any more. What the offer and
 * the join say is set before the party is seated, and never again. */
struct party {
    janus_plugin_session *handle; /* referenced */
    struct room *_Atomic room;    /* set once, by room_seat; referenced */
    char id[BRIDGE_NAME_MOST + 1];
    char leg[BRIDGE_NAME_MOST + 1];    /* names this connection among those of its id; may be "" */
    char owner[BRIDGE_OWNER_MOST + 1]; /* who made it; may be "" */
    int microphone_line;               /* the m-line on which it speaks, or -1 */
    int microphone_type;               /* and the payload type of Opus there */
    struct ear ears[BRIDGE_EARS];      /* the peer's; the robot's, if there are two */
    int ear_count;
    int seat;
    _Atomic bool has_asked;      /* to join: a handle does so once */
    _Atomic bool is_up;          /* DTLS is done: packets may be relayed to it */
    _Atomic bool is_ending;      /* the core was asked to destroy the handle */
    _Atomic bool is_gone;        /* it has */
    _Atomic int64_t heard_at_us; /* when it last sent anything, RTP or RTCP */
    int64_t retired_at_us;
    int loudness; /* these three: see speech.c */
    int64_t level_at_us;
    bool is_speaking;
    janus_refcount ref;
};

/* Give a handle that the core is just making its party. */
void party_attach(janus_plugin_session *handle);

/* The core may destroy a handle in one thread while its packets or messages come in on another: so
 * a party is used only with a reference of one's own, from here. NULL once it is detached. */
struct party *party_of(janus_plugin_session *handle);
void party_ref(struct party *party);
void party_unref(struct party *party); /* NULL is fine */

/* The core destroys the handle: its party, if it still has one, takes no seat any more. The
 * handle's reference goes to the caller, who hands it to party_retire at last. */
struct party *party_detach(janus_plugin_session *handle);

/* Keep a detached party, and with it the handle's memory, for some seconds: a message that came as
 * the handle was destroyed still reads it (issue 3154 of Janus, not yet mended in 1.1.2). */
void party_retire(struct party *party);
void parties_release(bool all); /* those retired for long enough */

void party_mark_heard(struct party *party);

/* The party's connection is over: it leaves its seat, and its peer and the watchers are told. */
void party_leave(struct party *party, const char *event);

/* Let the core get rid of the handle, and of its connection if there is one: it does so soon, on a
 * thread of its own, and calls plugin.c for both. */
void party_end(struct party *party);
