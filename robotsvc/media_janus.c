/* media_janus.c - Janus as the media plane: its nodes, and what they tell by themselves */
#include "robotsvc/media_janus.h"

#include "common/memory.h"
#include "robotsvc/copy_text.h"
#include "robotsvc/janus_link.h"
#include "robotsvc/janus_plane.h"
#include "robotsvc/rendezvous.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int janus_error_code(const struct janus_answer *answer)
{
    return (int)janus_read_number(answer->data, "error_code");
}

struct janus_node *janus_find_node(const struct janus_plane *plane, const char *url)
{
    for (size_t i = 0; i < plane->node_count; i++) {
        if (strcmp(plane->nodes[i].url, url) == 0)
            return &plane->nodes[i];
    }
    return NULL;
}

void janus_ask(struct janus_plane *plane, struct janus_node *node, json_t *body,
               janus_answer_function *function, void *context)
{
    if (node) {
        janus_send(node->session, &(struct janus_message){ .body = body }, function, context);
        return;
    }
    json_decref(body);
    exchanges_add(&plane->nowhere, 0, -ECONNRESET, function, context);
}

/* Clients' connections outlive the process: the session that they hang on stays, and is adopted. */
void janus_plane_go_if_done(struct janus_plane *plane)
{
    for (size_t i = 0; plane->is_closing && i < plane->node_count; i++) {
        struct janus_node *node = &plane->nodes[i];
        bool is_done = !janus_seats_hold(node) && !janus_chores_hold(node);

        if (is_done || !janus_session_is_there(node->session))
            janus_session_begin_close(node->session, janus_parties_hold(node));
    }
}

static void take_notice(struct janus_node *node, const json_t *notice)
{
    const struct media_listener *listener = &node->plane->listener;
    const char *channel = janus_read_text(notice, "room");

    if (strcmp(janus_read_text(notice, "event"), "up") != 0)
        return;
    janus_seats_hear_of_listener(node, channel);
    if (listener->on_entered)
        listener->on_entered(listener->context, channel, janus_read_text(notice, "id"));
}

/* Whatever ends a connection, the bridge lets its handle go. */
static void on_event(void *context, uint64_t handle, const char *kind, const json_t *data)
{
    struct janus_node *node = context;

    if (handle == janus_session_control(node->session))
        take_notice(node, data);
    else if (strcmp(kind, "detached") == 0)
        janus_parties_forget_handle(node, handle);
}

/* Robots that come back at once, in on_node, are not taken out again. */
static void on_change(void *context, bool is_there)
{
    struct janus_node *node = context;
    struct janus_plane *plane = node->plane;

    if (is_there)
        janus_parties_forget_lost(node);
    else
        janus_seats_lose(node);
    if (plane->listener.on_node)
        plane->listener.on_node(plane->listener.context, node->url, is_there);
    janus_chores_go(plane);
    janus_plane_go_if_done(plane);
}

static const char *choose(const struct media *media, const char *channel)
{
    const struct janus_plane *plane = (const struct janus_plane *)media;
    const char *best = NULL;
    uint64_t best_weight = 0;

    for (size_t i = 0; i < plane->node_count; i++) {
        const struct janus_node *node = &plane->nodes[i];
        uint64_t weight = rendezvous_weight(node->url, channel);

        if (janus_session_is_there(node->session) && (!best || weight > best_weight)) {
            best = node->url;
            best_weight = weight;
        }
    }
    return best;
}

static bool is_node_there(const struct media *media, const char *url)
{
    const struct janus_node *node = janus_find_node((const struct janus_plane *)media, url);

    return node && janus_session_is_there(node->session);
}

static const char *node_at(const struct media *media, size_t place)
{
    const struct janus_plane *plane = (const struct janus_plane *)media;

    return place < plane->node_count ? plane->nodes[place].url : NULL;
}

static void listen_to(struct media *media, const struct media_listener *listener)
{
    ((struct janus_plane *)media)->listener = *listener;
}

static void remove_robot(struct media *media, const char *url, const char *channel,
                         const char *robot_id)
{
    struct janus_node *node = janus_find_node((struct janus_plane *)media, url);

    if (node)
        janus_chore_remove_robot(node, channel, robot_id);
}

