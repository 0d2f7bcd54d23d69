/* room.c - rooms by name, the two seats in each, and who is permitted to take one
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#include "robotsvc/bridge/room.h"

#include <string.h>
#include <utils.h>

static const struct refusal no_room = { 404, "no such room" };
static const struct refusal not_permitted = { 403, "not permitted in this room" };
static const struct refusal is_full = { 409, "the room is full" };
static const struct refusal is_gone = { 410, "the handle is gone" };

static janus_mutex table_mutex = JANUS_MUTEX_INITIALIZER;
static janus_mutex handles_mutex =
    JANUS_MUTEX_INITIALIZER; /* guards every handle's plugin_handle */
static GHashTable *rooms;    /* by name; owns one reference to each */
static GHashTable *robots;   /* by SSRC, to rooms in the other table; borrowed */

static void free_room(const janus_refcount *ref)
{
    struct room *room = janus_refcount_containerof(ref, struct room, ref);

    janus_mutex_destroy(&room->mutex);
    g_free(room);
}

static void free_party(const janus_refcount *ref)
{
    struct party *party = janus_refcount_containerof(ref, struct party, ref);

    room_unref(party->room);
    janus_refcount_decrease(&party->handle->ref);
    g_free(party);
}

static void unref_room(gpointer room)
{
    room_unref(room);
}

void rooms_open(void)
{
    rooms = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, unref_room);
    robots = g_hash_table_new(NULL, NULL);
}

void rooms_close(void)
{
    janus_mutex_lock(&table_mutex);
    g_hash_table_destroy(robots);
    g_hash_table_destroy(rooms);
    rooms = robots = NULL;
    janus_mutex_unlock(&table_mutex);
}

void party_attach(janus_plugin_session *handle)
{
    struct party *party = g_malloc0(sizeof *party);

    janus_refcount_increase(&handle->ref);
    party->handle = handle;
    janus_refcount_init(&party->ref, free_party);
    handle->plugin_handle = party;
}

struct party *party_of(janus_plugin_session *handle)
{
    struct party *party;

    janus_mutex_lock(&handles_mutex);
    party = handle->plugin_handle;
    if (party)
        party_ref(party);
    janus_mutex_unlock(&handles_mutex);
    return party;
}

struct party *party_detach(janus_plugin_session *handle)
{
    struct party *party;

    janus_mutex_lock(&handles_mutex);
    party = handle->plugin_handle;
    handle->plugin_handle = NULL;
    janus_mutex_unlock(&handles_mutex);
    if (party) {
        janus_mutex_lock(&table_mutex);
        g_atomic_int_set(&party->is_gone, 1);
        janus_mutex_unlock(&table_mutex);
    }
    return party;
}

void party_ref(struct party *party)
{
    janus_refcount_increase(&party->ref);
}

void party_unref(struct party *party)
{
    if (party)
        janus_refcount_decrease(&party->ref);
}

void room_unref(struct room *room)
{
    if (room)
        janus_refcount_decrease(&room->ref);
}

/* The table is locked. */
static struct room *make_room(const char *name)
{
    struct room *room = g_malloc0(sizeof *room);

    g_strlcpy(room->name, name, sizeof room->name);
    janus_mutex_init(&room->mutex);
    janus_refcount_init(&room->ref, free_room);
    g_hash_table_insert(rooms, room->name, room);
    return room;
}

struct room *room_find(const char *name, bool make)
{
    struct room *room;

    janus_mutex_lock(&table_mutex);
    room = g_hash_table_lookup(rooms, name);
    if (!room && make)
        room = make_room(name);
    if (room)
        janus_refcount_increase(&room->ref);
    janus_mutex_unlock(&table_mutex);
    return room;
}

/* The place for this id's permit: its own, or a free one. */
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

bool room_permit(struct room *room, const char *id, const char *token)
{
    struct permit *permit;

    janus_mutex_lock(&room->mutex);
    permit = find_permit(room, id);
    if (permit) {
        g_strlcpy(permit->id, id, sizeof permit->id);
        g_strlcpy(permit->token, token, sizeof permit->token);
    }
    janus_mutex_unlock(&room->mutex);
    return permit != NULL;
}

