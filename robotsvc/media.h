/* media.h - the media plane as robots see it: small, so that another one can take Janus' place.
 *
 * A plane implements struct media_plane and begins its own struct with a struct media. Everything
 * happens in one loop's thread; a plane calls back from a turn of it, never from within a call. */
#pragma once

#include "robotsvc/ogg_opus.h"

#include <stdbool.h>

enum { ROBOT_ID_MOST = 32 };

struct media;
struct media_seat; /* a robot's place in a channel */

/* What a robot hears of its seat; nothing after media_leave. */
struct media_watcher {
    void (*on_joined)(void *context);
    /* Another participant's media is up; after on_joined, and once. */
    void (*on_listener)(void *context);
    /* The recording was played to its end, and has had the time to be heard. */
    void (*on_played)(void *context);
    /* The robot could not join, or is out of the channel again: all it can do is leave. */
    void (*on_lost)(void *context);
};

struct media_plane {
    bool (*is_there)(const struct media *media);
    struct media_seat *(*join)(struct media *media, const char *channel, const char *robot_id,
                               const struct media_watcher *watcher, void *context);
    void (*play)(struct media_seat *seat, const struct recording *recording);
    void (*leave)(struct media_seat *seat);
    void (*close_room)(struct media *media, const char *channel);
    void (*begin_close)(struct media *media);
    bool (*has_work)(const struct media *media);
    struct media *(*free)(struct media *media);
};

struct media {
    const struct media_plane *plane;
};

/* The plane can be asked now. No plane (NULL) is never there, and nobody joins it. */
static inline bool media_is_there(const struct media *media)
{
    return media && media->plane->is_there(media);
}

/* Bring a robot into the channel, whose room is made if there is none. The seat is the plane's own
 * and stays until media_leave. `watcher` is kept. */
static inline struct media_seat *media_join(struct media *media, const char *channel,
                                            const char *robot_id,
                                            const struct media_watcher *watcher, void *context)
{
    return media->plane->join(media, channel, robot_id, watcher, context);
}

/* Play from the beginning; once a seat, after on_joined. The recording outlives the plane. */
static inline void media_play(const struct media *media, struct media_seat *seat,
                              const struct recording *recording)
{
    media->plane->play(seat, recording);
}

/* Stop and leave the channel. The seat is gone for the caller. */
static inline void media_leave(const struct media *media, struct media_seat *seat)
{
    media->plane->leave(seat);
}

/* Put everybody out of the channel and end it, once the robots that are leaving it have left. What
 * cannot be done now, because the plane is away, is done when it is back. */
static inline void media_close_room(struct media *media, const char *channel)
{
    media->plane->close_room(media, channel);
}

/* The process ends: say goodbye to the plane once everybody has left. */
static inline void media_begin_close(struct media *media)
{
    if (media)
        media->plane->begin_close(media);
}

/* Somebody is still leaving, a room closing, or the goodbye is not said. */
static inline bool media_has_work(const struct media *media)
{
    return media && media->plane->has_work(media);
}

static inline struct media *media_free(struct media *media)
{
    return media ? media->plane->free(media) : NULL;
}
DEFINE_AUTO(struct media *, media_free)
