/* requests.c - what robotsvc can ask of the plugin
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#include "robotsvc/bridge/requests.h"

#include "robotsvc/bridge/answer.h"
#include "robotsvc/bridge/notices.h"
#include "robotsvc/bridge/robot_socket.h"

#include <arpa/inet.h>
#include <string.h>
#include <utils.h>

static const struct refusal bad_request = { 400, "no such request" };
static const struct refusal bad_field = { 400, "a field is missing, empty or too long" };
static const struct refusal has_joined = { 409, "this handle has joined already" };
static const struct refusal no_offer = { 400, "join needs an offer" };
static const struct refusal no_room = { 404, "no such room" };
static const struct refusal is_full = { 409, "two other ids are permitted in the room" };
static const struct refusal bad_address = { 400, "ip and port are no IPv4 address" };

/* A join that waits for its thread. */
struct join {
    struct party *party; /* NULL: the thread is to end */
    char *transaction;
    json_t *body;
    json_t *jsep;
};

static GAsyncQueue *joins;
static GThread *join_thread;

/* The fields of a request, checked. */
struct fields {
    const char *room;
    const char *id;
    const char *token;
};

static const char *text_of(json_t *body, const char *name, size_t most)
{
    const char *text = json_string_value(json_object_get(body, name));

    return text && *text && strlen(text) <= most ? text : NULL;
}

static struct fields read_fields(json_t *body)
{
    return (struct fields){
        .room = text_of(body, "room", BRIDGE_NAME_MOST),
        .id = text_of(body, "id", BRIDGE_NAME_MOST),
        .token = text_of(body, "token", BRIDGE_TOKEN_MOST),
    };
}

static json_t *success(void)
{
    return json_pack("{s:s}", "dapi", "success");
}

static json_t *failure(const struct refusal *refusal)
{
    return json_pack("{s:s,s:i,s:s}", "dapi", "error", "error_code", refusal->code, "error",
                     refusal->text);
}

static json_t *watch(struct party *party, json_t *body)
{
    (void)body;
    notices_add_watcher(party);
    return success();
}

static json_t *permit(struct party *party, json_t *body)
{
    struct fields f = read_fields(body);
    struct room *room;
    bool permitted;

    (void)party;
    if (!f.room || !f.id || !f.token)
        return failure(&bad_field);
    room = room_find(f.room, true);
    permitted = room_permit(room, f.id, f.token);
    room_unref(room);
    return permitted ? success() : failure(&is_full);
}

static json_t *kick(struct party *party, json_t *body)
{
    struct fields f = read_fields(body);
    struct party *found = NULL;
    struct room *room;

    (void)party;
    if (!f.room || !f.id)
        return failure(&bad_field);
    if (!(room = room_find(f.room, false)))
        return failure(&no_room);
    janus_mutex_lock(&room->mutex);
    for (int i = 0; i < BRIDGE_SEATS; i++)
        if (room->seats[i] && strcmp(room->seats[i]->id, f.id) == 0)
            party_ref(found = room->seats[i]);
    janus_mutex_unlock(&room->mutex);
    if (found)
        requests_hang_up(found, "left");
    party_unref(found);
    room_unref(room);
    return success();
}

static json_t *robot(struct party *party, json_t *body)
{
    struct fields f = read_fields(body);
    const char *ip = text_of(body, "ip", INET_ADDRSTRLEN);
    json_int_t port = json_integer_value(json_object_get(body, "port"));
    struct sockaddr_in source = { .sin_family = AF_INET };
    struct room *room;
    uint32_t ssrc;

    (void)party;
    if (!f.room || !f.id)
        return failure(&bad_field);
    if (!ip || inet_pton(AF_INET, ip, &source.sin_addr) != 1 || port < 1 || port > UINT16_MAX)
        return failure(&bad_address);
    source.sin_port = htons((uint16_t)port);
    room = room_find(f.room, true);
    ssrc = room_set_robot(room, f.id, &source);
    room_unref(room);
    return json_pack("{s:s,s:I,s:s,s:i}", "dapi", "success", "ssrc", (json_int_t)ssrc, "ip",
                     robot_socket_address(), "port", robot_socket_port());
}

static json_t *unrobot(struct party *party, json_t *body)
{
    struct fields f = read_fields(body);
    struct room *room;

    (void)party;
    if (!f.room || !f.id)
        return failure(&bad_field);
    if (!(room = room_find(f.room, false)))
        return failure(&no_room);
    room_clear_robot(room, f.id);
    room_unref(room);
    return success();
}

/* The table is locked. */
static void list_room(struct room *room, void *list)
{
    json_t *parties = json_array();

    janus_mutex_lock(&room->mutex);
    for (int i = 0; i < BRIDGE_SEATS; i++)
        if (room->seats[i])
            json_array_append_new(parties, json_pack("{s:s,s:b,s:i,s:b}", "id", room->seats[i]->id,
                                                     "up", g_atomic_int_get(&room->seats[i]->is_up),
                                                     "lines", room->seats[i]->leg_count, "speaking",
                                                     room->seats[i]->is_speaking));
    json_array_append_new(list, json_pack("{s:s,s:o,s:s,s:I,s:I,s:I}", "room", room->name,
                                          "parties", parties, "robot", room->robot.id,
                                          "robot_packets", (json_int_t)room->robot.packets,
                                          "robot_refused", (json_int_t)room->robot.refused,
                                          "relayed", (json_int_t)room->relayed));
    janus_mutex_unlock(&room->mutex);
}

