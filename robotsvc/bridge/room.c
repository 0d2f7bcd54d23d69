/* room.c - rooms by name, the two seats in each, and who is permitted to take one
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#include "robotsvc/bridge/room.h"

#include <string.h>
#include <utils.h>

static const struct refusal no_room = { 404, "no such room" };
static const struct refusal not_permitted = { 403, "not permitted in this room" };
static const struct refusal all_permitted = { 409, "two other ids are permitted in the room" };
static const struct refusal is_in_use = { 409, "this connection is up already" };
static const struct refusal is_full = { 409, "the room is full" };
static const struct refusal is_gone = { 410, "the handle is gone" };

static janus_mutex table_mutex = JANUS_MUTEX_INITIALIZER;
static GHashTable *rooms;  /* by name; owns one reference to each */
static GHashTable *robots; /* by SSRC, to rooms in the other table; borrowed */

static void free_room(const janus_refcount *ref)
{
    struct room *room = janus_refcount_containerof(ref, struct room, ref);

    janus_mutex_destroy(&room->mutex);
    g_free(room);
}

static void unref_room(gpointer room)
{
    room_unref(room);
}

void room_unref(struct room *room)
{
    if (room)
        janus_refcount_decrease(&room->ref);
}

void rooms_open(void)
{
    rooms = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, unref_room);
    robots = g_hash_table_new(NULL, NULL);
}

/* The table is locked. The seats' references go to the caller. */
static void empty_room(struct room *room, struct party *ret[BRIDGE_SEATS])
{
    janus_mutex_lock(&room->mutex);
    for (int i = 0; i < BRIDGE_SEATS; i++) {
        ret[i] = room->seats[i];
        room->seats[i] = NULL;
    }
    g_hash_table_remove(robots, GUINT_TO_POINTER(room->robot.ssrc));
    janus_mutex_unlock(&room->mutex);
}

void rooms_close(void)
{
    struct party *out[BRIDGE_SEATS];
    GHashTableIter each;
    gpointer room;

    janus_mutex_lock(&table_mutex);
    g_hash_table_iter_init(&each, rooms);
    while (g_hash_table_iter_next(&each, NULL, &room)) {
        empty_room(room, out);
        for (int i = 0; i < BRIDGE_SEATS; i++)
            party_unref(out[i]);
    }
    g_hash_table_destroy(robots);
    g_hash_table_destroy(rooms);
    rooms = robots = NULL;
    janus_mutex_unlock(&table_mutex);
}

/* The table is locked. */
static struct room *find_or_make(const char *name)
{
    struct room *room = g_hash_table_lookup(rooms, name);

    if (room)
        return room;
    room = g_malloc0(sizeof *room);
    g_strlcpy(room->name, name, sizeof room->name);
    janus_mutex_init(&room->mutex);
    janus_refcount_init(&room->ref, free_room);
    g_hash_table_insert(rooms, room->name, room);
    return room;
}

/* Room locked: the place for this id's permit, its own or a free one, or NULL. */
static struct permit *find_permit(struct room *room, const char *id)
{
    struct permit *vacant = NULL;

    for (int i = 0; i < BRIDGE_SEATS; i++) {
        if (strcmp(room->permits[i].id, id) == 0)
            return &room->permits[i];
        if (!*room->permits[i].id)
            vacant = &room->permits[i];
    }
    return vacant;
}

const struct refusal *room_permit(const char *name, const char *id, const char *token)
{
    struct permit *permit;
    struct room *room;

    janus_mutex_lock(&table_mutex);
    room = find_or_make(name);
    janus_mutex_lock(&room->mutex);
    permit = find_permit(room, id);
    if (permit) {
        *permit = (struct permit){ 0 };
        g_strlcpy(permit->id, id, sizeof permit->id);
        g_strlcpy(permit->token, token, sizeof permit->token);
    }
    janus_mutex_unlock(&room->mutex);
    janus_mutex_unlock(&table_mutex);
    return permit ? NULL : &all_permitted;
}

/* Room locked. Compared in a time that does not tell how much of it was right. */
static bool is_permitted(struct room *room, const char *id, const char *token)
{
    const struct permit *permit = find_permit(room, id);
    char given[BRIDGE_TOKEN_MOST + 1] = { 0 };
    unsigned difference = 0;

    if (!permit || !*permit->id)
        return false;
    g_strlcpy(given, token, sizeof given);
    for (size_t at = 0; at < sizeof given; at++)
        difference |= (unsigned)(given[at] ^ permit->token[at]);
    return difference == 0;
}

/* Room locked: the seat for this id, its own or a free one, or -1. */
static int choose_seat(const struct room *room, const char *id)
{
    int vacant = -1;

    for (int i = 0; i < BRIDGE_SEATS; i++) {
        if (room->seats[i] && strcmp(room->seats[i]->id, id) == 0)
            return i;
        if (!room->seats[i] && vacant < 0)
            vacant = i;
    }
    return vacant;
}

/* A join that was sent again, and whose first answer is in use: what comes late changes nothing. */
static bool is_same_join(const struct party *seated, const struct party *party)
{
    return seated && seated->is_up && party->leg[0] && strcmp(seated->leg, party->leg) == 0;
}

/* Table and room locked. The old party's reference goes to the caller. */
static const struct refusal *take_seat(struct room *room, struct party *party, const char *token,
                                       struct room_guests *ret)
{
    int seat;

