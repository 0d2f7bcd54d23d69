/* media_janus.c - Janus as the media plane: a session, the seats and the rooms that hang on it */
#include "robotsvc/media_janus.h"

#include "common/memory.h"
#include "robotsvc/janus_plane.h"

#include <stdlib.h>

int janus_error_code(const json_t *data)
{
    return (int)json_integer_value(json_object_get(data, "error_code"));
}

void janus_add_secret(json_t *body, const char *key, const char *secret)
{
    if (secret[0])
        json_object_set_new(body, key, json_string(secret));
}

void janus_plane_go_if_done(struct janus_plane *plane)
{
    bool is_done = list_is_empty(&plane->seats) && list_is_empty(&plane->closings);

    if (plane->is_closing && (is_done || !janus_session_is_there(plane->session)))
        janus_session_begin_close(plane->session);
}

static struct media_seat *find_seat(const struct janus_plane *plane, uint64_t handle)
{
    for (struct list *at = list_first(&plane->seats); at; at = list_after(&plane->seats, at)) {
        struct media_seat *seat = LIST_MEMBER(at, struct media_seat, entry);

        if (seat->handle == handle)
            return seat;
    }
    return NULL;
}

static void on_event(void *context, uint64_t handle, const char *kind, const json_t *data)
{
    struct media_seat *seat = find_seat(context, handle);

    if (seat)
        janus_seat_take_event(seat, kind, data);
}

/* Who is told so leaves at once: nobody else does. */
static void lose_all_seats(struct janus_plane *plane)
{
    struct list *at = list_first(&plane->seats);

    while (at) {
        struct media_seat *seat = LIST_MEMBER(at, struct media_seat, entry);

        at = list_after(&plane->seats, at);
        janus_seat_lose(seat);
    }
}

static void on_change(void *context, bool is_there)
{
    struct janus_plane *plane = context;

    if (is_there)
        janus_rooms_close_all(plane);
    else
        lose_all_seats(plane);
    janus_plane_go_if_done(plane);
    plane->options.on_change(plane->options.context, is_there);
}

static bool is_there(const struct media *media)
{
    return janus_session_is_there(((const struct janus_plane *)media)->session);
}

static void begin_close(struct media *media)
{
    struct janus_plane *plane = (struct janus_plane *)media;

    plane->is_closing = true;
    janus_plane_go_if_done(plane);
}

static bool has_work(const struct media *media)
{
    const struct janus_plane *plane = (const struct janus_plane *)media;

    return !plane->is_closing || !janus_session_is_closed(plane->session);
}

static struct media *free_plane(struct media *media)
{
    struct janus_plane *plane = (struct janus_plane *)media;
    struct list *first;

    loop_clear_timer(plane->options.loop, &plane->retry);
    pacer_free(plane->pacer);
    janus_session_free(plane->session);
    while ((first = list_take_first(&plane->seats)) != NULL) {
        struct media_seat *seat = LIST_MEMBER(first, struct media_seat, entry);

        loop_clear_timer(plane->options.loop, &seat->timer);
        free(seat);
    }
    while ((first = list_take_first(&plane->closings)) != NULL)
        free(LIST_MEMBER(first, struct closing, entry));
    free(plane);
    return NULL;
}

static const struct media_plane janus_functions = {
    .is_there = is_there,
    .join = janus_seat_join,
    .play = janus_seat_play,
    .leave = janus_seat_leave,
    .close_room = janus_room_close,
    .begin_close = begin_close,
    .has_work = has_work,
    .free = free_plane,
};

static int open_session(struct janus_plane *plane)
{
    struct janus_session_options options = {
        .loop = plane->options.loop,
        .url = plane->options.url,
        .api_secret = plane->options.api_secret,
        .plugin = "janus.plugin.audiobridge",
        .on_change = on_change,
        .on_event = on_event,
        .context = plane,
    };

    return janus_session_open(&options, &plane->session);
}

int media_janus_open(const struct media_janus_options *options, struct media **ret)
{
    struct janus_plane *plane = must_alloc(1, sizeof *plane);
    int r;

    plane->media.plane = &janus_functions;
    plane->options = *options;
    list_init(&plane->seats);
    list_init(&plane->closings);
    r = pacer_open(options->loop, options->rtp_address, &plane->pacer);
    if (r == 0)
        r = open_session(plane);
    if (r < 0) {
        free_plane(&plane->media);
        return r;
    }
    *ret = &plane->media;
    return 0;
}
