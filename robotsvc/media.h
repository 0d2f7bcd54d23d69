/* media.h - the media plane as the rest of robotsvc sees it: small, so that another one can take
 * Janus' place.
 *
 * A plane has nodes, known by their URLs; a channel's room is on one of them. A plane implements
 * struct media_plane and begins its own struct with a struct media. Everything happens in one
 * loop's thread; a plane calls back from a turn of it, never from within a call. A callback that
 * takes an error is called exactly once; ERROR_MEDIA_UNAVAILABLE: the node is away, or did not
 * answer in time. */
#pragma once

#include "common/errors.h"
#include "common/text.h"
#include "robotsvc/ogg_opus.h"

#include <stdbool.h>

enum {
    ROBOT_ID_MOST = 32,
    MEDIA_SESSION_MOST = 32,
    MEDIA_NODE_MOST = 128,
    MEDIA_PARTIES = 2,
};

struct media;
struct media_seat; /* a robot's place in a channel */

/* What a robot hears of its seat; nothing after media_leave. */
struct media_watcher {
    void (*on_joined)(void *context);
    /* A party's media is up; after on_joined, and once. */
    void (*on_listener)(void *context);
    /* The recording was played to its end, and has had the time to be heard. */
    void (*on_played)(void *context);
    /* The robot could not join, or is out of the channel again: all it can do is leave. */
    void (*on_lost)(void *context);
};

/* A client's way into a channel. Texts and offer are borrowed for the call. */
struct media_entry {
    const char *node;
    const char *channel;
    const char *uid;
    const char *session; /* names this connection; an earlier one of the uid is ended */
    struct bytes offer;  /* SDP */
    int64_t deadline_ms; /* steady time */
};

/* ERROR_NONE and the SDP answer, borrowed for the call; ERROR_BAD_OFFER; … */
typedef void media_entered_function(void *context, enum error error, struct bytes answer);

/* ERROR_NONE, and whether it stood until now. */
typedef void media_ended_function(void *context, enum error error, bool was_there);

/* A room as the node has it. */
struct media_party {
    char uid[UID_MOST + 1];
    char session[MEDIA_SESSION_MOST + 1];
    int64_t owner; /* the number of the session, of some robotsvc with the node, that it hangs on */
    bool is_up;
};

struct media_room {
    char channel[CHANNEL_MOST + 1];
    char robot_id[ROBOT_ID_MOST + 1]; /* "" for none */
    size_t party_count;
    struct media_party parties[MEDIA_PARTIES];
};

/* ERROR_NONE and all rooms of the node, borrowed for the call. */
typedef void media_list_function(void *context, enum error error, const struct media_room *rooms,
                                 size_t count);

typedef void media_session_function(void *context, const char *node, int64_t session);

/* What the plane tells by itself; set once, before the loop runs. */
struct media_listener {
    /* A party's connection is up. */
    void (*on_entered)(void *context, const char *channel, const char *uid);
    /* A node came or went. */
    void (*on_node)(void *context, const char *node, bool is_there);
    void *context;
};

struct media_plane {
    /* The node that is to hold a new channel: rendezvous hashing over those that are there, so that
     * every robotsvc chooses alike. Lives as long as the plane; NULL if no node is there. */
    const char *(*choose)(const struct media *media, const char *channel);
    bool (*is_node_there)(const struct media *media, const char *node);
    /* All nodes that are configured, whether they are there or not: NULL at the end. */
    const char *(*node_at)(const struct media *media, size_t place);
    void (*listen)(struct media *media, const struct media_listener *listener);

    /* Bring a robot into the channel, whose room is made if there is none. The seat is the plane's
     * own and stays until leave. `watcher` is kept. */
    struct media_seat *(*join)(struct media *media, const char *node, const char *channel,
                               const char *robot_id, const struct media_watcher *watcher,
                               void *context);
    /* Play, once a seat and after on_joined, from `from_ms` into the recording, which outlives the
     * plane. */
    void (*play)(struct media_seat *seat, const struct recording *recording, int64_t from_ms);
    /* Stop and leave the channel. The seat is gone for the caller. */
    void (*leave)(struct media_seat *seat);

    void (*enter)(struct media *media, const struct media_entry *entry,
                  media_entered_function *function, void *context);
    /* End just this connection of the uid, wherever it was made. */
    void (*end)(struct media *media, const struct media_entry *entry,
                media_ended_function *function, void *context);

    void (*list)(struct media *media, const char *node, media_list_function *function,
                 void *context);
    /* Take the robot's stream out of the room, if it still is that one: its robotsvc is gone. */
    void (*remove_robot)(struct media *media, const char *node, const char *channel,
                         const char *robot_id);
    /* Put everybody out of the channel and end its room. What cannot be done now, because the node
     * is away, is done when it is back. */
    void (*close_room)(struct media *media, const char *node, const char *channel);

    /* The sessions that clients' connections hang on: own and adopted ones. */
    void (*each_session)(const struct media *media, media_session_function *function,
                         void *context);
    /* Keep another robotsvc's session alive from now on, until it is dropped or gone. */
    void (*adopt)(struct media *media, const char *node, int64_t session);
    /* End an adopted session, on which nothing hangs any more. */
    void (*drop)(struct media *media, const char *node, int64_t session);

    /* The process ends: say goodbye to the nodes once all robots have left. Clients' connections
     * stay, to be adopted. */
    void (*begin_close)(struct media *media);
    bool (*has_work)(const struct media *media);
    struct media *(*free)(struct media *media);
};

struct media {
    const struct media_plane *plane;
};

/* Some node can be asked now. No plane (NULL: DAPI_MEDIA=none) is never there. */
static inline bool media_is_there(const struct media *media)
{
    return media && media->plane->choose(media, "") != NULL;
}

static inline bool media_has_work(const struct media *media)
{
    return media && media->plane->has_work(media);
}

static inline struct media *media_free(struct media *media)
{
    return media ? media->plane->free(media) : NULL;
}
DEFINE_AUTO(struct media *, media_free)
