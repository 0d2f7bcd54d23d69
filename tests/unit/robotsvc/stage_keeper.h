/* stage_keeper.h - what stands around the keeper and the beats in tests: a media plane with the
 * node "n" and callsvc, of which nothing is real. Include it once. */
#pragma once

#include "stage_callsvc.h"

#include "common/clock.h"
#include "robotsvc/copy_text.h"
#include "robotsvc/crew.h"

#include <stdlib.h>

static struct loop *loop;
static struct crew *crew;
static bool is_node_there;
static media_list_function *list_function; /* of the plane's question that is not answered */
static void *list_context;
static const struct media_watcher *watcher;
static void *seat_context; /* of the robot that joined last */

static const char *plane_chooses(const struct media *media, const char *channel)
{
    (void)media;
    (void)channel;
    return is_node_there ? "n" : NULL;
}

static bool plane_has_node(const struct media *media, const char *node)
{
    (void)media;
    return is_node_there && strcmp(node, "n") == 0;
}

static const char *plane_names_node(const struct media *media, size_t place)
{
    (void)media;
    return place == 0 ? "n" : NULL;
}

static struct media_seat *plane_joins(struct media *media, const char *node, const char *channel,
                                      const char *robot_id, const struct media_watcher *watcher_,
                                      void *context)
{
    (void)node;
    (void)robot_id;
    watcher = watcher_;
    seat_context = context;
    tell_story("join:", channel);
    return (struct media_seat *)media;
}

static void plane_plays(struct media_seat *seat, const struct recording *recording, int64_t from_ms)
{
    (void)seat;
    (void)recording;
    tell_story("play:", from_ms >= 5000 ? "later" : "start");
}

static void plane_loses(struct media_seat *seat)
{
    (void)seat;
    tell_story("leave", "");
}

static void plane_lists(struct media *media, const char *node, media_list_function *function,
                        void *context)
{
    (void)media;
    list_function = function;
    list_context = context;
    tell_story("list:", node);
}

static void plane_removes_robot(struct media *media, const char *node, const char *channel,
                                const char *robot_id)
{
    (void)media;
    (void)node;
    (void)channel;
    tell_story("remove:", robot_id);
}

static void plane_closes_room(struct media *media, const char *node, const char *channel)
{
    (void)media;
    (void)node;
    tell_story("close:", channel);
}

static void plane_knows_sessions(const struct media *media, media_session_function *function,
                                 void *context)
{
    (void)media;
    function(context, "n", 11);
    function(context, "n", 12);
}

static void plane_adopts(struct media *media, const char *node, int64_t session)
{
    (void)media;
    (void)node;
    tell_story("adopt:", session == 7 ? "7" : "?");
}

static void plane_drops(struct media *media, const char *node, int64_t session)
{
    (void)media;
    (void)node;
    tell_story("drop:", session == 7 ? "7" : "?");
}

static const struct media_plane plane = {
    .choose = plane_chooses,
    .is_node_there = plane_has_node,
    .node_at = plane_names_node,
    .join = plane_joins,
    .play = plane_plays,
    .leave = plane_loses,
    .list = plane_lists,
    .remove_robot = plane_removes_robot,
    .close_room = plane_closes_room,
    .each_session = plane_knows_sessions,
    .adopt = plane_adopts,
    .drop = plane_drops,
};
static struct media media = { &plane };

static inline const void *last_body(void)
{
    return asks[asked - 1].body;
}

static void on_crew_empty(void *context)
{
    (void)context;
}

static inline int stage_begin(void)
{
    stage_callsvc_begin();
    is_node_there = true;
    if (loop_open(&loop) < 0)
        return -1;
    crew = crew_new(
        &(struct crew_options){ .loop = loop, .media = &media, .on_empty = on_crew_empty });
    return 0;
}

static inline void stage_end(void)
{
    crew = crew_free(crew);
    loop = loop_free(loop);
}
