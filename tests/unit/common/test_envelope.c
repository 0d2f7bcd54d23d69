/* test_envelope.c - envelopes of the bus come back as they were sent; bad ones are refused */
#include "test.h"

#include "common/bus.h"
#include "common/messages/call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TRACE   "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
#define NO_BULK ((struct bytes){ 0 })

static struct envelope_reader reader;
static struct envelope got;

static int set_up(void **state)
{
    (void)state;
    envelope_reader_init(&reader);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    envelope_reader_done(&reader);
    return 0;
}

static int read_first(const void *frame, size_t size)
{
    envelope_reader_begin(&reader, (struct bytes){ frame, size });
    return envelope_next(&reader, &got);
}
#define READ(literal) read_first(literal, sizeof(literal) - 1)

static void add_request(struct buffer *frame, uint64_t id, const char *trace, struct bytes bulk)
{
    struct call_join join = { .uid = "1002", .channel = "ch_1" };

    envelope_add_request(frame, id, "call_join", 5000, trace, call_join_message(), &join, bulk);
}

static void a_request_comes_back_as_it_was_sent(void **state)
{
    AUTO(buffer_done) struct buffer frame = { 0 };
    struct call_join join;
    struct fault fault;
    (void)state;

    add_request(&frame, UINT64_MAX, TRACE, (struct bytes){ "bulk", 4 });
    assert_int_equal(read_first(frame.data, frame.size), 0);
    assert_int_equal(got.kind, ENVELOPE_REQUEST);
    assert_true(got.id == UINT64_MAX);
    assert_string_equal(got.verb, "call_join");
    assert_int_equal(got.left_ms, 5000);
    assert_string_equal(got.traceparent, TRACE);
    assert_int_equal(message_from_msgpack(call_join_message(), got.body, &join, &fault), 0);
    assert_string_equal(join.uid, "1002");
    assert_int_equal(got.bulk.size, 4);
    assert_memory_equal(got.bulk.data, "bulk", 4);
    assert_int_equal(envelope_next(&reader, &got), -ENOENT);
}

static bool is_inside(const struct buffer *frame, const void *pointer)
{
    return (const char *)pointer >= frame->data &&
           (const char *)pointer < frame->data + frame->size;
}

static void texts_and_bulk_are_borrowed_from_the_frame(void **state)
{
    AUTO(buffer_done) struct buffer frame = { 0 };
    char *large = calloc(1, 100000);
    (void)state;

    add_request(&frame, 1, NULL, (struct bytes){ large, 100000 });
    assert_int_equal(read_first(frame.data, frame.size), 0);
    assert_int_equal(got.bulk.size, 100000);
    assert_true(is_inside(&frame, got.bulk.data));
    assert_true(is_inside(&frame, got.body->via.map.ptr[0].key.via.str.ptr));
    assert_true(is_inside(&frame, got.body->via.map.ptr[0].val.via.str.ptr));
    free(large);
}

static void assert_next_reply(enum error error, uint32_t members)
{
    assert_int_equal(envelope_next(&reader, &got), 0);
    assert_int_equal(got.kind, ENVELOPE_REPLY);
    assert_int_equal(got.error, error);
    assert_int_equal(got.body->via.map.size, members);
}

static void replies_come_back_with_their_error_and_body(void **state)
{
    AUTO(buffer_done) struct buffer frame = { 0 };
    struct call_list list = { .count = 7 };
    (void)state;

    envelope_add_reply(&frame, 1, ERROR_NONE, call_list_message(), &list, NO_BULK);
    envelope_add_reply(&frame, 2, ERROR_CALL_ENDED, NULL, NULL, NO_BULK);
    envelope_reader_begin(&reader, (struct bytes){ frame.data, frame.size });
    assert_next_reply(ERROR_NONE, 1);
    assert_next_reply(ERROR_CALL_ENDED, 0);
    assert_int_equal(envelope_next(&reader, &got), -ENOENT);
}

