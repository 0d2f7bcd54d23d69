/* notices.h - what the plugin tells: to a party's own handle, and to the handles that watch all
 * rooms
 *
 * A notice is {"dapi":"event","event":NAME,"room":R,"id":ID}. robotsvc watches; NAME is one of
 * joined, up, left, replaced, destroyed, speaking, silent, lost.
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#pragma once

#include "robotsvc/bridge/room.h"

void notices_open(void);
void notices_close(void);

/* The handle wants to hear of everything, until it is forgotten. */
void notices_add_watcher(struct party *watcher);
void notices_remove_watcher(struct party *watcher);

/* Tell a party and all watchers; `party` may be NULL: only the watchers. No lock may be held. */
void notice(struct party *party, const char *event, const char *room, const char *id);

/* Answer a request that came with `transaction`; takes over `body`, and `answer` which may be NULL.
 */
void notice_answer(struct party *party, const char *transaction, json_t *body, json_t *answer);
