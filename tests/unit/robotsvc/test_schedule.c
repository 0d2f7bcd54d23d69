/* test_schedule.c - what is sent when, on a clock that the tests turn; the network is loopback */
#include "test.h"

#include "robotsvc/schedule.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SLOT = SCHEDULE_SLOT_US, PACKETS = 3 };

static struct schedule schedule;
static struct list ended;
static int receiver;
static struct rtp_target target;
static struct opus_packet packets[PACKETS];
static const struct recording recording = { .packets = packets, .count = PACKETS };

static int begin(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof address;

    (void)state;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    receiver = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (bind(receiver, (struct sockaddr *)&address, size) < 0 ||
        getsockname(receiver, (struct sockaddr *)&address, &size) < 0)
        return -1;
    list_init(&ended);
    schedule_init(&schedule, rtp_open_socket("127.0.0.1"));
    for (int i = 0; i < PACKETS; i++)
        packets[i] = (struct opus_packet){ (const unsigned char *)"sound", 5, 960 };
    return rtp_target_from("127.0.0.1", ntohs(address.sin_port), 111, &target);
}

static int end(void **state)
{
    (void)state;
    close(receiver);
    return close(schedule.socket);
}

static struct stream make_stream(uint32_t ssrc)
{
    return (struct stream){
        .recording = &recording,
        .rtp = {.ssrc = ssrc, .payload_type = 111, .is_marked = true},
        .target = target
    };
}

static void add(struct stream *stream, int64_t now_us)
{
    struct list one;

    list_init(&one);
    list_append(&one, &stream->entry);
    schedule_add(&schedule, &one, now_us);
}

/* How many packets have arrived; the last one's header is in `last`. */
static int receive_all(unsigned char last[RTP_HEADER_BYTES])
{
    unsigned char packet[100];
    int count = 0;

    while (recv(receiver, packet, sizeof packet, 0) > 0) {
        memcpy(last, packet, RTP_HEADER_BYTES);
        count++;
    }
    return count;
}

static void assert_received(int expected)
{
    unsigned char last[RTP_HEADER_BYTES];

    assert_int_equal(receive_all(last), expected);
}

static void nothing_plays_at_first(void **state)
{
    (void)state;
    assert_int_equal(schedule_turn(&schedule, 1000, &ended), -1);
}

static void packets_leave_20_ms_apart(void **state)
{
    struct stream stream = make_stream(1);

    (void)state;
    add(&stream, 1000);
    for (int64_t now = 1000; now <= 1000 + 2 * 20000; now += 20000) {
        assert_int_equal(schedule_turn(&schedule, now, &ended), now + 20000);
        assert_received(1);
        assert_int_equal(schedule_turn(&schedule, now + 19999, &ended), now + 20000);
        assert_received(0);
    }
}

static void a_stream_ends_when_its_last_packet_has_had_its_time(void **state)
{
    struct stream stream = make_stream(1);
    int64_t now = 0;

    (void)state;
    add(&stream, 0);
    for (int i = 0; i < PACKETS; i++)
        now = schedule_turn(&schedule, now, &ended);
    assert_true(list_is_empty(&ended));
    assert_int_equal(now, PACKETS * 20000);
    assert_int_equal(schedule_turn(&schedule, now, &ended), -1);
    assert_ptr_equal(list_first(&ended), &stream.entry);
    assert_true(stream.is_whole);
    assert_received(PACKETS);
}

static void a_stopped_stream_sends_nothing_more(void **state)
{
    struct stream stream = make_stream(1);
    int64_t next;

    (void)state;
    add(&stream, 0);
    next = schedule_turn(&schedule, 0, &ended);
    atomic_store(&stream.is_stopping, true);
    assert_int_equal(schedule_turn(&schedule, next, &ended), -1);
    assert_ptr_equal(list_first(&ended), &stream.entry);
    assert_false(stream.is_whole);
    assert_received(1);
}

