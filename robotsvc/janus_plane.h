/* janus_plane.h - the inside of media_janus: what its files share */
#pragma once

#include "common/text.h"
#include "robotsvc/janus_session.h"
#include "robotsvc/list.h"
#include "robotsvc/media_janus.h"
#include "robotsvc/pacer.h"

enum { JANUS_TOKEN_LENGTH = 32 };

struct media_seat {
    struct list entry;
    struct janus_plane *plane;
    char channel[CHANNEL_MOST + 1];
    char robot_id[ROBOT_ID_MOST + 1];
    char token[JANUS_TOKEN_LENGTH + 1];
    const struct media_watcher *watcher;
    void *context;
    uint64_t handle;
    bool is_asking; /* an answer of Janus is on its way */
    bool is_joined;
    bool has_listener;
    bool is_lost;
    bool is_leaving;
    struct rtp_target target;
    struct pacer_stream *stream;
    struct loop_timer timer; /* the tail; the silence before leaving */
};

/* A room that must end. */
struct closing {
    struct list entry;
    struct janus_plane *plane;
    char channel[CHANNEL_MOST + 1];
    bool is_asking;
};

struct janus_plane {
    struct media media; /* first: it is what others hold */
    struct media_janus_options options;
    struct janus_session *session;
    struct pacer *pacer;
    struct list seats;
    struct list closings;
    struct loop_timer retry;
    bool is_closing;
};

/* What Janus refused, as AudioBridge numbers it; 0 if it did not. */
int janus_error_code(const json_t *data);

/* Add a secret to a request, if there is one. */
void janus_add_secret(json_t *body, const char *key, const char *secret);

/* The process ends, and all that had to be done is done: end the session. */
void janus_plane_go_if_done(struct janus_plane *plane);

/* janus_seat.c */
struct media_seat *janus_seat_join(struct media *media, const char *channel, const char *robot_id,
                                   const struct media_watcher *watcher, void *context);
void janus_seat_play(struct media_seat *seat, const struct recording *recording);
void janus_seat_leave(struct media_seat *seat);
/* An event of the seat's handle. */
void janus_seat_take_event(struct media_seat *seat, const char *kind, const json_t *data);
/* The session is lost, and the seat's handle with it. */
void janus_seat_lose(struct media_seat *seat);

/* janus_room.c */
void janus_room_close(struct media *media, const char *channel);
/* Try again to close what could not be closed before. */
void janus_rooms_close_all(struct janus_plane *plane);