static void failures_come_back_with_their_fault_if_there_is_one(void **state)
{
    AUTO(buffer_done) struct buffer frame = { 0 };
    struct fault fault = { "uid", "is missing" };
    (void)state;

    envelope_add_failure(&frame, 1, ERROR_INTERNAL, NULL);
    envelope_add_failure(&frame, 2, ERROR_TIMEOUT, &(struct fault){ 0 });
    envelope_add_failure(&frame, 3, ERROR_BAD_FIELD, &fault);
    envelope_reader_begin(&reader, (struct bytes){ frame.data, frame.size });
    assert_next_reply(ERROR_INTERNAL, 0);
    assert_next_reply(ERROR_TIMEOUT, 0);
    assert_next_reply(ERROR_BAD_FIELD, 2);
    assert_memory_equal(got.body->via.map.ptr[0].val.via.str.ptr, "uid", 3);
    assert_memory_equal(got.body->via.map.ptr[1].val.via.str.ptr, "is missing", 10);
}

static void greetings_and_pings_come_back(void **state)
{
    AUTO(buffer_done) struct buffer frame = { 0 };
    (void)state;

    envelope_add_hello(&frame);
    envelope_add_welcome(&frame, "callsvc", "0123456789abcdef", true);
    envelope_add_ping(&frame, 42);
    envelope_add_pong(&frame, 43, "0123456789abcdef", false);
    assert_int_equal(read_first(frame.data, frame.size), 0);
    assert_int_equal(got.kind, ENVELOPE_HELLO);
    assert_int_equal(got.version, BUS_VERSION);
    assert_int_equal(envelope_next(&reader, &got), 0);
    assert_int_equal(got.kind, ENVELOPE_WELCOME);
    assert_string_equal(got.service, "callsvc");
    assert_string_equal(got.instance, "0123456789abcdef");
    assert_true(got.is_ready);
    assert_int_equal(envelope_next(&reader, &got), 0);
    assert_int_equal(got.kind, ENVELOPE_PING);
    assert_int_equal(got.id, 42);
    assert_int_equal(envelope_next(&reader, &got), 0);
    assert_int_equal(got.kind, ENVELOPE_PONG);
    assert_int_equal(got.id, 43);
    assert_false(got.is_ready);
}

static void what_a_newer_peer_adds_is_passed_over(void **state)
{
    (void)state;
    assert_int_equal(READ("\x92\x07\x01\x91\xcd\1\0\x94\x05\x2a\xa3new\x80"), 0);
    assert_int_equal(got.kind, ENVELOPE_PING);
    assert_int_equal(got.id, 42);
    assert_int_equal(envelope_next(&reader, &got), -ENOENT);
    assert_int_equal(READ("\x91\0"), -ENOENT);
    assert_int_equal(READ(""), -ENOENT);
}

static void elements_of_a_wrong_type_are_refused(void **state)
{
    (void)state;
    assert_int_equal(READ("\x05"), -EBADMSG);                             /* no array */
    assert_int_equal(READ("\x80"), -EBADMSG);                             /* no array */
    assert_int_equal(READ("\x90"), -EBADMSG);                             /* no kind */
    assert_int_equal(READ("\x91\xa1x"), -EBADMSG);                        /* kind */
    assert_int_equal(READ("\x91\xff"), -EBADMSG);                         /* kind */
    assert_int_equal(READ("\x91\5"), -EBADMSG);                           /* no nonce */
    assert_int_equal(READ("\x92\5\xff"), -EBADMSG);                       /* nonce */
    assert_int_equal(READ("\x92\5\xa1x"), -EBADMSG);                      /* nonce */
    assert_int_equal(READ("\x92\3\xc0"), -EBADMSG);                       /* version */
    assert_int_equal(READ("\x94\6\1\xa1i\1"), -EBADMSG);                  /* is_ready */
    assert_int_equal(READ("\x94\6\1\1\xc3"), -EBADMSG);                   /* instance */
    assert_int_equal(READ("\x95\2\1\xa1x\x80\xc4\0"), -EBADMSG);          /* error */
    assert_int_equal(READ("\x95\2\1\0\x90\xc4\0"), -EBADMSG);             /* body */
    assert_int_equal(READ("\x95\2\1\0\xc0\xc4\0"), -EBADMSG);             /* body */
    assert_int_equal(READ("\x95\2\1\0\x80\xa0"), -EBADMSG);               /* bulk */
    assert_int_equal(READ("\x94\2\1\0\x80"), -EBADMSG);                   /* no bulk */
    assert_int_equal(READ("\x97\1\1\xa1v\xa1x\xa0\x80\xc4\0"), -EBADMSG); /* left_ms */
    assert_int_equal(READ("\x97\1\1\xa1v\1\xc0\x80\xc4\0"), -EBADMSG);    /* traceparent */
    assert_int_equal(READ("\x97\1\1\xc4\1v\1\xa0\x80\xc4\0"), -EBADMSG);  /* verb */
    assert_int_equal(READ("\x97\1\1\xa1v\1\xa0\x80\xc4\0"), 0);
}

