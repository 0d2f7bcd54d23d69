/* keeper_book.c - what callsvc said of channels in one pass, found by name */
#include "robotsvc/keeper_book.h"

#include "common/memory.h"
#include "robotsvc/copy_text.h"

#include <stdlib.h>
#include <string.h>

void keeper_book_clear(struct keeper_book *book)
{
    book->count = 0;
}

void keeper_book_done(struct keeper_book *book)
{
    free(book->channels);
    *book = (struct keeper_book){ 0 };
}

static struct book_channel *add_channel(struct keeper_book *book, const char *name)
{
    struct book_channel *channel;

    if (book->count == book->capacity) {
        book->capacity = book->capacity ? 2 * book->capacity : 64;
        book->channels = must_resize(book->channels, book->capacity, sizeof *book->channels);
    }
    channel = &book->channels[book->count++];
    *channel = (struct book_channel){ 0 };
    COPY_TEXT(channel->channel, name);
    return channel;
}

/* A robot that is done or has failed keeps its name in the call, but not its place in the room. */
static bool should_be_there(enum robot_state robot)
{
    return robot == ROBOT_JOINING || robot == ROBOT_WAITING || robot == ROBOT_PLAYING;
}

void keeper_book_add_open(struct keeper_book *book, const struct media_channel *open)
{
    struct book_channel *channel = add_channel(book, open->channel);

    channel->is_open = true;
    COPY_TEXT(channel->node, open->node);
    if (should_be_there(open->robot))
        COPY_TEXT(channel->robot_id, open->robot_id);
    COPY_TEXT(channel->parties[0].uid, open->src_uid);
    COPY_TEXT(channel->parties[1].uid, open->dst_uid);
    channel->parties[0].has_entered = open->src_entered;
    channel->parties[1].has_entered = open->dst_entered;
}

void keeper_book_add_checked(struct keeper_book *book, const struct channel_state *state)
{
    struct book_channel *channel = add_channel(book, state->channel);

    channel->is_open = state->known && state->open;
    if (should_be_there(state->robot))
        COPY_TEXT(channel->robot_id, state->robot_id);
}

static int compare_channels(const void *a, const void *b)
{
    const struct book_channel *one = a;
    const struct book_channel *other = b;

    return strcmp(one->channel, other->channel);
}

void keeper_book_sort(struct keeper_book *book)
{
    if (book->count > 0)
        qsort(book->channels, book->count, sizeof *book->channels, compare_channels);
}

static int compare_name(const void *name, const void *channel)
{
    return strcmp(name, ((const struct book_channel *)channel)->channel);
}

const struct book_channel *keeper_book_find(const struct keeper_book *book, const char *channel)
{
    if (book->count == 0)
        return NULL;
    return bsearch(channel, book->channels, book->count, sizeof *book->channels, compare_name);
}
