/* channels.h - the channels of this process, found by name */
#pragma once

#include "common/text.h"
#include "robotsvc/list.h"
#include "robotsvc/media.h"

/* It stays without robots until it is closed, for its room is there. More than one robot is in it
 * only while an older one says its last words to callsvc. */
struct channel {
    struct list entry;
    char name[CHANNEL_MOST + 1];
    char node[MEDIA_NODE_MOST + 1]; /* of the media plane, where its room is */
    struct list members;            /* the crew's */
    bool is_closed;
};

enum { CHANNEL_BUCKETS = 4096 };

struct channels {
    struct list buckets[CHANNEL_BUCKETS];
};

void channels_init(struct channels *channels);
struct channel *channels_find(struct channels *channels, const char *name); /* NULL if none */
struct channel *channels_make(struct channels *channels,
                              const char *name); /* or the one there is */
/* It has no members any more. */
void channels_forget(struct channel *channel);

/* Call `function` with each channel; it may forget that one. */
void channels_each(struct channels *channels,
                   void (*function)(void *context, struct channel *channel), void *context);
