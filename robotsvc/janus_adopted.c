/* janus_adopted.c - sessions of robotsvcs that are gone, kept alive for the clients' connections
 * that hang on them. What happens to those is told to watchers: the events of these sessions are
 * fetched, so that they do not heap up, and not read. */
#include "robotsvc/janus_plane.h"

#include "common/clock.h"
#include "common/memory.h"
#include "robotsvc/janus_link.h"

#include <stdlib.h>
#include <string.h>

enum { POLL_AGAIN_MS = 1000 };

struct adopted {
    struct list entry;
    struct janus_node *node;
    uint64_t number;
    struct janus_link *link;
    struct loop_timer keepalive;
    struct loop_timer poll;
    uint64_t last_transaction;
    bool is_dropped;
};

static void set_timer(struct adopted *adopted, struct loop_timer *timer, int64_t wait_ms,
                      loop_timer_function *function)
{
    loop_set_timer(adopted->node->plane->options.loop, timer, clock_steady_ms() + wait_ms, function,
                   adopted);
}

static void free_adopted(void *context)
{
    struct adopted *adopted = context;
    struct loop *loop = adopted->node->plane->options.loop;

    list_remove(&adopted->entry);
    loop_clear_timer(loop, &adopted->keepalive);
    loop_clear_timer(loop, &adopted->poll);
    janus_link_free(adopted->link);
    free(adopted);
}

/* Not at once: its link is just calling. */
static void forget_soon(struct adopted *adopted)
{
    set_timer(adopted, &adopted->keepalive, 0, free_adopted);
}

static void post(struct adopted *adopted, const char *what, janus_http_function *function)
{
    janus_link_post(adopted->link, adopted->number, 0, ++adopted->last_transaction,
                    json_pack("{s:s}", "janus", what), function, adopted);
}

/* A Janus that does not answer may still have the session; one that refuses has not. */
static void on_kept_alive(void *context, uint64_t tag, int r, const json_t *answer)
{
    (void)tag;
    if (r == 0 && strcmp(janus_read_text(answer, "janus"), "ack") != 0)
        forget_soon(context);
}

static void keep_alive(void *context)
{
    struct adopted *adopted = context;

    post(adopted, "keepalive", on_kept_alive);
    set_timer(adopted, &adopted->keepalive, JANUS_KEEPALIVE_MS, keep_alive);
}

static void poll_again(void *context);

/* Whether the session is gone is found out by the keepalive. */
static void on_polled(void *context, uint64_t tag, int r, const json_t *answer)
{
    struct adopted *adopted = context;

    (void)tag;
    set_timer(adopted, &adopted->poll, r == 0 && json_is_array(answer) ? 0 : POLL_AGAIN_MS,
              poll_again);
}

static void poll_again(void *context)
{
    struct adopted *adopted = context;

    janus_link_poll(adopted->link, adopted->number, on_polled, adopted);
}

static struct adopted *find(const struct janus_plane *plane, const struct janus_node *node,
                            uint64_t number)
{
    for (struct list *at = list_first(&plane->adopted); at; at = list_after(&plane->adopted, at)) {
        struct adopted *adopted = LIST_MEMBER(at, struct adopted, entry);

        if (adopted->node == node && adopted->number == number)
            return adopted;
    }
    return NULL;
}

/* The URL was good enough for the node's own session. */
static struct adopted *make(struct janus_node *node, uint64_t number)
{
    const struct media_janus_options *options = &node->plane->options;
    struct adopted *adopted = must_alloc(1, sizeof *adopted);

    adopted->node = node;
    adopted->number = number;
    if (janus_link_open(options->loop, node->url, options->api_secret, &adopted->link) < 0) {
        free(adopted);
        return NULL;
    }
    list_append(&node->plane->adopted, &adopted->entry);
    return adopted;
}

void janus_adopt(struct media *media, const char *url, int64_t number)
{
    struct janus_plane *plane = (struct janus_plane *)media;
    struct janus_node *node = janus_find_node(plane, url);
    struct adopted *adopted;

    if (!node || number <= 0 || janus_session_number(node->session) == (uint64_t)number ||
        find(plane, node, (uint64_t)number))
        return;
    adopted = make(node, (uint64_t)number);
    if (!adopted)
        return;
    keep_alive(adopted);
    poll_again(adopted);
}

static void on_destroyed(void *context, uint64_t tag, int r, const json_t *answer)
{
    (void)tag;
    (void)r;
    (void)answer;
    forget_soon(context);
}

/* One that Janus does not hear of ends by itself, as nobody keeps it alive. */
void janus_drop(struct media *media, const char *url, int64_t number)
{
    struct janus_plane *plane = (struct janus_plane *)media;
    struct adopted *adopted = find(plane, janus_find_node(plane, url), (uint64_t)number);

    if (!adopted || adopted->is_dropped)
        return;
    adopted->is_dropped = true;
    janus_link_cancel(adopted->link);
    loop_clear_timer(plane->options.loop, &adopted->poll);
    loop_clear_timer(plane->options.loop, &adopted->keepalive);
    post(adopted, "destroy", on_destroyed);
}

void janus_each_session(const struct media *media, media_session_function *function, void *context)
{
    const struct janus_plane *plane = (const struct janus_plane *)media;

    for (size_t i = 0; i < plane->node_count; i++) {
        const struct janus_node *node = &plane->nodes[i];
        uint64_t number = janus_session_number(node->session);

        if (number)
            function(context, node->url, (int64_t)number);
    }
    for (struct list *at = list_first(&plane->adopted); at; at = list_after(&plane->adopted, at)) {
        const struct adopted *adopted = LIST_MEMBER(at, struct adopted, entry);

        if (!adopted->is_dropped)
            function(context, adopted->node->url, (int64_t)adopted->number);
    }
}

void janus_adopted_free(struct janus_plane *plane)
{
    struct list *first;

    while ((first = list_first(&plane->adopted)) != NULL)
        free_adopted(LIST_MEMBER(first, struct adopted, entry));
}
