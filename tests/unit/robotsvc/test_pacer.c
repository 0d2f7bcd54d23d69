/* test_pacer.c - the pacer with its thread and its socket, heard over loopback */
#include "test.h"

#include "robotsvc/pacer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { PACKETS = 5, PATIENCE_MS = 5000 };

static struct loop *loop;
static struct pacer *pacer;
static int receiver;
static struct rtp_target target;
static struct opus_packet packets[PACKETS];
static const struct recording recording = { .packets = packets, .count = PACKETS };
static int ends;
static bool was_whole;

static int begin(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof address;

    (void)state;
    ends = 0;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    receiver = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(receiver, (struct sockaddr *)&address, size) < 0 ||
        getsockname(receiver, (struct sockaddr *)&address, &size) < 0)
        return -1;
    for (int i = 0; i < PACKETS; i++)
        packets[i] = (struct opus_packet){ (const unsigned char *)"sound", 5, 960 };
    if (rtp_target_from("127.0.0.1", ntohs(address.sin_port), 111, &target) < 0 ||
        loop_open(&loop) < 0)
        return -1;
    return pacer_open(loop, "127.0.0.1", &pacer);
}

static int end(void **state)
{
    (void)state;
    pacer = pacer_free(pacer);
    loop = loop_free(loop);
    return close(receiver);
}

static void on_end(void *context, bool is_whole)
{
    (void)context;
    ends++;
    was_whole = is_whole;
}

static void await_ends(int expected)
{
    while (ends < expected)
        assert_int_equal(loop_turn(loop, PATIENCE_MS), 0);
}

static void a_recording_arrives_whole_and_in_order(void **state)
{
    unsigned char packet[100];
    int first = -1;

    (void)state;
    pacer_play(pacer, &recording, 0, &target, on_end, NULL);
    await_ends(1);
    assert_true(was_whole);
    for (int i = 0; i < PACKETS; i++) {
        assert_int_equal(recv(receiver, packet, sizeof packet, 0), RTP_HEADER_BYTES + 5);
        assert_memory_equal(packet + RTP_HEADER_BYTES, "sound", 5);
        if (i == 0)
            first = packet[2] << 8 | packet[3];
        assert_int_equal(packet[2] << 8 | packet[3], (first + i) & 0xffff);
    }
}

static void a_stream_says_what_its_target_wants_from_the_announced_port(void **state)
{
    unsigned char packet[100];
    struct sockaddr_in from;
    socklen_t size = sizeof from;

    (void)state;
    target.ssrc = 0x01020304;
    pacer_play(pacer, &recording, 0, &target, on_end, NULL);
    await_ends(1);
    assert_int_equal(recvfrom(receiver, packet, sizeof packet, 0, (struct sockaddr *)&from, &size),
                     RTP_HEADER_BYTES + 5);
    assert_memory_equal(packet + 8, "\x01\x02\x03\x04", 4);
    assert_int_equal(ntohs(from.sin_port), pacer_port(pacer));
    target.ssrc = 0;
}

static void a_recording_is_resumed_inside(void **state)
{
    unsigned char packet[100];
    int arrived = 0;

    (void)state;
    pacer_play(pacer, &recording, 2 * 20, &target, on_end, NULL);
    await_ends(1);
    assert_true(was_whole);
    while (recv(receiver, packet, sizeof packet, MSG_DONTWAIT) > 0)
        arrived++;
    assert_int_equal(arrived, PACKETS - 2);
}

static void many_streams_end_once_each(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++)
        pacer_play(pacer, &recording, 0, &target, on_end, NULL);
    await_ends(100);
    assert_int_equal(loop_turn(loop, 0), 0);
    assert_int_equal(ends, 100);
}

static void a_stopped_stream_says_that_it_was_not_whole(void **state)
{
    (void)state;
    pacer_stop(pacer_play(pacer, &recording, 0, &target, on_end, NULL));
    await_ends(1);
    assert_false(was_whole);
}

static void it_sleeps_and_wakes_again(void **state)
{
    (void)state;
    for (int round = 1; round <= 2; round++) {
        pacer_play(pacer, &recording, 0, &target, on_end, NULL);
        await_ends(round);
    }
}

static void freeing_it_calls_nobody(void **state)
{
    (void)state;
    pacer_play(pacer, &recording, 0, &target, on_end, NULL);
    pacer = pacer_free(pacer);
    assert_int_equal(ends, 0);
}

static void an_address_that_is_not_numeric_is_refused(void **state)
{
    struct pacer *none = NULL;

    (void)state;
    assert_int_equal(pacer_open(loop, "localhost", &none), -EINVAL);
    assert_null(none);
}

#define PACER_TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PACER_TEST(a_recording_arrives_whole_and_in_order),
        PACER_TEST(a_stream_says_what_its_target_wants_from_the_announced_port),
        PACER_TEST(a_recording_is_resumed_inside),
        PACER_TEST(many_streams_end_once_each),
        PACER_TEST(a_stopped_stream_says_that_it_was_not_whole),
        PACER_TEST(it_sleeps_and_wakes_again),
        PACER_TEST(freeing_it_calls_nobody),
        PACER_TEST(an_address_that_is_not_numeric_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
