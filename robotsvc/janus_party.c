/* janus_party.c - clients' connections: how they come in
 *
 * Each is a handle of its own in the session, with a permission that nobody else learns. It stays
 * here for as long as Janus has the handle, to know which sessions connections hang on. */
#include "robotsvc/janus_plane.h"

#include "common/clock.h"
#include "common/memory.h"
#include "robotsvc/copy_text.h"
#include "robotsvc/janus_link.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_LENGTH = 32, NUMBER_MOST = 20 };

struct party {
    struct list entry;
    struct janus_plane *plane;
    struct janus_node *node; /* NULL if it is not configured */
    char channel[CHANNEL_MOST + 1];
    uint64_t session; /* of Janus, and its handle: once there is one */
    uint64_t handle;
    struct entering *entering; /* NULL once it is in */
};

/* What only the way in needs. */
struct entering {
    char uid[UID_MOST + 1];
    char name[MEDIA_SESSION_MOST + 1]; /* of the connection */
    char token[TOKEN_LENGTH + 1];
    char *offer;
    int64_t deadline_ms;
    media_entered_function *function;
    void *context;
};

static struct entering *free_entering(struct entering *entering)
{
    if (!entering)
        return NULL;
    explicit_bzero(entering->token, sizeof entering->token);
    free(entering->offer);
    free(entering);
    return NULL;
}
DEFINE_AUTO(struct entering *, free_entering)

static void free_party(struct party *party)
{
    list_remove(&party->entry);
    free_entering(party->entering);
    free(party);
}

/* The way in is over: for a refused one, so is the party. */
static void finish(struct party *party, enum error error, const char *answer)
{
    AUTO(free_enteringp) struct entering *entering = TAKE(party->entering);
    struct janus_plane *plane = party->plane;

    if (error != ERROR_NONE) {
        if (party->handle)
            janus_detach(party->node->session, party->handle);
        free_party(party);
    }
    entering->function(entering->context, error,
                       (struct bytes){ answer, answer ? strlen(answer) : 0 });
    janus_chores_go(plane);
    janus_plane_go_if_done(plane);
}

/* What a refusal of the bridge means, whose numbers are HTTP's: it could not read the offer; other
 * ids have both seats, or another connection of this one came between; the room has ended. */
static enum error judge(const struct janus_answer *answer)
{
    switch (janus_error_code(answer)) {
    case 400:
    case 415: return ERROR_BAD_OFFER;
    case 403:
    case 409: return ERROR_WRONG_STATE;
    case 404: return ERROR_CHANNEL_CLOSED;
    default: return ERROR_MEDIA_UNAVAILABLE;
    }
}

static int64_t left_ms(const struct entering *entering)
{
    int64_t left = entering->deadline_ms - clock_steady_ms();

    return left < 1 ? 1 : left < JANUS_REQUEST_MS ? left : JANUS_REQUEST_MS;
}

/* Janus itself refuses an offer that it cannot read, before the bridge sees it. */
static void on_joined(void *context, const struct janus_answer *answer)
{
    struct party *party = context;

    if (answer->r == 0 && answer->sdp)
        finish(party, ERROR_NONE, answer->sdp);
    else if (answer->r == -EPROTO)
        finish(party, ERROR_BAD_OFFER, NULL);
    else
        finish(party, answer->r < 0 ? ERROR_MEDIA_UNAVAILABLE : judge(answer), NULL);
}

static void join(struct party *party)
{
    const struct entering *entering = party->entering;
    char owner[NUMBER_MOST + 1];
    struct janus_message message = { .handle = party->handle,
                                     .offer = entering->offer,
                                     .most_ms = left_ms(entering) };

    snprintf(owner, sizeof owner, "%" PRIu64, party->session);
    message.body =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "request", "join", "room", party->channel, "id",
                  entering->uid, "token", entering->token, "leg", entering->name, "owner", owner);
    janus_send(party->node->session, &message, on_joined, party);
}

