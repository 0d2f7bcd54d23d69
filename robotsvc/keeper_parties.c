/* keeper_parties.c - which parties of a node's channels have entered or are lost */
#include "robotsvc/keeper_parties.h"

#include "common/memory.h"
#include "robotsvc/copy_text.h"

#include <stdlib.h>
#include <string.h>

/* One pass: what it is told, and what it will remember. */
struct look {
    const struct keeper_parties *before;
    const struct keeper_list *list;
    int64_t counting_ms;
    struct keeper_parties now;
    party_change_function *function;
    void *context;
};

void keeper_parties_done(struct keeper_parties *parties)
{
    free(parties->missing);
    *parties = (struct keeper_parties){ 0 };
}

void keeper_parties_take_back(struct keeper_parties *parties, int64_t now_ms)
{
    parties->back_ms = now_ms;
}

void keeper_parties_pause(struct keeper_parties *parties)
{
    parties->counted_ms = 0;
}

/* The time since the last pass, as far as clients could have been there in it. */
static int64_t time_that_counts(const struct keeper_parties *parties, int64_t now_ms)
{
    int64_t from_ms = parties->back_ms + KEEPER_GRACE_MS;

    if (parties->counted_ms == 0)
        return 0;
    if (from_ms < parties->counted_ms)
        from_ms = parties->counted_ms;
    if (now_ms - from_ms > KEEPER_COUNTING_MOST_MS)
        return KEEPER_COUNTING_MOST_MS;
    return now_ms > from_ms ? now_ms - from_ms : 0;
}

static const struct media_party *find_party(const struct media_room *room, const char *uid)
{
    for (size_t i = 0; room && i < room->party_count; i++) {
        if (strcmp(room->parties[i].uid, uid) == 0)
            return &room->parties[i];
    }
    return NULL;
}

static int compare_channel(const void *channel, const void *missing)
{
    return strcmp(channel, ((const struct missing_party *)missing)->channel);
}

static const struct missing_party *find_missing(const struct keeper_parties *parties,
                                                const char *channel, const char *uid)
{
    const struct missing_party *at = NULL;
    const struct missing_party *end = parties->missing + parties->count;

    if (parties->count > 0)
        at = bsearch(channel, parties->missing, parties->count, sizeof *at, compare_channel);
    if (!at)
        return NULL;
    while (at > parties->missing && strcmp(at[-1].channel, channel) == 0)
        at--;
    for (; at < end && strcmp(at->channel, channel) == 0; at++) {
        if (strcmp(at->uid, uid) == 0)
            return at;
    }
    return NULL;
}

static struct missing_party *add_missing(struct keeper_parties *parties, const char *channel,
                                         const char *uid)
{
    struct missing_party *missing;

    if ((parties->count & (parties->count + 1)) == 0)
        parties->missing = must_resize(parties->missing, 2 * parties->count + 1, sizeof *missing);
    missing = &parties->missing[parties->count++];
    COPY_TEXT(missing->channel, channel);
    COPY_TEXT(missing->uid, uid);
    missing->missing_ms = 0;
    return missing;
}

static void miss_party(struct look *look, const char *channel, const char *uid)
{
    const struct missing_party *before = find_missing(look->before, channel, uid);
    struct missing_party *missing = add_missing(&look->now, channel, uid);

    if (!before)
        return;
    missing->missing_ms = before->missing_ms + look->counting_ms;
    if (missing->missing_ms < KEEPER_LOST_MS)
        return;
    missing->missing_ms = KEEPER_LOST_MS - KEEPER_LOST_AGAIN_MS;
    look->function(look->context, channel, uid, MEDIA_LOST);
}

static void look_at(struct look *look, const struct book_channel *channel,
                    const struct book_party *party)
{
    const struct media_party *found =
        find_party(keeper_list_find(look->list, channel->channel), party->uid);

    if (party->has_entered && !found)
        miss_party(look, channel->channel, party->uid);
    else if (!party->has_entered && found && found->is_up)
        look->function(look->context, channel->channel, party->uid, MEDIA_ENTERED);
}

void keeper_parties_look(struct keeper_parties *parties, const char *node,
                         const struct keeper_list *list, const struct keeper_book *book,
                         int64_t now_ms, party_change_function *function, void *context)
{
    struct look look = {
        .before = parties,
        .list = list,
        .counting_ms = time_that_counts(parties, now_ms),
        .now = {.back_ms = parties->back_ms, .counted_ms = now_ms},
        .function = function,
        .context = context
    };

    for (size_t i = 0; i < book->count; i++) {
        const struct book_channel *channel = &book->channels[i];

        if (!channel->is_open || strcmp(channel->node, node) != 0)
            continue;
        for (size_t k = 0; k < MEDIA_PARTIES; k++) {
            if (channel->parties[k].uid[0])
                look_at(&look, channel, &channel->parties[k]);
        }
    }
    keeper_parties_done(parties);
    *parties = look.now;
}
