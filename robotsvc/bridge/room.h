/* room.h - rooms by name, the two seats in each, and who is permitted to take one
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#pragma once

#include "robotsvc/bridge/bridge.h"

#include <mutex.h>
#include <netinet/in.h>
#include <refcount.h>
#include <rtp.h>

/* One audio m-line of a party: where the relay left off. */
struct leg {
    int payload_type;
    janus_rtp_switching_context context;
};

/* A handle that has joined a room, or may. It lives until the core destroyed the handle and nobody
 * refers to it any more. */
struct party {
    janus_plugin_session *handle; /* referenced */
    struct room *room;            /* set once, by room_seat; referenced */
    char id[BRIDGE_NAME_MOST + 1];
    struct leg legs[BRIDGE_LEGS];
    int leg_count;
    int seat;
    volatile gint is_up;    /* DTLS is done: packets may be relayed to it */
    volatile gint is_gone;  /* the core has destroyed the handle */
    volatile gint heard_at; /* steady seconds when it last sent anything, RTP or RTCP */
    int loudness;           /* smoothed -dBov of its audio, times 16; see speech.h */
    bool is_speaking;
    janus_refcount ref;
};

/* The robot of a room: a stream of plain RTP from one announced address, with one secret SSRC. */
struct robot_leg {
    char id[BRIDGE_NAME_MOST + 1]; /* "" while there is none */
    uint32_t ssrc;
    struct sockaddr_in source;
    int64_t played_at_us;  /* when its last packet was relayed */
    int64_t allowed_at_us; /* rate limit: the virtual time up to which packets were spent */
    uint64_t packets;
    uint64_t refused; /* over the rate */
};

struct permit {
    char id[BRIDGE_NAME_MOST + 1];
    char token[BRIDGE_TOKEN_MOST + 1];
};

struct room {
    char name[BRIDGE_NAME_MOST + 1];
    janus_mutex mutex; /* guards what follows */
    bool is_closed;
    struct party *seats[BRIDGE_SEATS]; /* referenced */
    struct permit permits[BRIDGE_SEATS];
    struct robot_leg robot;
    uint64_t relayed;
    janus_refcount ref;
};

void rooms_open(void);
void rooms_close(void); /* frees every room that nobody sits in */

/* Give a handle that the core just made its party. The core may destroy the handle in one thread
 * while its packets come in on another: so a party is used only with a reference of one's own, from
 * party_of, which is NULL once the handle is detached. A join that still waits then is refused. */
void party_attach(janus_plugin_session *handle);
struct party *party_of(janus_plugin_session *handle);
struct party *party_detach(janus_plugin_session *handle); /* the handle's reference, or NULL */
void party_ref(struct party *party);
void party_unref(struct party *party); /* NULL is fine */

/* The room of that name with a reference for the caller, or NULL; `make`: there always is one. */
struct room *room_find(const char *name, bool make);
void room_unref(struct room *room); /* NULL is fine */

/* Let `id` in with `token` from now on; an earlier token of the id ends. False when other ids hold
 * all permits. */
bool room_permit(struct room *room, const char *id, const char *token);

/* Who sat in the room when something happened to it: references for the caller. */
struct room_guests {
    struct party *peer;     /* sits on the other seat */
    struct party *replaced; /* sat on this one with the same id */
};

/* Seat a party that has no room yet and whose legs are set, in the room of that name. NULL, or why
 * not: no such room, not permitted, gone already. The party's old seat under the same id is taken
 * over. */
const struct refusal *room_seat(struct party *party, const char *name, const char *token,
                                struct room_guests *ret);

/* The party leaves its seat, if it still sits there. *ret_peer gets a reference or NULL. True if it
 * sat. */
bool room_unseat(struct party *party, struct party **ret_peer);

/* Empty the room and forget it. *ret: references to those who sat in it. False if there is no such
 * room. */
bool room_close(const char *name, struct party *ret[BRIDGE_SEATS]);

/* Give the room a robot that sends from `source`, in place of an earlier one; returns its SSRC,
 * which nobody can guess. Or take it away again, if it still is that one. */
uint32_t room_set_robot(struct room *room, const char *id, const struct sockaddr_in *source);
void room_clear_robot(struct room *room, const char *id);

/* The room whose robot has this SSRC, with a reference for the caller, or NULL. */
struct room *room_find_robot(uint32_t ssrc);

/* Call `visit` for each room, with the table locked but not the room. */
void rooms_visit(void (*visit)(struct room *room, void *context), void *context);
