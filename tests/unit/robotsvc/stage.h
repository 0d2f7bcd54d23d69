/* stage.h - what stands around the crew and the handlers in tests: a media plane, callsvc and the
 * gateway, of which nothing is real. Include it once. */
#pragma once

#include "stage_callsvc.h"

#include "common/bus_server.h"
#include "common/clock.h"
#include "robotsvc/copy_text.h"
#include "robotsvc/crew.h"

#include <stdlib.h>

static bool is_media_there;
static const struct media_watcher *watcher;
static void *seats[STAGE_ASKS]; /* contexts of the robots that joined */
static size_t joined;

static const char *chooses(const struct media *media, const char *channel)
{
    (void)media;
    (void)channel;
    return is_media_there ? "node-1" : NULL;
}

static bool node_is_there(const struct media *media, const char *node)
{
    (void)media;
    return is_media_there && strcmp(node, "node-1") == 0;
}

static struct media_seat *media_joins(struct media *media, const char *node, const char *channel,
                                      const char *robot_id, const struct media_watcher *watcher_,
                                      void *context)
{
    (void)robot_id;
    assert_string_equal(node, "node-1");
    watcher = watcher_;
    seats[joined++] = context;
    tell_story("join:", channel);
    return (struct media_seat *)media;
}

static void media_plays(struct media_seat *seat, const struct recording *recording, int64_t from_ms)
{
    (void)seat;
    (void)recording;
    (void)from_ms;
    tell_story("play", "");
}

static void media_leaves(struct media_seat *seat)
{
    (void)seat;
    tell_story("leave", "");
}

static void media_closes_room(struct media *media, const char *node, const char *channel)
{
    (void)media;
    assert_string_equal(node, "node-1");
    tell_story("close:", channel);
}

/* A client on its way in, or out, and what is to be told of it. */
static struct {
    struct media_entry entry;
    char offer[64];
    media_entered_function *on_entered;
    media_ended_function *on_ended;
    void *context;
} visit;

static void media_enters(struct media *media, const struct media_entry *entry,
                         media_entered_function *function, void *context)
{
    (void)media;
    visit.entry = *entry;
    snprintf(visit.offer, sizeof visit.offer, "%.*s", (int)entry->offer.size,
             (const char *)entry->offer.data);
    visit.on_entered = function;
    visit.context = context;
    tell_story("enter:", entry->uid);
}

static void media_ends(struct media *media, const struct media_entry *entry,
                       media_ended_function *function, void *context)
{
    (void)media;
    visit.entry = *entry;
    visit.on_ended = function;
    visit.context = context;
    tell_story("end:", entry->uid);
}

static const struct media_plane stage_plane = {
    .choose = chooses,
    .is_node_there = node_is_there,
    .join = media_joins,
    .play = media_plays,
    .leave = media_leaves,
    .enter = media_enters,
    .end = media_ends,
    .close_room = media_closes_room,
};
static struct media stage_media = { &stage_plane };

/* callsvc answers with a call. */
static inline void answer_with_inside(const struct call *call, const struct call_inside *inside)
{
    AUTO(buffer_done) struct buffer bulk = { 0 };

    message_to_msgpack(call_inside_message(), inside, &bulk);
    answer(ERROR_NONE, call_message(), call, &bulk);
}

static inline struct call make_call(const char *channel, enum call_kind kind,
                                    enum robot_state robot)
{
    struct call call = { .call_id = "8e42878f-e10d-48b2-a6df-d2d3652ee144",
                         .src_uid = "1",
                         .kind = kind,
                         .status = 2,
                         ._status_label = "x",
                         .state = CALL_ANSWERED,
                         .robot = robot,
                         .created_at = 1,
                         .ring_expires_at = 1 };

    COPY_TEXT(call.channel, channel);
    return call;
}

static inline void answer_call_with(const char *channel, enum call_kind kind,
                                    enum robot_state robot, const char *robot_id)
{
    struct call call = make_call(channel, kind, robot);
    struct call_inside inside = { .id = 1, .open = true, .seq = 5 };

    COPY_TEXT(inside.robot_id, robot_id);
    answer_with_inside(&call, &inside);
}

/* callsvc says where the channel is. */
static inline void answer_node(const char *node)
{
    struct media_claimed claimed = { .node = "" };

    COPY_TEXT(claimed.node, node);
    answer(ERROR_NONE, media_claimed_message(), &claimed, NULL);
}

static inline void on_stage_empty(void *context)
{
    (void)context;
    tell_story("empty", "");
}

static inline struct crew *stage_begin(struct loop *loop)
{
    stage_callsvc_begin();
    joined = 0;
    is_media_there = true;
    return crew_new(
        &(struct crew_options){ .loop = loop, .media = &stage_media, .on_empty = on_stage_empty });
}
