/* pacer.c - the thread that sends every robot's packets on time, and how it is spoken to */
#include "robotsvc/pacer.h"

#include "common/clock.h"
#include "common/memory.h"
#include "common/metrics.h"
#include "robotsvc/schedule.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

/* The pacer's thread owns it from pacer_play until it is in the outbox. */
struct pacer_stream {
    struct stream stream; /* all that the schedule knows */
    pacer_end_function *on_end;
    void *context;
};

struct pacer {
    struct loop *loop;
    int socket;
    int wake_fd; /* tells the loop that the outbox has something */
    pthread_t thread;
    bool has_thread;
    struct schedule schedule; /* the thread's own */

    pthread_mutex_t mutex; /* guards what follows, up to the next blank line */
    pthread_cond_t changed;
    struct list inbox;
    struct list outbox;
    bool is_leaving;

    struct metric *sent;
    struct metric *lost;
    struct metric *lateness;
};

/* Sleep while nothing plays; take what is new. False when the pacer is to end. */
static bool take_inbox(struct pacer *pacer, struct list *new)
{
    bool goes_on;

    pthread_mutex_lock(&pacer->mutex);
    while (pacer->schedule.playing == 0 && list_is_empty(&pacer->inbox) && !pacer->is_leaving)
        pthread_cond_wait(&pacer->changed, &pacer->mutex);
    list_take_all(new, &pacer->inbox);
    goes_on = !pacer->is_leaving;
    pthread_mutex_unlock(&pacer->mutex);
    return goes_on;
}

static void fill_outbox(struct pacer *pacer, struct list *ended)
{
    if (list_is_empty(ended))
        return;
    pthread_mutex_lock(&pacer->mutex);
    list_take_all(&pacer->outbox, ended);
    pthread_mutex_unlock(&pacer->mutex);
    (void)eventfd_write(pacer->wake_fd, 1);
}

static void sleep_until(int64_t steady_us)
{
    struct timespec until = { .tv_sec = steady_us / 1000000,
                              .tv_nsec = steady_us % 1000000 * 1000 };

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
}

/* What the schedule counted goes to the metrics once a slot, not once a packet. */
static void count(struct pacer *pacer, int64_t due_us)
{
    struct schedule *schedule = &pacer->schedule;

    if (schedule->sent + schedule->lost == 0)
        return;
    metric_observe_us(pacer->lateness, clock_steady_us() - due_us);
    metric_add(pacer->sent, schedule->sent);
    metric_add(pacer->lost, schedule->lost);
    schedule->sent = 0;
    schedule->lost = 0;
}

static void *run_thread(void *context)
{
    struct pacer *pacer = context;
    struct list new;
    struct list ended;

    list_init(&new);
    list_init(&ended);
    prctl(PR_SET_NAME, "pacer");
    /* An ordinary thread's timers may come 50 us late, to save power. */
    prctl(PR_SET_TIMERSLACK, 1UL);
    while (take_inbox(pacer, &new)) {
        int64_t now_us = clock_steady_us();
        int64_t due_us;
        int64_t next_us;

        schedule_add(&pacer->schedule, &new, now_us);
        due_us = pacer->schedule.due_us;
        next_us = schedule_turn(&pacer->schedule, now_us, &ended);
        count(pacer, due_us);
        fill_outbox(pacer, &ended);
        if (next_us >= 0)
            sleep_until(next_us);
    }
    fill_outbox(pacer, &new);
    return NULL;
}

static void on_wake(void *context, uint32_t epoll_events)
{
    struct pacer *pacer = context;
    struct list ended;
    struct list *first;
    eventfd_t wakes;

    (void)epoll_events;
    list_init(&ended);
    (void)eventfd_read(pacer->wake_fd, &wakes);
    pthread_mutex_lock(&pacer->mutex);
    list_take_all(&ended, &pacer->outbox);
    pthread_mutex_unlock(&pacer->mutex);
    while ((first = list_take_first(&ended)) != NULL) {
        struct pacer_stream *stream = LIST_MEMBER(first, struct pacer_stream, stream.entry);

        stream->on_end(stream->context, stream->stream.is_whole);
        free(stream);
    }
}

