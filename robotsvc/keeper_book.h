/* keeper_book.h - what callsvc said of channels in one pass, found by name */
#pragma once

#include "common/messages/call.h"
#include "robotsvc/media.h"

struct book_party {
    char uid[UID_MOST + 1]; /* "" for nobody */
    bool has_entered;
};

struct book_channel {
    char channel[CHANNEL_MOST + 1];
    char node[MEDIA_NODE_MOST + 1];   /* "" where callsvc did not say */
    char robot_id[ROBOT_ID_MOST + 1]; /* of the robot that should be in the room; "" for none */
    bool is_open;                     /* false also for a channel of no call */
    struct book_party parties[MEDIA_PARTIES];
};

/* { 0 } is an empty book. */
struct keeper_book {
    struct book_channel *channels;
    size_t count;
    size_t capacity;
};

void keeper_book_clear(struct keeper_book *book);
void keeper_book_done(struct keeper_book *book); /* free what it holds */

void keeper_book_add_open(struct keeper_book *book, const struct media_channel *channel);
void keeper_book_add_checked(struct keeper_book *book, const struct channel_state *state);

/* After the last addition, and before anything is looked for. */
void keeper_book_sort(struct keeper_book *book);

/* NULL if callsvc has said nothing of it. */
const struct book_channel *keeper_book_find(const struct keeper_book *book, const char *channel);
