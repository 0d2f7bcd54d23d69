/* janus_chores.c - what a node has to be told for as long as it takes: robots that are out, rooms
 * that end */
#include "robotsvc/janus_plane.h"

#include "common/clock.h"
#include "common/memory.h"
#include "robotsvc/copy_text.h"

#include <stdlib.h>
#include <string.h>

enum { RETRY_MS = 1000 };

struct chore {
    struct list entry;
    struct janus_node *node;
    char channel[CHANNEL_MOST + 1];
    char robot_id[ROBOT_ID_MOST + 1]; /* the robot that is out; "": the whole room ends */
    bool is_asking;
};

/* What is still on its way might make a room anew that was ended before. */
static bool may_be_asked(const struct chore *chore)
{
    const struct janus_node *node = chore->node;

    if (chore->is_asking || !janus_session_is_there(node->session))
        return false;
    return !janus_seats_are_on_their_way(node, chore->channel) &&
           !janus_parties_are_on_their_way(node, chore->channel);
}

static void forget(struct chore *chore)
{
    list_remove(&chore->entry);
    free(chore);
}

/* Any answer of the bridge will do: if there is no such room, that is well. */
static void on_done(void *context, const struct janus_answer *answer)
{
    struct chore *chore = context;
    struct janus_plane *plane = chore->node->plane;

    chore->is_asking = false;
    if (answer->r < 0)
        return;
    forget(chore);
    janus_plane_go_if_done(plane);
}

static void ask(struct chore *chore)
{
    json_t *body = chore->robot_id[0]
                       ? json_pack("{s:s, s:s, s:s}", "request", "unrobot", "room", chore->channel,
                                   "id", chore->robot_id)
                       : json_pack("{s:s, s:s}", "request", "destroy", "room", chore->channel);

    chore->is_asking = true;
    janus_ask(chore->node->plane, chore->node, body, on_done, chore);
}

/* For nodes that did not answer in time. */
static void on_retry(void *context)
{
    janus_chores_go(context);
}

void janus_chores_go(struct janus_plane *plane)
{
    for (struct list *at = list_first(&plane->chores); at; at = list_after(&plane->chores, at)) {
        struct chore *chore = LIST_MEMBER(at, struct chore, entry);

        if (may_be_asked(chore))
            ask(chore);
    }
    if (!list_is_empty(&plane->chores))
        loop_set_timer(plane->options.loop, &plane->retry, clock_steady_ms() + RETRY_MS, on_retry,
                       plane);
}

/* One that is not asked just now, or NULL. */
static struct chore *find(const struct janus_node *node, const char *channel, const char *robot_id)
{
    const struct list *chores = &node->plane->chores;

    for (struct list *at = list_first(chores); at; at = list_after(chores, at)) {
        struct chore *chore = LIST_MEMBER(at, struct chore, entry);

        if (!chore->is_asking && chore->node == node && strcmp(chore->channel, channel) == 0 &&
            strcmp(chore->robot_id, robot_id) == 0)
            return chore;
    }
    return NULL;
}

static void add(struct janus_node *node, const char *channel, const char *robot_id)
{
    struct chore *chore;

    if (find(node, channel, robot_id))
        return;
    chore = must_alloc(1, sizeof *chore);
    chore->node = node;
    COPY_TEXT(chore->channel, channel);
    COPY_TEXT(chore->robot_id, robot_id);
    list_append(&node->plane->chores, &chore->entry);
    janus_chores_go(node->plane);
}

void janus_chore_spare_robot(struct janus_node *node, const char *channel, const char *robot_id)
{
    struct chore *chore = find(node, channel, robot_id);

    if (chore)
        forget(chore);
}

void janus_chore_remove_robot(struct janus_node *node, const char *channel, const char *robot_id)
{
    if (robot_id[0])
        add(node, channel, robot_id);
}

void janus_chore_close_room(struct janus_node *node, const char *channel)
{
    add(node, channel, "");
}

bool janus_chores_hold(const struct janus_node *node)
{
    const struct list *chores = &node->plane->chores;

    for (struct list *at = list_first(chores); at; at = list_after(chores, at)) {
        if (LIST_MEMBER(at, struct chore, entry)->node == node)
            return true;
    }
    return false;
}

void janus_chores_free(struct janus_plane *plane)
{
    struct list *first;

    while ((first = list_first(&plane->chores)) != NULL)
        forget(LIST_MEMBER(first, struct chore, entry));
}
