/* schedule.c - which packet of which stream is due when, and sending it */
#include "robotsvc/schedule.h"

#include <errno.h>
#include <string.h>

void schedule_init(struct schedule *schedule, int socket)
{
    *schedule = (struct schedule){ .socket = socket };
    for (unsigned i = 0; i < SCHEDULE_SLOTS; i++)
        list_init(&schedule->slots[i]);
}

static void put_in_slot(struct schedule *schedule, struct stream *stream, unsigned slot)
{
    slot %= SCHEDULE_SLOTS;
    list_append(&schedule->slots[slot], &stream->entry);
    schedule->slot_streams[slot]++;
}

static unsigned find_emptiest_slot(const struct schedule *schedule)
{
    unsigned best = schedule->now_slot;

    for (unsigned i = 1; i < SCHEDULE_SPREAD; i++) {
        unsigned slot = (schedule->now_slot + i) % SCHEDULE_SLOTS;

        if (schedule->slot_streams[slot] < schedule->slot_streams[best])
            best = slot;
    }
    return best;
}

void schedule_add(struct schedule *schedule, struct list *streams, int64_t now_us)
{
    struct list *first;

    if (schedule->playing == 0)
        schedule->due_us = now_us;
    while ((first = list_take_first(streams)) != NULL) {
        put_in_slot(schedule, LIST_MEMBER(first, struct stream, entry),
                    find_emptiest_slot(schedule));
        schedule->playing++;
    }
}

/* A packet that cannot be sent is lost, as on any network; those behind it still go. */
static void send_batch(struct schedule *schedule)
{
    unsigned done = 0;

    while (done < schedule->batched) {
        int sent = sendmmsg(schedule->socket, schedule->batch + done, schedule->batched - done,
                            MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent > 0) {
            schedule->sent += (unsigned)sent;
            done += (unsigned)sent;
        } else if (errno != EINTR) {
            schedule->lost++;
            done++;
        }
    }
    schedule->batched = 0;
}

static void send_packet(struct schedule *schedule, struct stream *stream)
{
    const struct opus_packet *packet = &stream->recording->packets[stream->next++];
    struct iovec *parts = schedule->parts[schedule->batched];
    struct msghdr *message = &schedule->batch[schedule->batched].msg_hdr;

    rtp_write_header(&stream->rtp, packet->samples, stream->header);
    parts[0] = (struct iovec){ stream->header, sizeof stream->header };
    /* The kernel only reads the payload; iovec knows no const. */
    memcpy(&parts[1].iov_base, &packet->data, sizeof packet->data);
    parts[1].iov_len = packet->size;
    message->msg_name = &stream->target.address;
    message->msg_namelen = stream->target.address_size;
    message->msg_iov = parts;
    message->msg_iovlen = 2;
    if (++schedule->batched == SCHEDULE_BATCH)
        send_batch(schedule);
    put_in_slot(schedule, stream, schedule->now_slot + packet->samples / SCHEDULE_SLOT_SAMPLES);
}

/* A stream comes once more after its last packet, when that has had its time. */
static void send_slot(struct schedule *schedule, struct list *ended)
{
    struct list due;
    struct list *first;

    list_init(&due);
    list_take_all(&due, &schedule->slots[schedule->now_slot]);
    schedule->slot_streams[schedule->now_slot] = 0;
    while ((first = list_take_first(&due)) != NULL) {
        struct stream *stream = LIST_MEMBER(first, struct stream, entry);

        stream->is_whole = stream->next == stream->recording->count;
        if (stream->is_whole || atomic_load(&stream->is_stopping)) {
            list_append(ended, &stream->entry);
            schedule->playing--;
        } else {
            send_packet(schedule, stream);
        }
    }
    send_batch(schedule);
}

/* To the next slot that holds something, but not so far that a new stream would wait for long. */
static void step_on(struct schedule *schedule)
{
    for (unsigned i = 0; i < SCHEDULE_SPREAD; i++) {
        schedule->now_slot = (schedule->now_slot + 1) % SCHEDULE_SLOTS;
        schedule->due_us += SCHEDULE_SLOT_US;
        if (schedule->slot_streams[schedule->now_slot] > 0)
            return;
    }
}

int64_t schedule_turn(struct schedule *schedule, int64_t now_us, struct list *ended)
{
    if (schedule->playing == 0)
        return -1;
    if (now_us < schedule->due_us)
        return schedule->due_us;
    if (now_us - schedule->due_us > SCHEDULE_MOST_LATE_US)
        schedule->due_us = now_us;
    send_slot(schedule, ended);
    if (schedule->playing == 0)
        return -1;
    step_on(schedule);
    return schedule->due_us;
}
