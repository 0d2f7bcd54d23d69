/* notices.c - what the plugin tells
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#include "robotsvc/bridge/notices.h"

static janus_mutex watchers_mutex = JANUS_MUTEX_INITIALIZER; /* innermost; pushes happen outside */
static GPtrArray *watchers;                                  /* referenced */

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
    janus_mutex_lock(&watchers_mutex);
    g_ptr_array_free(watchers, TRUE);
    watchers = NULL;
    janus_mutex_unlock(&watchers_mutex);
}

void notices_add_watcher(struct party *watcher)
{
    janus_mutex_lock(&watchers_mutex);
    if (!g_ptr_array_find(watchers, watcher, NULL)) {
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

static void push(struct party *party, const char *transaction, json_t *body, json_t *answer)
{
    if (!g_atomic_int_get(&party->is_gone))
        bridge_core->push_event(party->handle, &bridge_plugin, transaction, body, answer);
}

void notice(struct party *party, const char *event, const char *room, const char *id)
{
    json_t *body =
        json_pack("{s:s,s:s,s:s,s:s}", "dapi", "event", "event", event, "room", room, "id", id);
    GPtrArray *list = list_watchers();

    if (party)
        push(party, NULL, body, NULL);
    for (guint i = 0; i < list->len; i++)
        if (list->pdata[i] != party)
            push(list->pdata[i], NULL, body, NULL);
    g_ptr_array_free(list, TRUE);
    json_decref(body);
}

void notice_answer(struct party *party, const char *transaction, json_t *body, json_t *answer)
{
    push(party, transaction, body, answer);
    json_decref(body);
    json_decref(answer);
}
