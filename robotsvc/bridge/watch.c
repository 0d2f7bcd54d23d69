/* watch.c - the plugin's clock
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#include "robotsvc/bridge/watch.h"

#include "robotsvc/bridge/notices.h"
#include "robotsvc/bridge/requests.h"
#include "robotsvc/bridge/speech.h"

#include <string.h>
#include <utils.h>

enum { TURN_MS = 250 };

static GThread *thread;
static GMutex mutex; /* guards is_stopping, for the wait */
static GCond stopped;
static bool is_stopping;
static int lost_seconds;

/* Something to say, once no lock is held. */
struct finding {
    const char *event;
    struct party *party; /* referenced */
};

static void add_finding(GArray *findings, const char *event, struct party *party)
{
    struct finding finding = { event, party };

    party_ref(party);
    g_array_append_val(findings, finding);
}

/* The table is locked. */
static void look_at_room(struct room *room, void *findings)
{
    gint now = (gint)(janus_get_monotonic_time() / G_USEC_PER_SEC);

    janus_mutex_lock(&room->mutex);
    for (int i = 0; i < BRIDGE_SEATS; i++) {
        struct party *party = room->seats[i];
        int turn = party ? speech_turn(party) : 0;

        if (turn != 0)
            add_finding(findings, turn > 0 ? "speaking" : "silent", party);
        if (party && now - g_atomic_int_get(&party->heard_at) >= lost_seconds)
            add_finding(findings, "lost", party);
    }
    janus_mutex_unlock(&room->mutex);
}

static void tell(GArray *findings)
{
    for (guint i = 0; i < findings->len; i++) {
        struct finding *f = &g_array_index(findings, struct finding, i);

        if (strcmp(f->event, "lost") == 0)
            requests_hang_up(f->party, f->event);
        else
            notice(f->party, f->event, f->party->room->name, f->party->id);
        party_unref(f->party);
    }
    g_array_set_size(findings, 0);
}

static gpointer run(gpointer unused)
{
    GArray *findings = g_array_new(FALSE, FALSE, sizeof(struct finding));

    (void)unused;
    g_mutex_lock(&mutex);
    while (!is_stopping) {
        gint64 until = g_get_monotonic_time() + TURN_MS * G_TIME_SPAN_MILLISECOND;

        g_mutex_unlock(&mutex);
        rooms_visit(look_at_room, findings);
        tell(findings);
        g_mutex_lock(&mutex);
        while (!is_stopping && g_cond_wait_until(&stopped, &mutex, until))
            ;
    }
    g_mutex_unlock(&mutex);
    g_array_free(findings, TRUE);
    return NULL;
}

void watch_open(int seconds)
{
    lost_seconds = seconds;
    is_stopping = false;
    thread = g_thread_new("dapi watch", run, NULL);
}

void watch_close(void)
{
    g_mutex_lock(&mutex);
    is_stopping = true;
    g_cond_signal(&stopped);
    g_mutex_unlock(&mutex);
    g_thread_join(thread);
}
