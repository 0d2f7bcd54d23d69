/* notices.h - what the plugin tells: to a party's own handle, and to the handles that watch all
 * rooms
 *
 * A notice is {"dapi":"event","event":NAME,"room":R,"id":ID,"leg":LEG}: about a party, and the name
 * that its join gave its connection ("" for none). robotsvc watches; NAME is one of joined, up,
 * left, replaced, destroyed, speaking, silent, lost.
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#pragma once

#include "robotsvc/bridge/party.h"

void notices_open(void);
void notices_close(void);

/* The handle wants to hear of everything, until it is forgotten. */
void notices_add_watcher(struct party *watcher);
void notices_remove_watcher(struct party *watcher);

/* Tell a party and all watchers something about a party that has sat in a room; `to` may be NULL:
 * only the watchers. No lock may be held. */
void notice(struct party *to, const char *event, const struct party *about);

/* Answer a request that came with `transaction`; takes over `body`, and `answer` which may be NULL.
 * False if the core would not: the handle goes, or the answer is none that it can complete. */
bool notice_answer(struct party *party, const char *transaction, json_t *body, json_t *answer);
