/* joins.h - parties that come in: the seat, and the answer to their offer
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#pragma once

#include "robotsvc/bridge/party.h"

void joins_open(void);
void joins_close(void); /* when the last one has been answered */

/* Answer a request to join, on another thread. Takes over all but the party. */
void joins_add(struct party *party, char *transaction, json_t *body, json_t *jsep);
