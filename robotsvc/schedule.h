/* schedule.h - which packet of which stream is due when, and sending it: the pacer without its
 * thread.
 *
 * Time is cut into slots of 2.5 ms, of which every Opus duration is a multiple; they stand in a
 * ring. A stream stands in the slot in which its next packet is due. A new one goes to the emptiest
 * of the next eight, so that the robots, of 20 ms packets mostly, spread over the 20 ms. All
 * packets of a slot leave by sendmmsg. Nothing here allocates. */
#pragma once

#include "robotsvc/list.h"
#include "robotsvc/ogg_opus.h"
#include "robotsvc/rtp.h"

#include <stdatomic.h>
#include <sys/uio.h>

enum {
    SCHEDULE_SLOT_US = 2500,
    SCHEDULE_SLOT_SAMPLES = OPUS_LEAST_SAMPLES,
    SCHEDULE_SPREAD = 8, /* slots in 20 ms */
    SCHEDULE_SLOTS = 64,
    SCHEDULE_BATCH = 128,
    SCHEDULE_MOST_LATE_US = 100000, /* more than this is not caught up in a burst: time moves on */
};
_Static_assert(OPUS_MOST_SAMPLES / SCHEDULE_SLOT_SAMPLES < SCHEDULE_SLOTS,
               "a packet longer than the ring would be sent too early");

/* One recording on its way to one target. */
struct stream {
    struct list entry;
    const struct recording *recording;
    size_t next; /* packet */
    struct rtp_sender rtp;
    struct rtp_target target;
    unsigned char header[RTP_HEADER_BYTES];
    atomic_bool is_stopping; /* may be set by any thread */
    bool is_whole;           /* all was sent, and the last packet has had its time */
};

struct schedule {
    int socket;
    struct list slots[SCHEDULE_SLOTS]; /* of streams */
    unsigned slot_streams[SCHEDULE_SLOTS];
    unsigned now_slot;
    int64_t due_us; /* of now_slot */
    size_t playing;
    uint64_t sent;
    uint64_t lost; /* could not be sent */
    unsigned batched;
    struct mmsghdr batch[SCHEDULE_BATCH];
    struct iovec parts[SCHEDULE_BATCH][2]; /* header, payload */
};

void schedule_init(struct schedule *schedule, int socket);

/* Take all of `streams`, which becomes empty. */
void schedule_add(struct schedule *schedule, struct list *streams, int64_t now_us);

/* Send what the slot that is due holds, if it is due, and append to *ended what has ended or was
 * stopped. Returns when to call this again, at most 20 ms later; -1 if nothing plays. */
int64_t schedule_turn(struct schedule *schedule, int64_t now_us, struct list *ended);