/* Compared in a time that does not tell how much of it was right. */
static bool is_permitted(const struct room *room, const char *id, const char *token)
{
    char given[BRIDGE_TOKEN_MOST + 1] = { 0 };
    unsigned difference = 0;

    g_strlcpy(given, token, sizeof given);
    for (int i = 0; i < BRIDGE_SEATS; i++) {
        const struct permit *permit = &room->permits[i];

        if (!*permit->id || strcmp(permit->id, id) != 0)
            continue;
        for (size_t at = 0; at < sizeof given; at++)
            difference |= (unsigned)(given[at] ^ permit->token[at]);
        return difference == 0 && *given != '\0';
    }
    return false;
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

/* Table and room locked. The old party's reference goes to the caller. */
static const struct refusal *take_seat(struct room *room, struct party *party, const char *token,
                                       struct room_guests *ret)
{
    int seat;

    if (room->is_closed)
        return &no_room;
    if (!is_permitted(room, party->id, token))
        return &not_permitted;
    if ((seat = choose_seat(room, party->id)) < 0)
        return &is_full;
    ret->replaced = room->seats[seat];
    ret->peer = room->seats[!seat];
    if (ret->peer)
        party_ref(ret->peer);
    party_ref(party);
    janus_refcount_increase(&room->ref);
    party->seat = seat;
    room->seats[seat] = party;
    g_atomic_int_set(&party->heard_at, (gint)(janus_get_monotonic_time() / G_USEC_PER_SEC));
    g_atomic_pointer_set(&party->room, room);
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
    if (g_atomic_int_get(&party->is_gone)) {
        refusal = &is_gone;
    } else if (room) {
        janus_mutex_lock(&room->mutex);
        refusal = take_seat(room, party, token, ret);
        janus_mutex_unlock(&room->mutex);
    }
    janus_mutex_unlock(&table_mutex);
    return refusal;
}

bool room_unseat(struct party *party, struct party **ret_peer)
{
    struct room *room = g_atomic_pointer_get(&party->room);
    bool sat;

    *ret_peer = NULL;
    g_atomic_int_set(&party->is_up, 0);
    if (!room)
        return false;
    janus_mutex_lock(&room->mutex);
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

bool room_close(const char *name, struct party *ret[BRIDGE_SEATS])
{
    struct room *room;

    memset(ret, 0, BRIDGE_SEATS * sizeof *ret);
    janus_mutex_lock(&table_mutex);
    room = g_hash_table_lookup(rooms, name);
    if (room) {
        janus_mutex_lock(&room->mutex);
        room->is_closed = true;
        for (int i = 0; i < BRIDGE_SEATS; i++) {
            ret[i] = room->seats[i];
            room->seats[i] = NULL;
        }
        g_hash_table_remove(robots, GUINT_TO_POINTER(room->robot.ssrc));
        janus_mutex_unlock(&room->mutex);
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

uint32_t room_set_robot(struct room *room, const char *id, const struct sockaddr_in *source)
{
    uint32_t ssrc;

    janus_mutex_lock(&table_mutex);
    janus_mutex_lock(&room->mutex);
    g_hash_table_remove(robots, GUINT_TO_POINTER(room->robot.ssrc));
    ssrc = draw_ssrc();
    room->robot = (struct robot_leg){ .ssrc = ssrc, .source = *source };
    g_strlcpy(room->robot.id, id, sizeof room->robot.id);
    if (!room->is_closed)
        g_hash_table_insert(robots, GUINT_TO_POINTER(ssrc), room);
    janus_mutex_unlock(&room->mutex);
    janus_mutex_unlock(&table_mutex);
    return ssrc;
}

void room_clear_robot(struct room *room, const char *id)
{
    janus_mutex_lock(&table_mutex);
    janus_mutex_lock(&room->mutex);
    if (strcmp(room->robot.id, id) == 0) {
        g_hash_table_remove(robots, GUINT_TO_POINTER(room->robot.ssrc));
        room->robot = (struct robot_leg){ 0 };
    }
    janus_mutex_unlock(&room->mutex);
    janus_mutex_unlock(&table_mutex);
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