static void close_room(struct media *media, const char *url, const char *channel)
{
    struct janus_node *node = janus_find_node((struct janus_plane *)media, url);

    if (node)
        janus_chore_close_room(node, channel);
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

    if (!plane->is_closing)
        return true;
    for (size_t i = 0; i < plane->node_count; i++) {
        if (!janus_session_is_closed(plane->nodes[i].session))
            return true;
    }
    return false;
}

static struct media *free_plane(struct media *media)
{
    struct janus_plane *plane = (struct janus_plane *)media;

    loop_clear_timer(plane->options.loop, &plane->retry);
    pacer_free(plane->pacer);
    janus_adopted_free(plane);
    for (size_t i = 0; i < plane->node_count; i++)
        janus_session_free(plane->nodes[i].session);
    exchanges_done(&plane->nowhere);
    janus_seats_free(plane);
    janus_parties_free(plane);
    janus_endings_free(plane);
    janus_listings_free(plane);
    janus_chores_free(plane);
    free(plane->nodes);
    free(plane);
    return NULL;
}

static const struct media_plane janus_functions = {
    .choose = choose,
    .is_node_there = is_node_there,
    .node_at = node_at,
    .listen = listen_to,
    .join = janus_seat_join,
    .play = janus_seat_play,
    .leave = janus_seat_leave,
    .enter = janus_party_enter,
    .end = janus_end,
    .list = janus_list,
    .remove_robot = remove_robot,
    .close_room = close_room,
    .each_session = janus_each_session,
    .adopt = janus_adopt,
    .drop = janus_drop,
    .begin_close = begin_close,
    .has_work = has_work,
    .free = free_plane,
};

static int open_node(struct janus_node *node)
{
    const struct janus_session_options options = {
        .loop = node->plane->options.loop,
        .url = node->url,
        .api_secret = node->plane->options.api_secret,
        .plugin = "janus.plugin.dapi",
        .greeting = "watch",
        .on_change = on_change,
        .on_event = on_event,
        .context = node,
    };

    return janus_session_open(&options, &node->session);
}

/* The next URL of the list, as all robotsvcs are to write it: without a slash at its end. Its
 * length; 0 at the end of the list. */
static size_t take_url(const char **list, const char **ret)
{
    size_t length;

    *list += strspn(*list, ", ");
    *ret = *list;
    length = strcspn(*list, ", ");
    *list += length;
    while (length > 0 && (*ret)[length - 1] == '/')
        length--;
    return length;
}

/* Nodes do not move any more once they are opened: sessions point to them. */
static int read_nodes(struct janus_plane *plane, const char *list)
{
    const char *url;
    size_t length;

    while ((length = take_url(&list, &url)) > 0) {
        struct janus_node *node;

        if (length > MEDIA_NODE_MOST)
            return -EINVAL;
        plane->nodes = must_resize(plane->nodes, plane->node_count + 1, sizeof *plane->nodes);
        node = &plane->nodes[plane->node_count];
        *node = (struct janus_node){ .plane = plane };
        memcpy(node->url, url, length);
        if (!janus_find_node(plane, node->url))
            plane->node_count++;
    }
    return plane->node_count > 0 ? 0 : -EINVAL;
}

static int open_all(struct janus_plane *plane)
{
    int r = read_nodes(plane, plane->options.urls);

    if (r == 0)
        r = pacer_open(plane->options.loop, plane->options.rtp_address, &plane->pacer);
    for (size_t i = 0; r == 0 && i < plane->node_count; i++)
        r = open_node(&plane->nodes[i]);
    return r;
}

int media_janus_open(const struct media_janus_options *options, struct media **ret)
{
    struct janus_plane *plane = must_alloc(1, sizeof *plane);
    int r;

    plane->media.plane = &janus_functions;
    plane->options = *options;
    list_init(&plane->seats);
    list_init(&plane->parties);
    list_init(&plane->endings);
    list_init(&plane->listings);
    list_init(&plane->chores);
    list_init(&plane->adopted);
    exchanges_init(&plane->nowhere, options->loop);
    r = open_all(plane);
    if (r < 0) {
        free_plane(&plane->media);
        return r;
    }
    *ret = &plane->media;
    return 0;
}
