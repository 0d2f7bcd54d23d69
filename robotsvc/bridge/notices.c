/* notices.c - what the plugin tells
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#include "robotsvc/bridge/notices.h"

#include "robotsvc/bridge/room.h"

static janus_mutex watchers_mutex = JANUS_MUTEX_INITIALIZER; /* innermost; pushes happen outside */
static GPtrArray *watchers;                                  /* referenced; NULL once closed */

static void unref(gpointer party)
{
    party_unref(party);
}

void notices_open(void)
{
    watchers = g_ptr_array_new_with_free_func(unref);
}

void notices_close(void)
{
    GPtrArray *all;

    janus_mutex_lock(&watchers_mutex);
    all = watchers;
    watchers = NULL;
    janus_mutex_unlock(&watchers_mutex);
    g_ptr_array_free(all, TRUE);
}

/* A handle that goes is marked before it is removed: it cannot be added for ever after that. */
void notices_add_watcher(struct party *watcher)
{
    janus_mutex_lock(&watchers_mutex);
    if (watchers && !watcher->is_gone && !g_ptr_array_find(watchers, watcher, NULL)) {
        party_ref(watcher);
        g_ptr_array_add(watchers, watcher);
    }
    janus_mutex_unlock(&watchers_mutex);
}

void notices_remove_watcher(struct party *watcher)
{
    janus_mutex_lock(&watchers_mutex);
    if (watchers)
        g_ptr_array_remove(watchers, watcher);
    janus_mutex_unlock(&watchers_mutex);
}

/* The watchers now, with references: the caller's array. */
static GPtrArray *list_watchers(void)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(unref);

    janus_mutex_lock(&watchers_mutex);
    for (guint i = 0; watchers && i < watchers->len; i++) {
        party_ref(watchers->pdata[i]);
        g_ptr_array_add(list, watchers->pdata[i]);
    }
    janus_mutex_unlock(&watchers_mutex);
    return list;
}

static bool push(struct party *party, const char *transaction, json_t *body, json_t *answer)
{
    return !party->is_gone &&
           bridge_core->push_event(party->handle, &bridge_plugin, transaction, body, answer) == 0;
}

void notice(struct party *to, const char *event, const struct party *about)
{
    const struct room *room = about->room;
    json_t *body = json_pack("{s:s,s:s,s:s,s:s,s:s}", "dapi", "event", "event", event, "room",
                             room->name, "id", about->id, "leg", about->leg);
    GPtrArray *list = list_watchers();

    if (to)
        (void)push(to, NULL, body, NULL);
    for (guint i = 0; i < list->len; i++)
        if (list->pdata[i] != to)
            (void)push(list->pdata[i], NULL, body, NULL);
    g_ptr_array_free(list, TRUE);
    json_decref(body);
}

bool notice_answer(struct party *party, const char *transaction, json_t *body, json_t *answer)
{
    bool told = push(party, transaction, body, answer);

    json_decref(body);
    json_decref(answer);
    return told;
}