    if (!is_permitted(room, party->id, token))
        return &not_permitted;
    if ((seat = choose_seat(room, party->id)) < 0)
        return &is_full;
    if (is_same_join(room->seats[seat], party))
        return &is_in_use;
    ret->replaced = room->seats[seat];
    if (ret->replaced)
        ret->replaced->is_up = false;
    ret->peer = room->seats[!seat];
    if (ret->peer)
        party_ref(ret->peer);
    party_ref(party);
    janus_refcount_increase(&room->ref);
    party->seat = seat;
    room->seats[seat] = party;
    party_mark_heard(party);
    party->room = room;
    return NULL;
}

const struct refusal *room_seat(struct party *party, const char *name, const char *token,
                                struct room_guests *ret)
{
    const struct refusal *refusal = &no_room;
    struct room *room;

    *ret = (struct room_guests){ 0 };
    janus_mutex_lock(&table_mutex);
    room = g_hash_table_lookup(rooms, name);
    if (party->is_gone) {
        refusal = &is_gone;
    } else if (room) {
        janus_mutex_lock(&room->mutex);
        refusal = take_seat(room, party, token, ret);
        janus_mutex_unlock(&room->mutex);
    }
    janus_mutex_unlock(&table_mutex);
    return refusal;
}

void room_bar(struct party *party)
{
    janus_mutex_lock(&table_mutex);
    party->is_gone = true;
    janus_mutex_unlock(&table_mutex);
}

bool room_bring_up(struct party *party)
{
    struct room *room = party->room;

    if (!room)
        return false;
    janus_mutex_lock(&room->mutex);
    party->is_up = room->seats[party->seat] == party;
    janus_mutex_unlock(&room->mutex);
    return party->is_up;
}

bool room_unseat(struct party *party, struct party **ret_peer)
{
    struct room *room = party->room;
    bool sat;

    *ret_peer = NULL;
    if (!room)
        return false;
    janus_mutex_lock(&room->mutex);
    party->is_up = false;
    sat = room->seats[party->seat] == party;
    if (sat) {
        room->seats[party->seat] = NULL;
        *ret_peer = room->seats[!party->seat];
        if (*ret_peer)
            party_ref(*ret_peer);
    }
    janus_mutex_unlock(&room->mutex);
    if (sat)
        party_unref(party);
    return sat;
}

static bool is_called(const struct party *party, const char *id, const char *leg)
{
    return strcmp(party->id, id) == 0 && (!leg || strcmp(party->leg, leg) == 0);
}

bool room_find_party(const char *name, const char *id, const char *leg, struct party **ret)
{
    struct room *room;

    *ret = NULL;
    janus_mutex_lock(&table_mutex);
    room = g_hash_table_lookup(rooms, name);
    if (room) {
        janus_mutex_lock(&room->mutex);
        for (int i = 0; i < BRIDGE_SEATS; i++)
            if (room->seats[i] && is_called(room->seats[i], id, leg))
                party_ref(*ret = room->seats[i]);
        janus_mutex_unlock(&room->mutex);
    }
    janus_mutex_unlock(&table_mutex);
    return room != NULL;
}

bool room_close(const char *name, struct party *ret[BRIDGE_SEATS])
{
    struct room *room;

    for (int i = 0; i < BRIDGE_SEATS; i++)
        ret[i] = NULL;
    janus_mutex_lock(&table_mutex);
    room = g_hash_table_lookup(rooms, name);
    if (room) {
        empty_room(room, ret);
        g_hash_table_remove(rooms, name);
    }
    janus_mutex_unlock(&table_mutex);
    return room != NULL;
}

/* The table is locked. */
static uint32_t draw_ssrc(void)
{
    uint32_t ssrc;

    do
        ssrc = janus_random_uint32();
    while (ssrc == 0 || g_hash_table_contains(robots, GUINT_TO_POINTER(ssrc)));
    return ssrc;
}

uint32_t room_set_robot(const char *name, const char *id, const struct sockaddr_in *source)
{
    struct room *room;
    uint32_t ssrc;

    janus_mutex_lock(&table_mutex);
    room = find_or_make(name);
    ssrc = draw_ssrc();
    janus_mutex_lock(&room->mutex);
    g_hash_table_remove(robots, GUINT_TO_POINTER(room->robot.ssrc));
    room->robot = (struct robot){ .ssrc = ssrc, .source = *source };
    g_strlcpy(room->robot.id, id, sizeof room->robot.id);
    g_hash_table_insert(robots, GUINT_TO_POINTER(ssrc), room);
    janus_mutex_unlock(&room->mutex);
    janus_mutex_unlock(&table_mutex);
    return ssrc;
}

bool room_clear_robot(const char *name, const char *id)
{
    struct room *room;

    janus_mutex_lock(&table_mutex);
    room = g_hash_table_lookup(rooms, name);
    if (room) {
        janus_mutex_lock(&room->mutex);
        if (strcmp(room->robot.id, id) == 0) {
            g_hash_table_remove(robots, GUINT_TO_POINTER(room->robot.ssrc));
            room->robot = (struct robot){ 0 };
        }
        janus_mutex_unlock(&room->mutex);
    }
    janus_mutex_unlock(&table_mutex);
    return room != NULL;
}

struct room *room_find_robot(uint32_t ssrc)
{
    struct room *room;

    janus_mutex_lock(&table_mutex);
    room = g_hash_table_lookup(robots, GUINT_TO_POINTER(ssrc));
    if (room)
        janus_refcount_increase(&room->ref);
    janus_mutex_unlock(&table_mutex);
    return room;
}

void rooms_visit(void (*visit)(struct room *room, void *context), void *context)
{
    GHashTableIter each;
    gpointer room;

    janus_mutex_lock(&table_mutex);
    g_hash_table_iter_init(&each, rooms);
    while (g_hash_table_iter_next(&each, NULL, &room))
        visit(room, context);
    janus_mutex_unlock(&table_mutex);
}
