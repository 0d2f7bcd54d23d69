/* janus_room.c - ends rooms, when nobody of this process is in them any more */
#include "robotsvc/janus_plane.h"

#include "common/clock.h"
#include "common/memory.h"
#include "robotsvc/copy_text.h"

#include <stdlib.h>
#include <string.h>

enum { RETRY_MS = 1000 };

static bool has_seat(const struct janus_plane *plane, const char *channel)
{
    for (struct list *at = list_first(&plane->seats); at; at = list_after(&plane->seats, at)) {
        const struct media_seat *seat = LIST_MEMBER(at, struct media_seat, entry);

        if (strcmp(seat->channel, channel) == 0)
            return true;
    }
    return false;
}

/* Any answer of the plugin will do: if there is no such room, that is well. */
static void on_room_closed(void *context, int r, const json_t *data)
{
    struct closing *closing = context;
    struct janus_plane *plane = closing->plane;

    (void)data;
    closing->is_asking = false;
    if (r < 0)
        return;
    list_remove(&closing->entry);
    free(closing);
    janus_plane_go_if_done(plane);
}

static void ask_to_close(struct closing *closing)
{
    struct janus_plane *plane = closing->plane;
    json_t *body = json_pack("{s:s, s:s}", "request", "destroy", "room", closing->channel);

    janus_add_secret(body, "secret", plane->options.admin_key);
    closing->is_asking = true;
    janus_send(plane->session, janus_session_control(plane->session), body, on_room_closed,
               closing);
}

void janus_rooms_close_all(struct janus_plane *plane)
{
    if (!janus_session_is_there(plane->session))
        return;
    for (struct list *at = list_first(&plane->closings); at;
         at = list_after(&plane->closings, at)) {
        struct closing *closing = LIST_MEMBER(at, struct closing, entry);

        if (!closing->is_asking && !has_seat(plane, closing->channel))
            ask_to_close(closing);
    }
}

/* For rooms that Janus did not answer about in time. */
static void on_retry(void *context)
{
    struct janus_plane *plane = context;

    janus_rooms_close_all(plane);
    if (!list_is_empty(&plane->closings))
        loop_set_timer(plane->options.loop, &plane->retry, clock_steady_ms() + RETRY_MS, on_retry,
                       plane);
}

void janus_room_close(struct media *media, const char *channel)
{
    struct janus_plane *plane = (struct janus_plane *)media;
    struct closing *closing = must_alloc(1, sizeof *closing);

    closing->plane = plane;
    COPY_TEXT(closing->channel, channel);
    list_append(&plane->closings, &closing->entry);
    on_retry(plane);
}
