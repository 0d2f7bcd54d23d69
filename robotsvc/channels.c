/* channels.c - the channels of this process, found by name */
#include "robotsvc/channels.h"

#include "common/memory.h"
#include "robotsvc/copy_text.h"

#include <stdlib.h>
#include <string.h>

void channels_init(struct channels *channels)
{
    for (size_t i = 0; i < CHANNEL_BUCKETS; i++)
        list_init(&channels->buckets[i]);
}

/* FNV-1a */
static struct list *find_bucket(struct channels *channels, const char *name)
{
    uint32_t hash = 2166136261;

    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619;
    return &channels->buckets[hash % CHANNEL_BUCKETS];
}

struct channel *channels_find(struct channels *channels, const char *name)
{
    const struct list *bucket = find_bucket(channels, name);

    for (struct list *at = list_first(bucket); at; at = list_after(bucket, at)) {
        struct channel *channel = LIST_MEMBER(at, struct channel, entry);

        if (strcmp(channel->name, name) == 0)
            return channel;
    }
    return NULL;
}

struct channel *channels_make(struct channels *channels, const char *name)
{
    struct channel *channel = channels_find(channels, name);

    if (channel)
        return channel;
    channel = must_alloc(1, sizeof *channel);
    COPY_TEXT(channel->name, name);
    list_init(&channel->members);
    list_append(find_bucket(channels, name), &channel->entry);
    return channel;
}

void channels_forget(struct channel *channel)
{
    list_remove(&channel->entry);
    free(channel);
}

void channels_each(struct channels *channels,
                   void (*function)(void *context, struct channel *channel), void *context)
{
    for (size_t i = 0; i < CHANNEL_BUCKETS; i++) {
        struct list *at = list_first(&channels->buckets[i]);

        while (at) {
            struct channel *channel = LIST_MEMBER(at, struct channel, entry);

            at = list_after(&channels->buckets[i], at);
            function(context, channel);
        }
    }
}
