/* janus_ending.c - ends one connection of a uid, wherever it was made: the bridge knows it by its
 * name. It is looked for first, for kicking somebody who is not there is no error. */
#include "robotsvc/janus_plane.h"

#include "common/memory.h"
#include "robotsvc/copy_text.h"

#include <stdlib.h>

struct ending {
    struct list entry;
    struct janus_plane *plane;
    struct janus_node *node; /* NULL if it is not configured */
    char channel[CHANNEL_MOST + 1];
    char uid[UID_MOST + 1];
    char session[MEDIA_SESSION_MOST + 1];
    media_ended_function *function;
    void *context;
};

static void free_ending(struct ending *ending)
{
    list_remove(&ending->entry);
    free(ending);
}

static void finish(struct ending *ending, enum error error, bool was_there)
{
    ending->function(ending->context, error, was_there);
    free_ending(ending);
}

/* The room may have ended since. */
static void on_kicked(void *context, const struct janus_answer *answer)
{
    if (answer->r < 0)
        finish(context, ERROR_MEDIA_UNAVAILABLE, false);
    else
        finish(context, ERROR_NONE, janus_error_code(answer) == 0);
}

static void on_looked(void *context, const struct janus_answer *answer)
{
    struct ending *ending = context;

    if (answer->r < 0)
        finish(ending, ERROR_MEDIA_UNAVAILABLE, false);
    else if (!janus_list_has_party(answer->data, ending->channel, ending->uid, ending->session))
        finish(ending, ERROR_NONE, false);
    else
        janus_ask(ending->plane, ending->node,
                  json_pack("{s:s, s:s, s:s, s:s}", "request", "kick", "room", ending->channel,
                            "id", ending->uid, "leg", ending->session),
                  on_kicked, ending);
}

void janus_end(struct media *media, const struct media_entry *entry, media_ended_function *function,
               void *context)
{
    struct janus_plane *plane = (struct janus_plane *)media;
    struct ending *ending = must_alloc(1, sizeof *ending);

    ending->plane = plane;
    ending->node = janus_find_node(plane, entry->node);
    COPY_TEXT(ending->channel, entry->channel);
    COPY_TEXT(ending->uid, entry->uid);
    COPY_TEXT(ending->session, entry->session);
    ending->function = function;
    ending->context = context;
    list_append(&plane->endings, &ending->entry);
    janus_ask(plane, ending->node,
              json_pack("{s:s, s:s}", "request", "list", "room", ending->channel), on_looked,
              ending);
}

void janus_endings_free(struct janus_plane *plane)
{
    struct list *first;

    while ((first = list_first(&plane->endings)) != NULL)
        free_ending(LIST_MEMBER(first, struct ending, entry));
}