static json_t *list(struct party *party, json_t *body)
{
    json_t *all = json_array();

    (void)party;
    (void)body;
    rooms_visit(list_room, all);
    return json_pack("{s:s,s:o}", "dapi", "success", "list", all);
}

static json_t *destroy(struct party *party, json_t *body)
{
    struct fields f = read_fields(body);
    struct party *out[BRIDGE_SEATS];

    (void)party;
    if (!f.room)
        return failure(&bad_field);
    if (!room_close(f.room, out))
        return failure(&no_room);
    for (int i = 0; i < BRIDGE_SEATS; i++)
        if (out[i]) {
            notice(out[i], "destroyed", f.room, out[i]->id);
            bridge_core->close_pc(out[i]->handle);
            party_unref(out[i]);
        }
    return success();
}

/* Take the seat and make the answer: what the party is told. */
static json_t *join(const struct join *j, json_t **ret_answer)
{
    struct fields f = read_fields(j->body);
    const char *type = json_string_value(json_object_get(j->jsep, "type"));
    const char *offer = json_string_value(json_object_get(j->jsep, "sdp"));
    const struct refusal *refusal;
    struct room_guests guests;
    char *sdp = NULL;

    if (g_atomic_pointer_get(&j->party->room))
        return failure(&has_joined);
    if (!f.room || !f.id || !f.token)
        return failure(&bad_field);
    if (!type || strcmp(type, "offer") != 0 || !offer)
        return failure(&no_offer);
    if ((refusal = answer_offer(j->party, offer, &sdp)))
        return failure(refusal);
    g_strlcpy(j->party->id, f.id, sizeof j->party->id);
    refusal = room_seat(j->party, f.room, f.token, &guests);
    if (!refusal) {
        *ret_answer = json_pack("{s:s,s:s}", "type", "answer", "sdp", sdp);
        notice(guests.peer, "joined", f.room, f.id);
        if (guests.replaced) {
            notice(guests.replaced, "replaced", f.room, f.id);
            bridge_core->close_pc(guests.replaced->handle);
        }
        party_unref(guests.peer);
        party_unref(guests.replaced);
    }
    g_free(sdp);
    return refusal ? failure(refusal) : success();
}

/* push_event with an answer waits for ICE candidates, so it happens in a thread of its own. */
static gpointer run_joins(gpointer unused)
{
    (void)unused;
    for (bool runs = true; runs;) {
        struct join *j = g_async_queue_pop(joins);
        json_t *answer = NULL;
        json_t *told;

        runs = j->party != NULL;
        if (runs && !g_atomic_int_get(&j->party->is_gone)) {
            told = join(j, &answer);
            notice_answer(j->party, j->transaction, told, answer);
        }
        party_unref(j->party);
        json_decref(j->body);
        json_decref(j->jsep);
        g_free(j->transaction);
        g_free(j);
    }
    return NULL;
}

void requests_open(void)
{
    joins = g_async_queue_new();
    join_thread = g_thread_new("dapi joins", run_joins, NULL);
}

void requests_close(void)
{
    g_async_queue_push(joins, g_malloc0(sizeof(struct join)));
    g_thread_join(join_thread);
    g_async_queue_unref(joins);
}

static const struct {
    const char *name;
    json_t *(*answer)(struct party *party, json_t *body);
} requests[] = {
    {"watch",    watch  },
    { "permit",  permit },
    { "kick",    kick   },
    { "robot",   robot  },
    { "unrobot", unrobot},
    { "list",    list   },
    { "destroy", destroy},
};

static json_t *answer_request(struct party *party, const char *name, json_t *body)
{
    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++)
        if (strcmp(requests[i].name, name) == 0)
            return requests[i].answer(party, body);
    return failure(&bad_request);
}

struct janus_plugin_result *requests_handle(struct party *party, char *transaction, json_t *body,
                                            json_t *jsep)
{
    const char *name = json_string_value(json_object_get(body, "request"));
    json_t *answer;

    if (name && strcmp(name, "join") == 0) {
        struct join *j = g_malloc0(sizeof *j);

        party_ref(party);
        *j = (struct join){ party, transaction, body, jsep };
        g_async_queue_push(joins, j);
        return janus_plugin_result_new(JANUS_PLUGIN_OK_WAIT, NULL, NULL);
    }
    answer = answer_request(party, name ? name : "", body);
    json_decref(body);
    json_decref(jsep);
    g_free(transaction);
    return janus_plugin_result_new(JANUS_PLUGIN_OK, NULL, answer);
}

void requests_hang_up(struct party *party, const char *event)
{
    requests_leave(party, event);
    bridge_core->close_pc(party->handle);
}

void requests_leave(struct party *party, const char *event)
{
    struct party *peer;

    if (!room_unseat(party, &peer))
        return;
    notice(peer, event, party->room->name, party->id);
    party_unref(peer);
}
