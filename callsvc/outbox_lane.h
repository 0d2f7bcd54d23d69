/* outbox_lane.h - the thread in which deliveries are sent, so that nothing that a push service or
 * an endpoint does can delay a request */
#pragma once

#include "callsvc/push_apns.h"
#include "callsvc/push_fcm.h"
#include "callsvc/webhook.h"

struct lane;

struct lane_settings {
    const struct apns_settings *apns; /* NULL: not configured; all are borrowed */
    const struct fcm_settings *fcm;
    const struct webhook_settings *webhooks;
    const char *ca_file;
};

/* Start the thread. `loop` is woken when deliveries come back. 0 or -errno. */
int lane_open(const struct lane_settings *settings, struct loop *loop,
              struct lane **ret) MUST_CHECK;
/* Ends the thread; what it has in hand stays leased in the store. */
struct lane *lane_free(struct lane *lane);
DEFINE_AUTO(struct lane *, lane_free)

/* Deliveries, linked, to send: they are the lane's. */
void lane_send(struct lane *lane, struct delivery *first);
/* Those that have their outcome, linked; NULL: there are none. */
struct delivery *lane_take_done(struct lane *lane);
