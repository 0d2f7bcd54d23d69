/* room.h - rooms by name, the two seats in each, and who is permitted to take one
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#pragma once

#include "robotsvc/bridge/party.h"

#include <mutex.h>
#include <netinet/in.h>

/* The robot of a room: a stream of plain RTP from one announced address, with one secret SSRC. */
struct robot {
    char id[BRIDGE_NAME_MOST + 1]; /* "" while there is none */
    uint32_t ssrc;
    struct sockaddr_in source;
    int64_t played_at_us;  /* when its last packet was relayed */
    int64_t allowed_at_us; /* rate limit: the virtual time up to which packets were spent */
    uint64_t packets;
    uint64_t refused; /* with the SSRC, but from elsewhere or over the rate */
};

struct permit {
    char id[BRIDGE_NAME_MOST + 1]; /* "" while it is free */
    char token[BRIDGE_TOKEN_MOST + 1];
};

struct room {
    char name[BRIDGE_NAME_MOST + 1];
    janus_mutex mutex;                 /* guards what follows */
    struct party *seats[BRIDGE_SEATS]; /* referenced */
    struct permit permits[BRIDGE_SEATS];
    struct robot robot;
    uint64_t relayed;
    janus_refcount ref;
};

void rooms_open(void);
void rooms_close(void); /* empties and forgets them all */

void room_unref(struct room *room); /* NULL is fine */

/* Let `id` into the room, which is made if there is none, with `token` from now on; an earlier
 * token of the id ends. NULL, or why not: other ids hold all permits. */
const struct refusal *room_permit(const char *name, const char *id, const char *token);

/* Who sat in the room when something happened to it: references for the caller. */
struct room_guests {
    struct party *peer;     /* sits on the other seat */
    struct party *replaced; /* sat on this one with the same id */
};

/* Seat a party that has no room yet. NULL, or why not: no such room, not permitted, gone already.
 * Its id's old connection loses the seat to it. */
const struct refusal *room_seat(struct party *party, const char *name, const char *token,
                                struct room_guests *ret);

/* The party's handle is being destroyed: it is seated no more. */
void room_bar(struct party *party);

/* The party's media is there: packets may be relayed to it. False if it does not sit any more. */
bool room_bring_up(struct party *party);

/* The party leaves its seat, if it still sits there. *ret_peer gets a reference or NULL. True if it
 * sat. */
bool room_unseat(struct party *party, struct party **ret_peer);

/* Who sits in the room with that id, and on that connection unless `leg` is NULL: a reference in
 * *ret, or NULL. False if there is no such room. */
bool room_find_party(const char *name, const char *id, const char *leg, struct party **ret);

/* Empty the room and forget it. *ret: references to those who sat in it. False if there is no such
 * room. */
bool room_close(const char *name, struct party *ret[BRIDGE_SEATS]);

/* Give the room, which is made if there is none, a robot that sends from `source`, in place of an
 * earlier one: returns its SSRC, which nobody can guess. */
uint32_t room_set_robot(const char *name, const char *id, const struct sockaddr_in *source);

/* Take the robot away, if it still is that one. False if there is no such room. */
bool room_clear_robot(const char *name, const char *id);

/* The room whose robot has this SSRC, with a reference for the caller, or NULL. */
struct room *room_find_robot(uint32_t ssrc);

/* Call `visit` for each room, with the table locked but not the room. */
void rooms_visit(void (*visit)(struct room *room, void *context), void *context);
