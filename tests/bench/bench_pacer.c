/* bench_pacer.c - the pacer's path beside bare sendmmsg of the same packets, and how late it sends
 *
 * Prints packets a second of both, their ratio, and the 99th percentile of the lateness of 2,000
 * robots' packets. Sockets that receive are bound but not read: their full buffers drop cheaply,
 * for both alike. */
/* links: robotsvc */
#include "common/clock.h"
#include "common/memory.h"
#include "robotsvc/schedule.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum {
    ROBOTS = 2000,
    PAYLOAD_BYTES = 80,
    PACKETS = 250, /* 5 s of 20 ms */
    ROUNDS = 5,
};

static struct opus_packet packets[PACKETS];
static const struct recording recording = { .packets = packets, .count = PACKETS };
static unsigned char payload[PAYLOAD_BYTES] = { 31 << 3 };
static struct rtp_target targets[ROBOTS];
static int receivers[16];

static void fail(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

/* A few sockets that receive, shared by all robots. */
static void open_receivers(void)
{
    for (size_t i = 0; i < COUNT_OF(receivers); i++) {
        struct sockaddr_in address = { .sin_family = AF_INET };
        socklen_t size = sizeof address;

        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        receivers[i] = socket(AF_INET, SOCK_DGRAM, 0);
        if (bind(receivers[i], (struct sockaddr *)&address, size) < 0 ||
            getsockname(receivers[i], (struct sockaddr *)&address, &size) < 0)
            fail("bind");
        for (size_t robot = i; robot < ROBOTS; robot += COUNT_OF(receivers)) {
            if (rtp_target_from("127.0.0.1", ntohs(address.sin_port), 111, &targets[robot]) < 0)
                fail("target");
        }
    }
}

static struct stream *make_streams(struct list *list)
{
    struct stream *streams = must_alloc(ROBOTS, sizeof *streams);

    list_init(list);
    for (size_t i = 0; i < ROBOTS; i++) {
        streams[i].recording = &recording;
        streams[i].target = targets[i];
        rtp_sender_init(&streams[i].rtp, 111);
        list_append(list, &streams[i].entry);
    }
    return streams;
}

/* All packets as fast as they go, on a clock that is always right. */
static double run_schedule(int socket)
{
    static struct schedule schedule;
    struct list list;
    struct list ended;
    struct stream *streams = make_streams(&list);
    int64_t begun_us = clock_steady_us();
    int64_t now_us = 0;
    double seconds;

    list_init(&ended);
    schedule_init(&schedule, socket);
    schedule_add(&schedule, &list, 0);
    while (now_us >= 0)
        now_us = schedule_turn(&schedule, now_us, &ended);
    seconds = (double)(clock_steady_us() - begun_us) / 1e6;
    free(streams);
    return (double)(schedule.sent + schedule.lost) / seconds;
}

/* The same number of the same packets, nothing but sendmmsg of messages that never change. */
static double run_bare(int socket)
{
    static struct mmsghdr batch[ROBOTS];
    static unsigned char packet[RTP_HEADER_BYTES + PAYLOAD_BYTES];
    struct iovec part = { packet, sizeof packet };
    int64_t begun_us = clock_steady_us();

    for (size_t i = 0; i < ROBOTS; i++)
        batch[i].msg_hdr = (struct msghdr){ .msg_name = &targets[i].address,
                                            .msg_namelen = targets[i].address_size,
                                            .msg_iov = &part,
                                            .msg_iovlen = 1 };
    for (int i = 0; i < PACKETS; i++) {
        for (unsigned at = 0; at < ROBOTS; at += SCHEDULE_BATCH) {
            unsigned left = ROBOTS - at < SCHEDULE_BATCH ? ROBOTS - at : SCHEDULE_BATCH;

            if (sendmmsg(socket, batch + at, left, MSG_DONTWAIT) < 0)
                fail("sendmmsg");
        }
    }
    return (double)ROBOTS * PACKETS / ((double)(clock_steady_us() - begun_us) / 1e6);
}

static void sleep_until(int64_t steady_us)
{
    struct timespec until = { .tv_sec = steady_us / 1000000,
                              .tv_nsec = steady_us % 1000000 * 1000 };

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
        continue;
}

static int compare_numbers(const void *a, const void *b)
{
    const int64_t *one = a;
    const int64_t *other = b;

    return (*one > *other) - (*one < *other);
}

/* In real time, as the pacer's thread does it: each packet is as late as the end of its slot's
 * sending. */
static void run_in_time(int socket)
{
    static int64_t late_us[PACKETS * SCHEDULE_SPREAD * 2];
    static struct schedule schedule;
    struct list list;
    struct list ended;
    struct stream *streams = make_streams(&list);
    int64_t due_us = clock_steady_us();
    size_t count = 0;

    prctl(PR_SET_TIMERSLACK, 1UL);
    list_init(&ended);
    schedule_init(&schedule, socket);
    schedule_add(&schedule, &list, due_us);
    while (due_us >= 0 && count < COUNT_OF(late_us)) {
        int64_t next_us = schedule_turn(&schedule, clock_steady_us(), &ended);

        late_us[count++] = clock_steady_us() - due_us;
        due_us = next_us;
        if (due_us >= 0)
            sleep_until(due_us);
    }
    free(streams);
    qsort(late_us, count, sizeof *late_us, compare_numbers);
    printf("lateness with %d robots: p50 %.3f ms, p99 %.3f ms, most %.3f ms (target on an idle "
           "machine: p99 below 2 ms)\n",
           ROBOTS, (double)late_us[count / 2] / 1e3, (double)late_us[count * 99 / 100] / 1e3,
           (double)late_us[count - 1] / 1e3);
}

int main(void)
{
    double best_schedule = 0;
    double best_bare = 0;
    int socket = rtp_open_socket("127.0.0.1");

    if (socket < 0)
        fail("socket");
    open_receivers();
    for (size_t i = 0; i < PACKETS; i++)
        packets[i] = (struct opus_packet){ payload, PAYLOAD_BYTES, 960 };
    for (int i = 0; i < ROUNDS; i++) {
        double schedule = run_schedule(socket);
        double bare = run_bare(socket);

        best_schedule = schedule > best_schedule ? schedule : best_schedule;
        best_bare = bare > best_bare ? bare : best_bare;
    }
    printf("pacer %.0f packets/s (%.0f robots a core), bare sendmmsg %.0f packets/s, ratio %.2f "
           "(target: at least 0.60)\n",
           best_schedule, best_schedule / 50, best_bare, best_schedule / best_bare);
    run_in_time(socket);
    close(socket);
    for (size_t i = 0; i < COUNT_OF(receivers); i++)
        close(receivers[i]);
    return 0;
}
