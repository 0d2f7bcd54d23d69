/* janus_seat.c - a robot's place in an AudioBridge room, from its handle to the end of it */
#include "robotsvc/janus_plane.h"

#include "common/clock.h"
#include "common/memory.h"
#include "robotsvc/copy_text.h"

#include <stdlib.h>
#include <string.h>

enum {
    OPUS_PAYLOAD_TYPE = 111,
    ROOM_EXISTS = 486, /* error_code of AudioBridge */
    /* What Janus and the listener still hold when the last packet has had its time. */
    TAIL_MS = 200,
    /* Janus 1.1.2 may crash when a participant goes while its packets still come. */
    SILENCE_MS = 100,
};

static void free_seat(struct media_seat *seat)
{
    struct janus_plane *plane = seat->plane;

    list_remove(&seat->entry);
    loop_clear_timer(plane->options.loop, &seat->timer);
    free(seat);
    janus_rooms_close_all(plane);
    janus_plane_go_if_done(plane);
}

static void on_detached(void *context, int r, const json_t *data)
{
    (void)r;
    (void)data;
    free_seat(context);
}

static void go_on_leaving(struct media_seat *seat)
{
    uint64_t handle = seat->handle;

    if (seat->is_asking || seat->stream)
        return;
    seat->handle = 0;
    if (!handle) {
        free_seat(seat);
        return;
    }
    seat->is_asking = true;
    janus_detach(seat->plane->session, handle, on_detached, seat);
}

static void tell_lost(struct media_seat *seat)
{
    if (seat->is_leaving) {
        go_on_leaving(seat);
    } else if (!seat->is_lost) {
        seat->is_lost = true;
        seat->watcher->on_lost(seat->context);
    }
}

/* The answer of a step is here. False: the next one is not to be taken. */
static bool may_go_on(struct media_seat *seat, int r, bool is_good)
{
    seat->is_asking = false;
    if (r == 0 && is_good && !seat->is_leaving)
        return true;
    tell_lost(seat);
    return false;
}

static void take_participants(struct media_seat *seat, const json_t *data)
{
    const json_t *participant;
    size_t i;

    json_array_foreach (json_object_get(data, "participants"), i, participant) {
        if (json_is_true(json_object_get(participant, "setup")))
            seat->has_listener = true;
    }
}

static int read_target(const json_t *data, struct rtp_target *ret)
{
    const json_t *rtp = json_object_get(data, "rtp");
    const char *ip = json_string_value(json_object_get(rtp, "ip"));

    return rtp_target_from(ip ? ip : "", json_integer_value(json_object_get(rtp, "port")),
                           OPUS_PAYLOAD_TYPE, ret);
}

static void on_join_answered(void *context, int r, const json_t *data)
{
    struct media_seat *seat = context;

    if (!may_go_on(seat, r, r == 0 && read_target(data, &seat->target) == 0))
        return;
    seat->is_joined = true;
    take_participants(seat, data);
    seat->watcher->on_joined(seat->context);
    if (seat->has_listener && !seat->is_leaving)
        seat->watcher->on_listener(seat->context);
}

static void join_room(struct media_seat *seat)
{
    seat->is_asking = true;
    janus_send(seat->plane->session, seat->handle,
               json_pack("{s:s, s:s, s:s, s:s, s:{s:i}}", "request", "join", "room", seat->channel,
                         "id", seat->robot_id, "token", seat->token, "rtp", "payload_type",
                         OPUS_PAYLOAD_TYPE),
               on_join_answered, seat);
}

static void on_token_added(void *context, int r, const json_t *data)
{
    if (may_go_on(context, r, r == 0 && janus_error_code(data) == 0))
        join_room(context);
}

static void add_token(struct media_seat *seat)
{
    struct janus_session *session = seat->plane->session;
    json_t *body = json_pack("{s:s, s:s, s:s, s:[s]}", "request", "allowed", "action", "add",
                             "room", seat->channel, "allowed", seat->token);

    janus_add_secret(body, "secret", seat->plane->options.admin_key);
    seat->is_asking = true;
    janus_send(session, janus_session_control(session), body, on_token_added, seat);
}

