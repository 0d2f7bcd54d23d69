/* keeper_rooms.c - which rooms of a node are strays */
#include "robotsvc/keeper_rooms.h"

#include "common/memory.h"
#include "robotsvc/copy_text.h"

#include <stdlib.h>
#include <string.h>

/* Rooms and sights both begin with their channel. */
_Static_assert(offsetof(struct media_room, channel) == 0, "sorted and found by it");
_Static_assert(offsetof(struct room_sight, channel) == 0, "sorted and found by it");

static int compare_channels(const void *a, const void *b)
{
    return strcmp(a, b);
}

void keeper_list_take(struct keeper_list *list, const struct media_room *rooms, size_t count)
{
    keeper_list_done(list);
    if (count == 0)
        return;
    list->rooms = must_alloc(count, sizeof *rooms);
    list->count = count;
    memcpy(list->rooms, rooms, count * sizeof *rooms);
    qsort(list->rooms, count, sizeof *rooms, compare_channels);
}

void keeper_list_done(struct keeper_list *list)
{
    free(list->rooms);
    *list = (struct keeper_list){ 0 };
}

const struct media_room *keeper_list_find(const struct keeper_list *list, const char *channel)
{
    if (list->count == 0)
        return NULL;
    return bsearch(channel, list->rooms, list->count, sizeof *list->rooms, compare_channels);
}

void keeper_rooms_forget(struct keeper_rooms *rooms)
{
    free(rooms->sights);
    *rooms = (struct keeper_rooms){ 0 };
}

static const struct room_sight *find_sight(const struct keeper_rooms *rooms, const char *channel)
{
    if (rooms->count == 0)
        return NULL;
    return bsearch(channel, rooms->sights, rooms->count, sizeof *rooms->sights, compare_channels);
}

/* What callsvc did not speak of is no stray. */
static enum stray_room judge(const struct media_room *room, const struct book_channel *channel,
                             int64_t empty_ms)
{
    if (!channel)
        return STRAY_NONE;
    if (!channel->is_open)
        return STRAY_CLOSED;
    if (room->robot_id[0] && strcmp(room->robot_id, channel->robot_id) != 0)
        return STRAY_ROBOT;
    return empty_ms >= KEEPER_EMPTY_MS ? STRAY_EMPTY : STRAY_NONE;
}

static bool is_empty(const struct media_room *room)
{
    return room->party_count == 0 && !room->robot_id[0];
}

static void look_at(const struct media_room *room, const struct room_sight *before,
                    const struct book_channel *channel, int64_t now_ms, struct room_sight *ret)
{
    *ret = (struct room_sight){ 0 };
    COPY_TEXT(ret->channel, room->channel);
    COPY_TEXT(ret->robot_id, room->robot_id);
    if (is_empty(room))
        ret->empty_since_ms = before && before->empty_since_ms ? before->empty_since_ms : now_ms;
    ret->stray = judge(room, channel, ret->empty_since_ms ? now_ms - ret->empty_since_ms : 0);
}

static bool do_agree(const struct room_sight *before, const struct room_sight *now)
{
    return before && before->stray == now->stray && now->stray != STRAY_NONE &&
           strcmp(before->robot_id, now->robot_id) == 0;
}

void keeper_rooms_look(struct keeper_rooms *rooms, const struct keeper_list *list,
                       const struct keeper_book *book, int64_t now_ms, size_t *budget,
                       stray_room_function *function, void *context)
{
    struct room_sight *sights = must_alloc(list->count + 1, sizeof *sights);

    for (size_t i = 0; i < list->count; i++) {
        const struct media_room *room = &list->rooms[i];
        const struct room_sight *before = find_sight(rooms, room->channel);

        look_at(room, before, keeper_book_find(book, room->channel), now_ms, &sights[i]);
        if (!do_agree(before, &sights[i]) || *budget == 0)
            continue;
        --*budget;
        function(context, sights[i].stray, room);
        /* Should it still be there, two more passes have to agree. */
        sights[i].stray = STRAY_NONE;
    }
    keeper_rooms_forget(rooms);
    rooms->sights = sights;
    rooms->count = list->count;
}
