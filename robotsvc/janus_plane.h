/* janus_plane.h - the inside of media_janus: what its files share */
#pragma once

#include "common/text.h"
#include "robotsvc/janus_session.h"
#include "robotsvc/list.h"
#include "robotsvc/media_janus.h"
#include "robotsvc/pacer.h"

struct janus_plane;

/* A Janus. */
struct janus_node {
    struct janus_plane *plane;
    char url[MEDIA_NODE_MOST + 1];
    struct janus_session *session;
};

struct janus_plane {
    struct media media; /* first: it is what others hold */
    struct media_janus_options options;
    struct media_listener listener;
    struct pacer *pacer;
    struct janus_node *nodes;
    size_t node_count;
    struct list seats;        /* robots */
    struct list parties;      /* clients' connections, made and being made */
    struct list endings;      /* requests to end one */
    struct list listings;     /* requests for all rooms of a node */
    struct list chores;       /* what nodes have yet to be told */
    struct list adopted;      /* other processes' sessions */
    struct exchanges nowhere; /* requests to nodes that are not configured */
    struct loop_timer retry;  /* of chores */
    bool is_closing;
};

/* NULL if it is not configured. */
struct janus_node *janus_find_node(const struct janus_plane *plane, const char *url);

/* Ask the bridge through the control handle; takes `body` over. Without a node (NULL) the answer is
 * that there is none. */
void janus_ask(struct janus_plane *plane, struct janus_node *node, json_t *body,
               janus_answer_function *function, void *context);

/* What the bridge refused, as its README numbers it; 0 if it did not. */
int janus_error_code(const struct janus_answer *answer);

/* The process ends, and all that a node had to be told is told: say goodbye to it. */
void janus_plane_go_if_done(struct janus_plane *plane);

/* janus_seat.c */
struct media_seat *janus_seat_join(struct media *media, const char *node, const char *channel,
                                   const char *robot_id, const struct media_watcher *watcher,
                                   void *context);
void janus_seat_play(struct media_seat *seat, const struct recording *recording, int64_t from_ms);
void janus_seat_leave(struct media_seat *seat);
void janus_seats_hear_of_listener(struct janus_node *node, const char *channel);
void janus_seats_lose(struct janus_node *node); /* it is away */
bool janus_seats_hold(const struct janus_node *node);
/* One of them may still make the room anew. */
bool janus_seats_are_on_their_way(const struct janus_node *node, const char *channel);
void janus_seats_free(struct janus_plane *plane);

/* janus_party.c */
void janus_party_enter(struct media *media, const struct media_entry *entry,
                       media_entered_function *function, void *context);
/* Janus has let the handle go. */
void janus_parties_forget_handle(struct janus_node *node, uint64_t handle);
/* Those of earlier sessions are gone with these. */
void janus_parties_forget_lost(struct janus_node *node);
bool janus_parties_hold(const struct janus_node *node);
bool janus_parties_are_on_their_way(const struct janus_node *node, const char *channel);
void janus_parties_free(struct janus_plane *plane);

/* janus_ending.c */
void janus_end(struct media *media, const struct media_entry *entry, media_ended_function *function,
               void *context);
void janus_endings_free(struct janus_plane *plane);

/* janus_chores.c */
void janus_chore_remove_robot(struct janus_node *node, const char *channel, const char *robot_id);
/* It comes in again: what was not done yet is not done any more. */
void janus_chore_spare_robot(struct janus_node *node, const char *channel, const char *robot_id);
void janus_chore_close_room(struct janus_node *node, const char *channel);
/* Do what can be done now. */
void janus_chores_go(struct janus_plane *plane);
bool janus_chores_hold(const struct janus_node *node);
void janus_chores_free(struct janus_plane *plane);

/* janus_list.c */
void janus_list(struct media *media, const char *node, media_list_function *function,
                void *context);
void janus_listings_free(struct janus_plane *plane);

/* What the bridge listed, asked about one channel: does a party hear it; is this connection of the
 * uid there? */
bool janus_list_has_listener(const json_t *data, const char *channel);
bool janus_list_has_party(const json_t *data, const char *channel, const char *uid,
                          const char *session);

/* janus_adopted.c */
void janus_each_session(const struct media *media, media_session_function *function, void *context);
void janus_adopt(struct media *media, const char *node, int64_t number);
void janus_drop(struct media *media, const char *node, int64_t number);
void janus_adopted_free(struct janus_plane *plane);
