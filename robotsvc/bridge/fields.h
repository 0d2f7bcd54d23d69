/* fields.h - the fields of requests, checked, and the two shapes of an answer
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#pragma once

#include "robotsvc/bridge/bridge.h"

/* Those that several requests have, borrowed from the body: NULL if missing or empty. */
struct fields {
    bool are_good; /* none is too long or no text */
    const char *room;
    const char *id;
    const char *token;
    const char *leg;
    const char *owner;
};

struct fields fields_read(json_t *body);

extern const struct refusal bad_field;

json_t *answer_success(void);
json_t *answer_refusal(const struct refusal *refusal);
