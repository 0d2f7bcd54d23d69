/* party.c - a handle of Janus that has joined a room, or may
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#include "robotsvc/bridge/party.h"

#include "robotsvc/bridge/notices.h"
#include "robotsvc/bridge/room.h"

#include <stdatomic.h>
#include <utils.h>

enum { RETIRED_US = 5 * G_USEC_PER_SEC };

static janus_mutex handles_mutex = JANUS_MUTEX_INITIALIZER; /* of every handle's plugin_handle … */
static GQueue retired = G_QUEUE_INIT;                       /* … and of these; innermost */

static void free_party(const janus_refcount *ref)
{
    struct party *party = janus_refcount_containerof(ref, struct party, ref);

    room_unref(party->room);
    janus_refcount_decrease(&party->handle->ref);
    g_free(party);
}

/* The core starts to count references after this, with one that is the plugin's: free_party's. */
void party_attach(janus_plugin_session *handle)
{
    struct party *party = g_malloc0(sizeof *party);

    party->handle = handle;
    janus_refcount_init(&party->ref, free_party);
    janus_mutex_lock(&handles_mutex);
    handle->plugin_handle = party;
    janus_mutex_unlock(&handles_mutex);
}

struct party *party_of(janus_plugin_session *handle)
{
    struct party *party;

    if (!handle)
        return NULL;
    janus_mutex_lock(&handles_mutex);
    party = handle->plugin_handle;
    if (party)
        party_ref(party);
    janus_mutex_unlock(&handles_mutex);
    return party;
}

void party_ref(struct party *party)
{
    janus_refcount_increase(&party->ref);
}

void party_unref(struct party *party)
{
    if (party)
        janus_refcount_decrease(&party->ref);
}

struct party *party_detach(janus_plugin_session *handle)
{
    struct party *party;

    janus_mutex_lock(&handles_mutex);
    party = handle->plugin_handle;
    handle->plugin_handle = NULL;
    janus_mutex_unlock(&handles_mutex);
    if (party)
        room_bar(party);
    return party;
}

void party_retire(struct party *party)
{
    party->retired_at_us = janus_get_monotonic_time();
    janus_mutex_lock(&handles_mutex);
    g_queue_push_tail(&retired, party);
    janus_mutex_unlock(&handles_mutex);
}

static struct party *take_retired(int64_t until_us)
{
    struct party *party;

    janus_mutex_lock(&handles_mutex);
    party = g_queue_peek_head(&retired);
    if (party && party->retired_at_us <= until_us)
        (void)g_queue_pop_head(&retired);
    else
        party = NULL;
    janus_mutex_unlock(&handles_mutex);
    return party;
}

void parties_release(bool all)
{
    int64_t until_us = janus_get_monotonic_time() - (all ? 0 : RETIRED_US);

    for (struct party *party; (party = take_retired(until_us));)
        party_unref(party);
}

void party_mark_heard(struct party *party)
{
    party->heard_at_us = janus_get_monotonic_time();
}

void party_leave(struct party *party, const char *event)
{
    struct party *peer;

    if (!room_unseat(party, &peer))
        return;
    notice(peer, event, party);
    party_unref(peer);
}

void party_end(struct party *party)
{
    if (!atomic_exchange(&party->is_ending, true) && !g_atomic_int_get(&party->handle->stopped))
        bridge_core->end_session(party->handle);
}