static void make_metrics(struct pacer *pacer)
{
    pacer->sent = metric_counter("dapi_rtp_packets_sent_total", "", "RTP packets sent by robots");
    pacer->lost =
        metric_counter("dapi_rtp_packets_lost_total", "", "RTP packets that could not be sent");
    pacer->lateness = metric_seconds("dapi_rtp_lateness_seconds", "",
                                     "when a slot's packets had all left, after they were due");
}

static int start_thread(struct pacer *pacer)
{
    int r = -pthread_create(&pacer->thread, NULL, run_thread, pacer);

    pacer->has_thread = r == 0;
    return r;
}

int pacer_open(struct loop *loop, const char *ip, struct pacer **ret)
{
    AUTO(pacer_freep) struct pacer *pacer = must_alloc(1, sizeof *pacer);
    int r;

    pacer->loop = loop;
    pacer->wake_fd = -1;
    pthread_mutex_init(&pacer->mutex, NULL);
    pthread_cond_init(&pacer->changed, NULL);
    list_init(&pacer->inbox);
    list_init(&pacer->outbox);
    make_metrics(pacer);
    r = pacer->socket = rtp_open_socket(ip);
    schedule_init(&pacer->schedule, pacer->socket);
    if (r < 0)
        return r;
    pacer->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (pacer->wake_fd < 0)
        return -errno;
    r = loop_add_fd(loop, pacer->wake_fd, EPOLLIN, on_wake, pacer);
    if (r == 0)
        r = start_thread(pacer);
    if (r < 0)
        return r;
    *ret = TAKE(pacer);
    return 0;
}

static void free_streams(struct list *streams)
{
    struct list *first;

    while ((first = list_take_first(streams)) != NULL)
        free(LIST_MEMBER(first, struct pacer_stream, stream.entry));
}

static void end_thread(struct pacer *pacer)
{
    pthread_mutex_lock(&pacer->mutex);
    pacer->is_leaving = true;
    pthread_cond_signal(&pacer->changed);
    pthread_mutex_unlock(&pacer->mutex);
    pthread_join(pacer->thread, NULL);
}

struct pacer *pacer_free(struct pacer *pacer)
{
    if (!pacer)
        return NULL;
    if (pacer->has_thread)
        end_thread(pacer);
    if (pacer->wake_fd >= 0) {
        loop_remove_fd(pacer->loop, pacer->wake_fd);
        close(pacer->wake_fd);
    }
    if (pacer->socket >= 0)
        close(pacer->socket);
    free_streams(&pacer->inbox);
    free_streams(&pacer->outbox);
    for (unsigned i = 0; i < SCHEDULE_SLOTS; i++)
        free_streams(&pacer->schedule.slots[i]);
    pthread_cond_destroy(&pacer->changed);
    pthread_mutex_destroy(&pacer->mutex);
    free(pacer);
    return NULL;
}

uint16_t pacer_port(const struct pacer *pacer)
{
    return rtp_socket_port(pacer->socket);
}

struct pacer_stream *pacer_play(struct pacer *pacer, const struct recording *recording,
                                int64_t from_ms, const struct rtp_target *target,
                                pacer_end_function *on_end, void *context)
{
    struct pacer_stream *stream = must_alloc(1, sizeof *stream);

    stream->stream.recording = recording;
    stream->stream.next = recording_packet_at(recording, from_ms);
    stream->stream.target = *target;
    stream->on_end = on_end;
    stream->context = context;
    rtp_sender_init(&stream->stream.rtp, target->payload_type);
    if (target->ssrc)
        stream->stream.rtp.ssrc = target->ssrc;
    pthread_mutex_lock(&pacer->mutex);
    list_append(&pacer->inbox, &stream->stream.entry);
    pthread_cond_signal(&pacer->changed);
    pthread_mutex_unlock(&pacer->mutex);
    return stream;
}

void pacer_stop(struct pacer_stream *stream)
{
    atomic_store(&stream->stream.is_stopping, true);
}