static void on_room_made(void *context, int r, const json_t *data)
{
    int code = janus_error_code(data);

    if (!may_go_on(context, r, code == 0 || code == ROOM_EXISTS))
        return;
    if (code == ROOM_EXISTS)
        add_token(context);
    else
        join_room(context);
}

/* The list of tokens is there from the start: a room without one lets everybody in. */
static void make_room(struct media_seat *seat)
{
    struct janus_session *session = seat->plane->session;
    json_t *body =
        json_pack("{s:s, s:s, s:b, s:i, s:i, s:b, s:[s]}", "request", "create", "room",
                  seat->channel, "permanent", 0, "sampling_rate", OPUS_RATE, "default_prebuffering",
                  2, "allow_rtp_participants", 1, "allowed", seat->token);

    janus_add_secret(body, "admin_key", seat->plane->options.admin_key);
    janus_add_secret(body, "secret", seat->plane->options.admin_key);
    seat->is_asking = true;
    janus_send(session, janus_session_control(session), body, on_room_made, seat);
}

static void on_attached(void *context, int r, uint64_t handle)
{
    struct media_seat *seat = context;

    seat->handle = handle;
    if (may_go_on(seat, r, handle != 0))
        make_room(seat);
}

struct media_seat *janus_seat_join(struct media *media, const char *channel, const char *robot_id,
                                   const struct media_watcher *watcher, void *context)
{
    struct janus_plane *plane = (struct janus_plane *)media;
    struct media_seat *seat = must_alloc(1, sizeof *seat);

    seat->plane = plane;
    COPY_TEXT(seat->channel, channel);
    COPY_TEXT(seat->robot_id, robot_id);
    random_text(seat->token, JANUS_TOKEN_LENGTH);
    seat->watcher = watcher;
    seat->context = context;
    seat->is_asking = true;
    list_append(&plane->seats, &seat->entry);
    janus_attach(plane->session, on_attached, seat);
    return seat;
}

static void on_tail_over(void *context)
{
    struct media_seat *seat = context;

    seat->watcher->on_played(seat->context);
}

static void on_silence_over(void *context)
{
    go_on_leaving(context);
}

static void on_stream_ended(void *context, bool is_whole)
{
    struct media_seat *seat = context;

    seat->stream = NULL;
    if (seat->is_leaving)
        loop_set_timer(seat->plane->options.loop, &seat->timer, clock_steady_ms() + SILENCE_MS,
                       on_silence_over, seat);
    else if (is_whole && !seat->is_lost)
        loop_set_timer(seat->plane->options.loop, &seat->timer, clock_steady_ms() + TAIL_MS,
                       on_tail_over, seat);
}

void janus_seat_play(struct media_seat *seat, const struct recording *recording)
{
    if (seat->is_joined && !seat->is_lost && !seat->stream)
        seat->stream =
            pacer_play(seat->plane->pacer, recording, &seat->target, on_stream_ended, seat);
}

void janus_seat_leave(struct media_seat *seat)
{
    seat->is_leaving = true;
    loop_clear_timer(seat->plane->options.loop, &seat->timer);
    if (seat->stream)
        pacer_stop(seat->stream);
    else
        go_on_leaving(seat);
}

static bool is_end_of_seat(const char *kind, const json_t *data)
{
    const char *what = json_string_value(json_object_get(data, "audiobridge"));

    return strcmp(kind, "hangup") == 0 || strcmp(kind, "detached") == 0 ||
           (what && strcmp(what, "destroyed") == 0);
}

void janus_seat_take_event(struct media_seat *seat, const char *kind, const json_t *data)
{
    bool had_listener = seat->has_listener;

    if (seat->is_leaving || seat->is_lost)
        return;
    if (is_end_of_seat(kind, data)) {
        if (seat->stream)
            pacer_stop(seat->stream);
        tell_lost(seat);
        return;
    }
    take_participants(seat, data);
    if (seat->is_joined && seat->has_listener && !had_listener)
        seat->watcher->on_listener(seat->context);
}

void janus_seat_lose(struct media_seat *seat)
{
    seat->handle = 0;
    if (seat->stream)
        pacer_stop(seat->stream);
    if (!seat->is_leaving)
        tell_lost(seat);
}
