/* keeper_rooms.h - which rooms of a node are strays: decided from what two passes saw, nothing is
 * asked or done here */
#pragma once

#include "robotsvc/keeper_book.h"

enum { KEEPER_EMPTY_MS = 60000 };

enum stray_room {
    STRAY_NONE,
    STRAY_CLOSED, /* its channel is closed, or of no call */
    STRAY_EMPTY,  /* nobody was in it for KEEPER_EMPTY_MS */
    STRAY_ROBOT,  /* the robot in it is not, or no longer, its channel's */
    STRAYS,
};

/* The rooms of a node as a pass saw them: by ascending channel. */
struct keeper_list {
    struct media_room *rooms;
    size_t count;
};

/* Copy the rooms and sort them; whatever was in the list is freed. */
void keeper_list_take(struct keeper_list *list, const struct media_room *rooms, size_t count);
void keeper_list_done(struct keeper_list *list);
/* NULL if there is none. */
const struct media_room *keeper_list_find(const struct keeper_list *list, const char *channel);

/* What the last pass thought of a room. */
struct room_sight {
    char channel[CHANNEL_MOST + 1];
    char robot_id[ROBOT_ID_MOST + 1];
    int64_t empty_since_ms; /* 0: somebody is in it */
    enum stray_room stray;
};

/* { 0 } has seen nothing. */
struct keeper_rooms {
    struct room_sight *sights; /* by ascending channel */
    size_t count;
};

void keeper_rooms_forget(struct keeper_rooms *rooms);

typedef void stray_room_function(void *context, enum stray_room stray,
                                 const struct media_room *room);

/* A pass that saw everything: call `function` with each room that was the same stray in the pass
 * before, at most `*budget` times, which is counted down. `now_ms` is steady and not 0. */
void keeper_rooms_look(struct keeper_rooms *rooms, const struct keeper_list *list,
                       const struct keeper_book *book, int64_t now_ms, size_t *budget,
                       stray_room_function *function, void *context);
