/* test_rtp.c - RTP headers and targets */
#include "test.h"

#include "robotsvc/rtp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static uint32_t read_u32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void a_header_is_as_rfc_3550_draws_it(void **state)
{
    struct rtp_sender sender = { .ssrc = 0x01020304,
                                 .timestamp = 0x11121314,
                                 .sequence = 0x2122,
                                 .payload_type = 111,
                                 .is_marked = true };
    static const unsigned char expected[] = { 0x80, 0x80 | 111, 0x21, 0x22, 0x11, 0x12,
                                              0x13, 0x14,       1,    2,    3,    4 };
    unsigned char header[RTP_HEADER_BYTES];

    (void)state;
    rtp_write_header(&sender, 960, header);
    assert_memory_equal(header, expected, sizeof expected);
}

static void only_the_first_packet_is_marked(void **state)
{
    struct rtp_sender sender;
    unsigned char header[RTP_HEADER_BYTES];

    (void)state;
    rtp_sender_init(&sender, 111);
    rtp_write_header(&sender, 960, header);
    assert_int_equal(header[1], 0x80 | 111);
    rtp_write_header(&sender, 960, header);
    assert_int_equal(header[1], 111);
}

static void time_and_sequence_step_on_and_around(void **state)
{
    struct rtp_sender sender = { .timestamp = UINT32_MAX - 100, .sequence = UINT16_MAX };
    unsigned char header[RTP_HEADER_BYTES];

    (void)state;
    rtp_write_header(&sender, 480, header);
    rtp_write_header(&sender, 960, header);
    assert_int_equal(header[2] << 8 | header[3], 0);
    assert_int_equal(read_u32(header + 4), 379);
}

static void two_senders_have_nothing_in_common(void **state)
{
    struct rtp_sender one;
    struct rtp_sender other;

    (void)state;
    rtp_sender_init(&one, 111);
    rtp_sender_init(&other, 111);
    assert_false(one.ssrc == other.ssrc && one.timestamp == other.timestamp);
}

static void targets_are_numeric_addresses_of_both_families(void **state)
{
    struct rtp_target target;

    (void)state;
    assert_int_equal(rtp_target_from("127.0.0.1", 10000, 111, &target), 0);
    assert_int_equal(target.address.ss_family, AF_INET);
    assert_int_equal(ntohs(((struct sockaddr_in *)&target.address)->sin_port), 10000);
    assert_int_equal(rtp_target_from("::1", 65535, 111, &target), 0);
    assert_int_equal(target.address.ss_family, AF_INET6);
    assert_int_equal(target.address_size, sizeof(struct sockaddr_in6));
}

static void what_is_no_target_is_refused(void **state)
{
    struct rtp_target target;

    (void)state;
    assert_int_equal(rtp_target_from("localhost", 10000, 111, &target), -EINVAL);
    assert_int_equal(rtp_target_from("", 10000, 111, &target), -EINVAL);
    assert_int_equal(rtp_target_from("127.0.0.1", 0, 111, &target), -EINVAL);
    assert_int_equal(rtp_target_from("127.0.0.1", 65536, 111, &target), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_is_as_rfc_3550_draws_it),
        cmocka_unit_test(only_the_first_packet_is_marked),
        cmocka_unit_test(time_and_sequence_step_on_and_around),
        cmocka_unit_test(two_senders_have_nothing_in_common),
        cmocka_unit_test(targets_are_numeric_addresses_of_both_families),
        cmocka_unit_test(what_is_no_target_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
