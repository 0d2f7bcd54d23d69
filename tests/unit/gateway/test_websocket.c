/* test_websocket.c - what a WebSocket says and answers, byte for byte (RFC 6455 section 5) */
#include "test.h"

#include "gateway/websocket.h"

#include <string.h>

static struct websocket *websocket;

static int set_up(void **state)
{
    (void)state;
    websocket = websocket_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    websocket = websocket_free(websocket);
    return 0;
}

/* A client's frame, with an all zero mask. `first` holds FIN, reserved bits and opcode. */
static void take(unsigned char first, const char *payload, size_t size)
{
    char frame[16384];
    char *at = frame;

    *at++ = (char)first;
    if (size < 126) {
        *at++ = (char)(0x80 | size);
    } else {
        *at++ = (char)(0x80 | 126);
        *at++ = (char)(size >> 8);
        *at++ = (char)size;
    }
    at = mempcpy(at, "\0\0\0\0", 4);
    at = mempcpy(at, payload, size);
    websocket_take(websocket, (struct bytes){ frame, (size_t)(at - frame) });
}

static void assert_output(const char *bytes, size_t size)
{
    struct buffer *output = websocket_output(websocket);

    assert_int_equal(output->size, size);
    if (size > 0)
        assert_memory_equal(output->data, bytes, size);
    buffer_clear(output);
}
#define ASSERT_OUTPUT(bytes) assert_output(bytes, sizeof(bytes) - 1)

/* 0: without a code. */
static void assert_closed_as(unsigned code)
{
    const char frame[] = { (char)0x88, (char)(code ? 2 : 0), (char)(code >> 8), (char)code };

    assert_output(frame, code ? sizeof frame : 2);
    assert_true(websocket_is_closing(websocket));
    assert_true(websocket_is_over(websocket));
}

static void a_text_is_one_frame(void **state)
{
    (void)state;
    websocket_say(websocket, (struct bytes){ "Hello", 5 });
    ASSERT_OUTPUT("\x81\x05Hello");
}

static void a_longer_text_has_a_longer_header(void **state)
{
    static char text[300];

    (void)state;
    memset(text, 'a', sizeof text);
    websocket_say(websocket, (struct bytes){ text, sizeof text });
    assert_int_equal(websocket_output(websocket)->size, 4 + sizeof text);
    assert_memory_equal(websocket_output(websocket)->data, "\x81\x7e\x01\x2c", 4);
}

static void a_ping_is_answered_with_its_bytes(void **state)
{
    (void)state;
    take(0x89, "abc", 3);
    ASSERT_OUTPUT("\x8a\x03"
                  "abc");
}

static void our_ping_is_empty_and_its_pong_passed_over(void **state)
{
    (void)state;
    websocket_ping(websocket);
    ASSERT_OUTPUT("\x89\0");
    take(0x8a, "", 0);
    ASSERT_OUTPUT("");
    assert_false(websocket_is_closing(websocket));
}

static void what_a_client_says_is_thrown_away(void **state)
{
    static char longest[WEBSOCKET_FRAME_MOST];

    (void)state;
    memset(longest, 'a', sizeof longest);
    take(0x81, "hello", 5);
    take(0x82, "\xff\xfe", 2);
    take(0x01, "hel", 3);
    take(0x80, "lo", 2);
    for (int i = 0; i < 100; i++)
        take(0x81, longest, sizeof longest);
    ASSERT_OUTPUT("");
    assert_false(websocket_is_closing(websocket));
}

static void a_frame_may_come_byte_by_byte(void **state)
{
    static const char frame[] = "\x89\x83\1\2\3\4`ab";

    (void)state;
    for (size_t i = 0; i < sizeof frame - 1; i++) {
        ASSERT_OUTPUT("");
        websocket_take(websocket, (struct bytes){ frame + i, 1 });
    }
    ASSERT_OUTPUT("\x8a\x03"
                  "aca");
}

static void a_frame_that_is_too_long_ends_it(void **state)
{
    static char too_long[WEBSOCKET_FRAME_MOST + 1];

    (void)state;
    memset(too_long, 'a', sizeof too_long);
    take(0x81, too_long, sizeof too_long);
    assert_closed_as(1009);
}

static void a_claim_of_exabytes_ends_it(void **state)
{
    static const char claim[] = "\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0a";

    (void)state;
    websocket_take(websocket, (struct bytes){ claim, sizeof claim - 1 });
    assert_closed_as(1009);
}

static void what_breaks_the_protocol_ends_it(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        unsigned code;
    } cases[] = {
#define CASE(bytes, code) { bytes, sizeof(bytes) - 1, code }
        CASE("\x81\x05Hello", 1002),            /* not masked */
        CASE("\xc1\x80\0\0\0\0", 1002),         /* a reserved bit */
        CASE("\x83\x80\0\0\0\0", 1002),         /* an opcode that is none */
        CASE("\x80\x80\0\0\0\0", 1002),         /* goes on with nothing */
        CASE("\x09\x80\0\0\0\0", 0),            /* a ping in pieces */
        CASE("\x89\xfe\0\x7e\0\0\0\0", 0),      /* a long ping */
        CASE("\x81\x82\0\0\0\0\xc3\x28", 1007), /* no UTF-8 */
        CASE("\x88\x81\0\0\0\0\x03", 0),        /* half a code */
        CASE("\x88\x82\0\0\0\0\x03\xed", 1002), /* a code that nobody may send */
#undef CASE
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        websocket_take(websocket, (struct bytes){ cases[i].bytes, cases[i].size });
        assert_closed_as(cases[i].code);
        tear_down(state);
        set_up(state);
    }
}

static void nothing_is_read_or_said_after_the_end(void **state)
{
    (void)state;
    take(0x83, "", 0);
    assert_closed_as(1002);
    take(0x89, "abc", 3);
    websocket_say(websocket, (struct bytes){ "Hello", 5 });
    websocket_ping(websocket);
    websocket_close(websocket, WEBSOCKET_GOING_AWAY, "");
    ASSERT_OUTPUT("");
}

static void a_client_that_says_goodbye_hears_it(void **state)
{
    (void)state;
    take(0x88, "\x03\xe8", 2);
    ASSERT_OUTPUT("\x88\x02\x03\xe8");
    assert_true(websocket_is_over(websocket));
}

static void our_goodbye_waits_for_the_clients(void **state)
{
    (void)state;
    websocket_close(websocket, WEBSOCKET_GOING_AWAY, "bye");
    ASSERT_OUTPUT("\x88\x05\x03\xe9"
                  "bye");
    assert_true(websocket_is_closing(websocket));
    assert_false(websocket_is_over(websocket));
    websocket_say(websocket, (struct bytes){ "Hello", 5 });
    ASSERT_OUTPUT("");
    take(0x88, "\x03\xe9", 2);
    ASSERT_OUTPUT("");
    assert_true(websocket_is_over(websocket));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_text_is_one_frame),
        TEST(a_longer_text_has_a_longer_header),
        TEST(a_ping_is_answered_with_its_bytes),
        TEST(our_ping_is_empty_and_its_pong_passed_over),
        TEST(what_a_client_says_is_thrown_away),
        TEST(a_frame_may_come_byte_by_byte),
        TEST(a_frame_that_is_too_long_ends_it),
        TEST(a_claim_of_exabytes_ends_it),
        TEST(what_breaks_the_protocol_ends_it),
        TEST(nothing_is_read_or_said_after_the_end),
        TEST(a_client_that_says_goodbye_hears_it),
        TEST(our_goodbye_waits_for_the_clients),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