static void other_durations_are_kept(void **state)
{
    struct stream stream = make_stream(1);

    (void)state;
    packets[0].samples = 120;
    packets[1].samples = 2880;
    add(&stream, 0);
    assert_int_equal(schedule_turn(&schedule, 0, &ended), 2500);
    assert_int_equal(schedule_turn(&schedule, 2500, &ended), 2500 + 20000);
    assert_int_equal(schedule_turn(&schedule, 22500, &ended), 42500);
    assert_received(2);
    assert_int_equal(schedule_turn(&schedule, 42500, &ended), 62500);
    assert_int_equal(schedule_turn(&schedule, 62500, &ended), 82500);
    assert_received(1);
}

static void streams_spread_over_20_ms(void **state)
{
    struct stream streams[2 * SCHEDULE_SPREAD];

    (void)state;
    for (unsigned i = 0; i < COUNT_OF(streams); i++) {
        streams[i] = make_stream(i);
        add(&streams[i], 0);
    }
    for (int64_t now = 0; now < 20000; now += SLOT) {
        assert_int_equal(schedule_turn(&schedule, now, &ended), now + SLOT);
        assert_received(2);
    }
}

static void more_streams_than_a_batch_leave_in_one_slot(void **state)
{
    enum { MANY = SCHEDULE_SPREAD * (SCHEDULE_BATCH + 1) };
    struct stream *streams = calloc(MANY, sizeof *streams);

    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        streams[i] = make_stream(i);
        add(&streams[i], 0);
    }
    schedule_turn(&schedule, 0, &ended);
    assert_int_equal(schedule.sent, SCHEDULE_BATCH + 1);
    free(streams);
}

static void a_short_delay_is_caught_up(void **state)
{
    struct stream stream = make_stream(1);

    (void)state;
    add(&stream, 0);
    assert_int_equal(schedule_turn(&schedule, 45000, &ended), 20000);
    assert_int_equal(schedule_turn(&schedule, 45000, &ended), 40000);
    assert_int_equal(schedule_turn(&schedule, 45000, &ended), 60000);
}

static void a_long_delay_moves_the_schedule(void **state)
{
    struct stream stream = make_stream(1);

    (void)state;
    add(&stream, 0);
    assert_int_equal(schedule_turn(&schedule, 5000000, &ended), 5020000);
    assert_received(1);
}

static void a_packet_that_cannot_be_sent_does_not_hold_up_the_others(void **state)
{
    struct stream lost = make_stream(1);
    struct stream good = make_stream(2);

    (void)state;
    assert_int_equal(rtp_target_from("::1", 9, 111, &lost.target), 0);
    schedule.slot_streams[0] = 1000; /* so that both stand in one slot */
    add(&lost, 0);
    schedule.slot_streams[1] = 0;
    add(&good, 0);
    schedule_turn(&schedule, 0, &ended);
    schedule_turn(&schedule, SLOT, &ended);
    assert_received(1);
    assert_int_equal(schedule.lost, 1);
    assert_int_equal(schedule.sent, 1);
}

#define SCHEDULE_TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCHEDULE_TEST(nothing_plays_at_first),
        SCHEDULE_TEST(packets_leave_20_ms_apart),
        SCHEDULE_TEST(a_stream_ends_when_its_last_packet_has_had_its_time),
        SCHEDULE_TEST(a_stopped_stream_sends_nothing_more),
        SCHEDULE_TEST(other_durations_are_kept),
        SCHEDULE_TEST(streams_spread_over_20_ms),
        SCHEDULE_TEST(more_streams_than_a_batch_leave_in_one_slot),
        SCHEDULE_TEST(a_short_delay_is_caught_up),
        SCHEDULE_TEST(a_long_delay_moves_the_schedule),
        SCHEDULE_TEST(a_packet_that_cannot_be_sent_does_not_hold_up_the_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
