/* stage_keeper.h - what stands around the keeper and the beats in tests: a media plane with the
 * node "n" and callsvc, of which nothing is real. What is done to them is written down, one word
 * each, in `story`. Include it once. */
#pragma once

#include "common/bus_client.h"
#include "common/clock.h"
#include "common/messages/call.h"
#include "robotsvc/copy_text.h"
#include "robotsvc/crew.h"

#include <stdlib.h>
#include <string.h>

enum { STAGE_ASKS = 32 };

/* A question to callsvc that is not answered yet. */
struct stage_ask {
    bus_reply_function *on_reply;
    void *context;
    _Alignas(max_align_t) char body[MESSAGE_MOST_BYTES];
};

static struct loop *loop;
static struct crew *crew;
static char story[512];
static struct stage_ask asks[STAGE_ASKS];
static size_t asked;
static size_t answered;
static bool is_node_there;
static media_list_function *list_function; /* of the plane's question that is not answered */
static void *list_context;
static const struct media_watcher *watcher;
static void *seat_context; /* of the robot that joined last */

static inline void tell_story(const char *word, const char *what)
{
    size_t length = strlen(story);

    snprintf(story + length, sizeof story - length, "%s%s%s", length ? " " : "", word, what);
}

static inline void assert_story(const char *expected)
{
    assert_string_equal(story, expected);
    story[0] = '\0';
}

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

uint64_t bus_client_ask(struct bus_client *client, const struct bus_ask *ask)
{
    struct stage_ask *kept = &asks[asked++];

    (void)client;
    *kept = (struct stage_ask){ .on_reply = ask->on_reply, .context = ask->context };
    memcpy(kept->body, ask->body, ask->message->size);
    tell_story(ask->message->name, "");
    return asked;
}

static inline const void *last_body(void)
{
    return asks[asked - 1].body;
}

/* callsvc answers the oldest question. */
static inline void answer(enum error error, const struct message *message, const void *body,
                          struct buffer *bulk)
{
    struct stage_ask ask = asks[answered++];
    struct buffer packed = { 0 };
    struct bus_reply reply = { .error = error };
    msgpack_unpacked unpacked;
    size_t offset = 0;

    msgpack_unpacked_init(&unpacked);
    if (body) {
        message_to_msgpack(message, body, &packed);
        assert_int_equal(msgpack_unpack_next(&unpacked, packed.data, packed.size, &offset),
                         MSGPACK_UNPACK_SUCCESS);
        reply.body = &unpacked.data;
    }
    if (bulk)
        reply.bulk = (struct bytes){ bulk->data, bulk->size };
    ask.on_reply(ask.context, &reply);
    msgpack_unpacked_destroy(&unpacked);
    buffer_done(&packed);
}

static inline void answer_error(enum error error)
{
    answer(error, NULL, NULL, NULL);
}

static void on_crew_empty(void *context)
{
    (void)context;
}

static inline int stage_begin(void)
{
    story[0] = '\0';
    asked = 0;
    answered = 0;
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
