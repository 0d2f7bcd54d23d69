/* push_reaction.c - what to do about each answer of a push service */
#include "callsvc/push_reaction.h"

#include "common/auto.h"

#include <string.h>

struct row {
    const char *reason;
    unsigned status;
    enum push_reaction reaction;
};

#define REACTION(status, reason, reaction) { reason, status, REACTION_##reaction },
// clang-format off
static const struct row apns_rows[] = {
#include "callsvc/apns_reactions.def"
};
static const struct row fcm_rows[] = {
#include "callsvc/fcm_reactions.def"
};
// clang-format on
#undef REACTION

static const struct row *find(const struct row *rows, size_t count, unsigned status,
                              const char *reason)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].status == status && strcmp(rows[i].reason, reason) == 0)
            return &rows[i];
    return NULL;
}

enum push_reaction apns_reaction(unsigned status, const char *reason)
{
    const struct row *row = find(apns_rows, COUNT_OF(apns_rows), status, reason);

    if (status == 200)
        return REACTION_SENT;
    if (row)
        return row->reaction;
    if (status >= 500)
        return REACTION_LATER_RECONNECT;
    switch (status) {
    case 403: return REACTION_STOPPED;
    case 410: return REACTION_DEVICE_DEAD;
    case 429: return REACTION_LATER;
    default: return REACTION_REFUSED;
    }
}

enum push_reaction fcm_reaction(unsigned status, const struct fcm_answer *answer)
{
    const struct row *row = find(fcm_rows, COUNT_OF(fcm_rows), status, answer->reason);

    if (status == 200)
        return REACTION_SENT;
    if (status == 400 && answer->names_token)
        return REACTION_DEVICE_DEAD;
    if (row)
        return row->reaction;
    if (status >= 500)
        return REACTION_LATER;
    switch (status) {
    case 401: return REACTION_FRESH_TOKEN;
    case 403: return REACTION_STOPPED;
    case 429: return REACTION_LATER;
    default: return REACTION_REFUSED;
    }
}
