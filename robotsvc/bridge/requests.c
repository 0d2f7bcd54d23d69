/* requests.c - what robotsvc can ask of the plugin
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#include "robotsvc/bridge/requests.h"

#include "robotsvc/bridge/fields.h"
#include "robotsvc/bridge/joins.h"
#include "robotsvc/bridge/notices.h"
#include "robotsvc/bridge/robot_socket.h"
#include "robotsvc/bridge/room.h"

#include <arpa/inet.h>
#include <string.h>

static const struct refusal bad_request = { 400, "no such request" };
static const struct refusal no_room = { 404, "no such room" };
static const struct refusal bad_address = { 400, "ip and port are no IPv4 address" };

static json_t *answer(const struct refusal *refusal)
{
    return refusal ? answer_refusal(refusal) : answer_success();
}

static json_t *watch(struct party *party, json_t *body)
{
    (void)body;
    notices_add_watcher(party);
    return answer_success();
}

static json_t *permit(struct party *party, json_t *body)
{
    struct fields f = fields_read(body);

    (void)party;
    if (!f.are_good || !f.room || !f.id || !f.token)
        return answer_refusal(&bad_field);
    return answer(room_permit(f.room, f.id, f.token));
}

static json_t *kick(struct party *party, json_t *body)
{
    struct fields f = fields_read(body);
    struct party *found;

    (void)party;
    if (!f.are_good || !f.room || !f.id)
        return answer_refusal(&bad_field);
    if (!room_find_party(f.room, f.id, f.leg, &found))
        return answer_refusal(&no_room);
    if (found) {
        party_leave(found, "left");
        party_end(found);
    }
    party_unref(found);
    return answer_success();
}

static bool read_address(json_t *body, struct sockaddr_in *ret)
{
    const char *ip = json_string_value(json_object_get(body, "ip"));
    json_int_t port = json_integer_value(json_object_get(body, "port"));

    *ret = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    return ip && inet_pton(AF_INET, ip, &ret->sin_addr) == 1 && port >= 1 && port <= UINT16_MAX;
}

static json_t *robot(struct party *party, json_t *body)
{
    struct fields f = fields_read(body);
    struct sockaddr_in source;

    (void)party;
    if (!f.are_good || !f.room || !f.id)
        return answer_refusal(&bad_field);
    if (!read_address(body, &source))
        return answer_refusal(&bad_address);
    return json_pack("{s:s,s:I,s:s,s:i}", "dapi", "success", "ssrc",
                     (json_int_t)room_set_robot(f.room, f.id, &source), "ip",
                     robot_socket_address(), "port", robot_socket_port());
}

static json_t *unrobot(struct party *party, json_t *body)
{
    struct fields f = fields_read(body);

    (void)party;
    if (!f.are_good || !f.room || !f.id)
        return answer_refusal(&bad_field);
    return answer(room_clear_robot(f.room, f.id) ? NULL : &no_room);
}

static json_t *describe_party(const struct party *party)
{
    return json_pack("{s:s,s:s,s:s,s:b,s:i,s:b}", "id", party->id, "leg", party->leg, "owner",
                     party->owner, "up", party->is_up, "lines", party->ear_count, "speaking",
                     party->is_speaking);
}

struct listing {
    const char *name; /* of the one room that is asked for, or NULL */
    json_t *rooms;
};

/* The table is locked. */
static void list_room(struct room *room, void *context)
{
    const struct listing *listing = context;
    json_t *parties;

    if (listing->name && strcmp(listing->name, room->name) != 0)
        return;
    parties = json_array();
    janus_mutex_lock(&room->mutex);
    for (int i = 0; i < BRIDGE_SEATS; i++)
        if (room->seats[i])
            json_array_append_new(parties, describe_party(room->seats[i]));
    json_array_append_new(
        listing->rooms,
        json_pack("{s:s,s:o,s:s,s:I,s:I,s:I}", "room", room->name, "parties", parties, "robot",
                  room->robot.id, "robot_packets", (json_int_t)room->robot.packets, "robot_refused",
                  (json_int_t)room->robot.refused, "relayed", (json_int_t)room->relayed));
    janus_mutex_unlock(&room->mutex);
}

static json_t *list(struct party *party, json_t *body)
{
    struct fields f = fields_read(body);
    struct listing listing = { f.room, json_array() };

    (void)party;
    rooms_visit(list_room, &listing);
    return json_pack("{s:s,s:o}", "dapi", "success", "list", listing.rooms);
}

static json_t *destroy(struct party *party, json_t *body)
{
    struct fields f = fields_read(body);
    struct party *out[BRIDGE_SEATS];

    (void)party;
    if (!f.are_good || !f.room)
        return answer_refusal(&bad_field);
    if (!room_close(f.room, out))
        return answer_refusal(&no_room);
    for (int i = 0; i < BRIDGE_SEATS; i++)
        if (out[i]) {
            notice(out[i], "destroyed", out[i]);
            party_end(out[i]);
            party_unref(out[i]);
        }
    return answer_success();
}

// clang-format off
static const struct {
    const char *name;
    json_t *(*answer)(struct party *party, json_t *body);
} requests[] = {
    { "watch",   watch },
    { "permit",  permit },
    { "kick",    kick },
    { "robot",   robot },
    { "unrobot", unrobot },
    { "list",    list },
    { "destroy", destroy },
};
// clang-format on

static json_t *answer_request(struct party *party, const char *name, json_t *body)
{
    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++)
        if (strcmp(requests[i].name, name) == 0)
            return requests[i].answer(party, body);
    return answer_refusal(&bad_request);
}

struct janus_plugin_result *requests_handle(struct party *party, char *transaction, json_t *body,
                                            json_t *jsep)
{
    const char *name = json_string_value(json_object_get(body, "request"));
    json_t *content;

    if (name && strcmp(name, "join") == 0) {
        joins_add(party, transaction, body, jsep);
        return janus_plugin_result_new(JANUS_PLUGIN_OK_WAIT, NULL, NULL);
    }
    content = answer_request(party, name ? name : "", body);
    json_decref(body);
    json_decref(jsep);
    g_free(transaction);
    return janus_plugin_result_new(JANUS_PLUGIN_OK, NULL, content);
}