static void on_attached(void *context, const struct janus_answer *answer)
{
    struct party *party = context;

    party->handle = answer->handle;
    party->session = janus_session_number(party->node->session);
    if (answer->handle == 0)
        finish(party, ERROR_MEDIA_UNAVAILABLE, NULL);
    else
        join(party);
}

static void on_permitted(void *context, const struct janus_answer *answer)
{
    struct party *party = context;

    if (answer->r < 0)
        finish(party, ERROR_MEDIA_UNAVAILABLE, NULL);
    else if (janus_error_code(answer) != 0)
        finish(party, judge(answer), NULL);
    else
        janus_attach(party->node->session, on_attached, party);
}

/* The text ends at a NUL byte, which no SDP has. */
static struct entering *make_entering(const struct media_entry *entry,
                                      media_entered_function *function, void *context)
{
    struct entering *entering = must_alloc(1, sizeof *entering);

    COPY_TEXT(entering->uid, entry->uid);
    COPY_TEXT(entering->name, entry->session);
    random_text(entering->token, TOKEN_LENGTH);
    entering->offer = must_alloc(entry->offer.size + 1, 1);
    if (entry->offer.size > 0)
        memcpy(entering->offer, entry->offer.data, entry->offer.size);
    entering->deadline_ms = entry->deadline_ms;
    entering->function = function;
    entering->context = context;
    return entering;
}

void janus_party_enter(struct media *media, const struct media_entry *entry,
                       media_entered_function *function, void *context)
{
    struct janus_plane *plane = (struct janus_plane *)media;
    struct party *party = must_alloc(1, sizeof *party);

    party->plane = plane;
    party->node = janus_find_node(plane, entry->node);
    COPY_TEXT(party->channel, entry->channel);
    party->entering = make_entering(entry, function, context);
    list_append(&plane->parties, &party->entry);
    janus_ask(plane, party->node,
              json_pack("{s:s, s:s, s:s, s:s}", "request", "permit", "room", party->channel, "id",
                        party->entering->uid, "token", party->entering->token),
              on_permitted, party);
}

/* Forget those that are in and of which this is true; the others are still waited for. */
static void forget(struct janus_node *node,
                   bool (*is_gone)(const struct party *party, uint64_t number), uint64_t number)
{
    const struct list *parties = &node->plane->parties;
    struct list *at = list_first(parties);

    while (at) {
        struct party *party = LIST_MEMBER(at, struct party, entry);

        at = list_after(parties, at);
        if (party->node == node && !party->entering && is_gone(party, number))
            free_party(party);
    }
}

static bool has_handle(const struct party *party, uint64_t handle)
{
    return party->handle == handle;
}

void janus_parties_forget_handle(struct janus_node *node, uint64_t handle)
{
    forget(node, has_handle, handle);
}

static bool is_of_another(const struct party *party, uint64_t session)
{
    return party->session != session;
}

void janus_parties_forget_lost(struct janus_node *node)
{
    forget(node, is_of_another, janus_session_number(node->session));
}

bool janus_parties_hold(const struct janus_node *node)
{
    const struct list *parties = &node->plane->parties;

    for (struct list *at = list_first(parties); at; at = list_after(parties, at)) {
        if (LIST_MEMBER(at, struct party, entry)->node == node)
            return true;
    }
    return false;
}

bool janus_parties_are_on_their_way(const struct janus_node *node, const char *channel)
{
    const struct list *parties = &node->plane->parties;

    for (struct list *at = list_first(parties); at; at = list_after(parties, at)) {
        const struct party *party = LIST_MEMBER(at, struct party, entry);

        if (party->entering && party->node == node && strcmp(party->channel, channel) == 0)
            return true;
    }
    return false;
}

void janus_parties_free(struct janus_plane *plane)
{
    struct list *first;

    while ((first = list_first(&plane->parties)) != NULL)
        free_party(LIST_MEMBER(first, struct party, entry));
}