static void names_are_short_and_printable(void **state)
{
    (void)state;
    assert_int_equal(READ("\x97\1\1\xa0\1\xa0\x80\xc4\0"), -EBADMSG);
    assert_int_equal(READ("\x97\1\1\xa2v\n\1\xa0\x80\xc4\0"), -EBADMSG);
    assert_int_equal(READ("\x97\1\1\xa2v\0\1\xa0\x80\xc4\0"), -EBADMSG);
    assert_int_equal(READ("\x97\1\1\xa2v\xff\1\xa0\x80\xc4\0"), -EBADMSG);
    assert_int_equal(READ("\x94\6\1\xb1"
                          "0123456789abcdefg\xc3"),
                     -EBADMSG);
    assert_int_equal(READ("\x97\1\1\xd9\x21"
                          "0123456789abcdef0123456789abcdefg\1\xa0\x80\xc4\0"),
                     -EBADMSG);
    assert_int_equal(READ("\x97\1\1\xd9\x20"
                          "0123456789abcdef0123456789abcdef\1\xa0\x80\xc4\0"),
                     0);
}

static void numbers_are_brought_into_range(void **state)
{
    (void)state;
    assert_int_equal(READ("\x97\1\1\xa1v\xff\xa0\x80\xc4\0"), 0);
    assert_int_equal(got.left_ms, 0);
    assert_int_equal(READ("\x97\1\1\xa1v\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xa0\x80\xc4\0"), 0);
    assert_int_equal(got.left_ms, BUS_LEFT_MOST_MS);
    assert_int_equal(READ("\x95\2\1\xcf\xff\xff\xff\xff\xff\xff\xff\xff\x80\xc4\0"), 0);
    assert_int_equal(got.error, ERROR_INTERNAL);
    assert_int_equal(READ("\x95\2\1\xcd\x40\0\x80\xc4\0"), 0);
    assert_int_equal(got.error, ERROR_INTERNAL);
    assert_int_equal(READ("\x92\3\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), 0);
    assert_int_equal(got.version, INT32_MAX);
}

static void nothing_is_left_after_a_bad_envelope(void **state)
{
    (void)state;
    assert_int_equal(READ("\x92\5\1\x92\5\xa1x\x92\5\2"), 0);
    assert_int_equal(envelope_next(&reader, &got), -EBADMSG);
    assert_int_equal(envelope_next(&reader, &got), -ENOENT);
}

static void claims_and_nesting_are_refused_before_anything_is_allocated(void **state)
{
    char nested[4096];
    (void)state;

    assert_int_equal(READ("\xdd\xff\xff\xff\xff"), -EBADMSG);
    assert_int_equal(READ("\x97\1\1\xa1v\1\xa0\xdf\xff\xff\xff\xff\xc4\0"), -EBADMSG);
    assert_int_equal(READ("\x97\1\1\xa1v\1\xa0\x80\xc6\xff\xff\xff\xff"), -EBADMSG);
    memset(nested, '\x91', sizeof nested);
    assert_int_equal(read_first(nested, sizeof nested), -EBADMSG);
}

static void a_frame_cut_off_at_any_byte_is_refused(void **state)
{
    AUTO(buffer_done) struct buffer frame = { 0 };
    (void)state;

    add_request(&frame, 1, TRACE, (struct bytes){ "bulk", 4 });
    for (size_t size = 1; size < frame.size; size++) {
        char *exact = memcpy(malloc(size), frame.data, size);

        assert_int_equal(read_first(exact, size), -EBADMSG);
        free(exact);
    }
}

static void assert_trace(const char *sent, const char *expected)
{
    AUTO(buffer_done) struct buffer frame = { 0 };

    add_request(&frame, 1, sent, NO_BULK);
    assert_int_equal(read_first(frame.data, frame.size), 0);
    assert_string_equal(got.traceparent, expected);
}

static void malformed_traces_are_forgotten(void **state)
{
    (void)state;
    assert_trace(TRACE, TRACE);
    assert_trace(NULL, "");
    assert_trace("", "");
    assert_trace("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0", "");
    assert_trace(TRACE "-", "");
    assert_trace("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "");
    assert_trace("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "");
    assert_trace("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", "");
    assert_trace("00-00000000000000000000000000000000-b7ad6b7169203331-01", "");
    assert_trace("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", "");
    assert_trace("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g", "");
    assert_trace("00-0af7651916cd43dd8448eb211c80319c.b7ad6b7169203331-01", "");
    assert_trace("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
                 "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");
}

static void a_plain_bus_listens_on_loopback_and_ipc_only(void **state)
{
    static const char *const good[] = {
        "tcp://127.0.0.1:7001", "tcp://127.0.0.1:*", "tcp://127.8.9.10:1", "tcp://localhost:7001",
        "tcp://[::1]:7001",     "ipc:///run/x.sock", "inproc://test",
    };
    static const char *const bad[] = {
        "tcp://*:7001",
        "tcp://0.0.0.0:7001",
        "tcp://10.0.0.1:7001",
        "tcp://[::]:7001",
        "tcp://eth0:7001",
        "tcp://127.evil.org:7001",
        "tcp://127.0.0.1",
        "tcp://",
        "tcp",
        "",
        "udp://127.0.0.1:1",
        "tcp://lo:7001",
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_int_equal(bus_check_listen(good[i], false), 0);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(bus_check_listen(bad[i], false), -EACCES);
        assert_int_equal(bus_check_listen(bad[i], true), 0);
    }
}

static void instances_have_names_of_their_own(void **state)
{
    char first[BUS_INSTANCE_LENGTH + 1], second[BUS_INSTANCE_LENGTH + 1];
    (void)state;

    bus_make_instance(first);
    bus_make_instance(second);
    assert_int_equal(strspn(first, "0123456789abcdefghijklmnopqrstuvwxyz"), BUS_INSTANCE_LENGTH);
    assert_string_not_equal(first, second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_comes_back_as_it_was_sent),
        cmocka_unit_test(texts_and_bulk_are_borrowed_from_the_frame),
        cmocka_unit_test(replies_come_back_with_their_error_and_body),
        cmocka_unit_test(failures_come_back_with_their_fault_if_there_is_one),
        cmocka_unit_test(greetings_and_pings_come_back),
        cmocka_unit_test(what_a_newer_peer_adds_is_passed_over),
        cmocka_unit_test(elements_of_a_wrong_type_are_refused),
        cmocka_unit_test(names_are_short_and_printable),
        cmocka_unit_test(numbers_are_brought_into_range),
        cmocka_unit_test(nothing_is_left_after_a_bad_envelope),
        cmocka_unit_test(claims_and_nesting_are_refused_before_anything_is_allocated),
        cmocka_unit_test(a_frame_cut_off_at_any_byte_is_refused),
        cmocka_unit_test(malformed_traces_are_forgotten),
        cmocka_unit_test(a_plain_bus_listens_on_loopback_and_ipc_only),
        cmocka_unit_test(instances_have_names_of_their_own),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
