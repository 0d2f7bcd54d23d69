/* watch.c - the plugin's clock
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#include "robotsvc/bridge/watch.h"

#include "robotsvc/bridge/notices.h"
#include "robotsvc/bridge/room.h"
#include "robotsvc/bridge/speech.h"

#include <utils.h>

enum { TURN_US = 250000 };

static GThread *thread;
static _Atomic bool is_stopping; /* it does so within a turn */
static int64_t lost_us;

/* Something to say, once no lock is held. */
struct finding {
    struct party *party; /* referenced */
    const char *event;
    bool is_lost;
};

static void add_finding(GArray *findings, struct party *party, const char *event, bool is_lost)
{
    struct finding finding = { party, event, is_lost };

    party_ref(party);
    g_array_append_val(findings, finding);
}

/* A party that only listens says nothing while there is nothing to hear: once it is up, ICE alone
 * can tell that it is gone. */
static bool is_lost(const struct party *party, int64_t now_us)
{
    bool may_be_silent = party->microphone_line < 0 && party->is_up;

    return !may_be_silent && now_us - party->heard_at_us >= lost_us;
}

/* The table is locked. */
static void look_at_room(struct room *room, void *findings)
{
    int64_t now_us = janus_get_monotonic_time();

    janus_mutex_lock(&room->mutex);
    for (int i = 0; i < BRIDGE_SEATS; i++) {
        struct party *party = room->seats[i];
        int turn = party ? speech_turn(party, now_us) : 0;

        if (turn != 0)
            add_finding(findings, party, turn > 0 ? "speaking" : "silent", false);
        if (party && is_lost(party, now_us))
            add_finding(findings, party, "lost", true);
    }
    janus_mutex_unlock(&room->mutex);
}

static void tell(GArray *findings)
{
    for (guint i = 0; i < findings->len; i++) {
        struct finding *f = &g_array_index(findings, struct finding, i);

        if (f->is_lost) {
            party_leave(f->party, f->event);
            party_end(f->party);
        } else {
            notice(f->party, f->event, f->party);
        }
        party_unref(f->party);
    }
    g_array_set_size(findings, 0);
}

static gpointer run(gpointer unused)
{
    GArray *findings = g_array_new(FALSE, FALSE, sizeof(struct finding));

    (void)unused;
    while (!is_stopping) {
        rooms_visit(look_at_room, findings);
        tell(findings);
        parties_release(false);
        g_usleep(TURN_US);
    }
    g_array_free(findings, TRUE);
    return NULL;
}

void watch_open(int lost_seconds)
{
    lost_us = (int64_t)lost_seconds * G_USEC_PER_SEC;
    is_stopping = false;
    thread = g_thread_new("dapi watch", run, NULL);
}

void watch_close(void)
{
    is_stopping = true;
    g_thread_join(thread);
}
