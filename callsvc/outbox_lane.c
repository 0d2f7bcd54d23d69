/* outbox_lane.c - the thread in which deliveries are sent */
#include "callsvc/outbox_lane.h"

#include "callsvc/http_client.h"
#include "callsvc/mailbox.h"
#include "callsvc/outbox_plan.h"
#include "common/log.h"
#include "common/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct lane {
    struct loop *loop;       /* the lane's own */
    struct loop *other_loop; /* that of who asks */
    struct mailbox to_send;
    struct mailbox done;
    bool has_done; /* something came back in this turn */
    struct apns *apns;
    struct fcm *fcm;
    struct webhooks *webhooks;
    pthread_t thread;
    bool is_started;
};

static void on_done(void *context, struct delivery *delivery)
{
    struct lane *lane = context;

    delivery->next = NULL;
    mailbox_put(&lane->done, delivery);
    lane->has_done = true;
}

static void send_one(struct lane *lane, struct delivery *delivery)
{
    delivery->next = NULL;
    switch (delivery->queue) {
    case QUEUE_APNS: apns_send(lane->apns, delivery); break;
    case QUEUE_FCM: fcm_send(lane->fcm, delivery); break;
    default: webhooks_send(lane->webhooks, delivery); break;
    }
}

static bool send_all(void *context)
{
    struct lane *lane = context;
    struct delivery *delivery = mailbox_take_all(&lane->to_send);
    bool has_sent = delivery != NULL;

    while (delivery) {
        struct delivery *next = delivery->next;

        send_one(lane, delivery);
        delivery = next;
    }
    return has_sent;
}

/* The other loop is woken once for all that came back in a round. */
static bool tell(void *context)
{
    struct lane *lane = context;

    if (!lane->has_done)
        return false;
    lane->has_done = false;
    loop_wake(lane->other_loop);
    return true;
}

static int open_senders(struct lane *lane, const struct lane_settings *settings)
{
    int r = http_client_start();

    if (r < 0)
        return r;
    if (settings->apns)
        lane->apns = apns_new(lane->loop, settings->apns, on_done, lane);
    if (settings->fcm)
        r = fcm_open(lane->loop, settings->fcm, on_done, lane, &lane->fcm);
    if (r >= 0 && settings->webhooks)
        r = webhooks_open(lane->loop, settings->webhooks, settings->ca_file, on_done, lane,
                          &lane->webhooks);
    return r;
}

static void *run(void *context)
{
    struct lane *lane = context;
    int r = loop_run(lane->loop);

    if (r < 0)
        (void)log_failed(r, "run the outbox's thread");
    return NULL;
}

int lane_open(const struct lane_settings *settings, struct loop *loop, struct lane **ret)
{
    AUTO(lane_freep) struct lane *lane = must_alloc(1, sizeof *lane);
    int r = loop_open(&lane->loop);

    if (r < 0)
        return r;
    lane->other_loop = loop;
    loop_add_hook(lane->loop, send_all, NULL, lane);
    r = open_senders(lane, settings);
    if (r < 0)
        return r;
    loop_add_hook(lane->loop, tell, NULL, lane);
    r = pthread_create(&lane->thread, NULL, run, lane);
    if (r != 0)
        return -r;
    lane->is_started = true;
    *ret = TAKE(lane);
    return 0;
}

struct lane *lane_free(struct lane *lane)
{
    if (!lane)
        return NULL;
    if (lane->is_started) {
        loop_stop(lane->loop);
        pthread_join(lane->thread, NULL);
    }
    apns_free(lane->apns);
    fcm_free(lane->fcm);
    webhooks_free(lane->webhooks);
    delivery_free_all(mailbox_take_all(&lane->to_send));
    delivery_free_all(mailbox_take_all(&lane->done));
    loop_free(lane->loop);
    free(lane);
    return NULL;
}

void lane_send(struct lane *lane, struct delivery *first)
{
    mailbox_put(&lane->to_send, first);
    loop_wake(lane->loop);
}

struct delivery *lane_take_done(struct lane *lane)
{
    return mailbox_take_all(&lane->done);
}
