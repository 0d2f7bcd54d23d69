/* joins.c - parties that come in: the seat, and the answer to their offer
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#include "robotsvc/bridge/joins.h"

#include "robotsvc/bridge/answer.h"
#include "robotsvc/bridge/fields.h"
#include "robotsvc/bridge/notices.h"
#include "robotsvc/bridge/room.h"

#include <stdatomic.h>
#include <string.h>

static const struct refusal has_joined = { 409, "this handle has joined already" };
static const struct refusal no_offer = { 400, "join needs an offer" };
static const struct refusal no_answer = { 500, "Janus could not answer the offer" };

enum { THREADS = 8 }; /* each waits for ICE candidates in push_event: with STUN, half a second */

static GThreadPool *pool;

struct join {
    struct party *party; /* referenced */
    char *transaction;
    json_t *body;
    json_t *jsep;
};

static void set_names(struct party *party, const struct fields *f)
{
    g_strlcpy(party->id, f->id, sizeof party->id);
    g_strlcpy(party->leg, f->leg ? f->leg : "", sizeof party->leg);
    g_strlcpy(party->owner, f->owner ? f->owner : "", sizeof party->owner);
}

/* Who is in the room learns of it, and the old connection of the same id ends. */
static void announce(struct party *party, const struct room_guests *guests)
{
    notice(guests->peer, "joined", party);
    if (guests->replaced) {
        notice(guests->replaced, "replaced", guests->replaced);
        party_end(guests->replaced);
    }
    party_unref(guests->peer);
    party_unref(guests->replaced);
}

static const struct refusal *take_seat(const struct join *j, json_t **ret_answer)
{
    struct fields f = fields_read(j->body);
    const char *type = json_string_value(json_object_get(j->jsep, "type"));
    const char *offer = json_string_value(json_object_get(j->jsep, "sdp"));
    const struct refusal *refusal;
    struct room_guests guests;
    char *sdp = NULL;

    if (!f.are_good || !f.room || !f.id || !f.token)
        return &bad_field;
    if (!type || strcmp(type, "offer") != 0 || !offer)
        return &no_offer;
    if ((refusal = answer_offer(j->party, offer, &sdp)))
        return refusal;
    set_names(j->party, &f);
    refusal = room_seat(j->party, f.room, f.token, &guests);
    if (!refusal) {
        announce(j->party, &guests);
        *ret_answer = json_pack("{s:s,s:s}", "type", "answer", "sdp", sdp);
    }
    g_free(sdp);
    return refusal;
}

/* A handle without a seat, or whose client gets no answer, is of no use to anybody. */
static void give_up(const struct join *j, const struct refusal *refusal)
{
    (void)notice_answer(j->party, j->transaction, answer_refusal(refusal), NULL);
    party_leave(j->party, "left");
    party_end(j->party);
}

static void run_join(gpointer join, gpointer unused)
{
    struct join *j = join;
    const struct refusal *refusal;
    json_t *answer = NULL;

    (void)unused;
    if (atomic_exchange(&j->party->has_asked, true))
        (void)notice_answer(j->party, j->transaction, answer_refusal(&has_joined), NULL);
    else if ((refusal = take_seat(j, &answer)))
        give_up(j, refusal);
    else if (!notice_answer(j->party, j->transaction, answer_success(), answer))
        give_up(j, &no_answer);
    party_unref(j->party);
    json_decref(j->body);
    json_decref(j->jsep);
    g_free(j->transaction);
    g_free(j);
}

void joins_open(void)
{
    pool = g_thread_pool_new(run_join, NULL, THREADS, FALSE, NULL);
}

void joins_close(void)
{
    g_thread_pool_free(pool, FALSE, TRUE);
}

void joins_add(struct party *party, char *transaction, json_t *body, json_t *jsep)
{
    struct join *j = g_malloc(sizeof *j);

    party_ref(party);
    *j = (struct join){ party, transaction, body, jsep };
    g_thread_pool_push(pool, j, NULL);
}
