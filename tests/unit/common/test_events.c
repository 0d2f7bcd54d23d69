/* test_events.c - events reach their shard, and every drop is noticed */
#include "test.h"

#include "common/clock.h"
#include "common/event_wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

static void *zmq;
static void *publisher_zmq; /* its own: when it has ended, everything is really closed */
static struct loop *loop;
static struct resolver *resolver;
static struct event_publisher *publisher;
static struct event_subscriber *subscriber;
static void *raw; /* a publisher that the test plays itself */

/* What the listener was told, one word each: "gap:5 7@5" is a gap in shard 5, then event 7 in it.
 */
static char told[4096];
static bool is_heard[5000]; /* by shard, where so many are heard that they are not noted */
static bool is_crowd;
static bool is_told_to_leave; /* the listener loses interest with the next event */

static int open_all(void **state)
{
    (void)state;
    told[0] = '\0';
    is_told_to_leave = is_crowd = false;
    zmq = zmq_ctx_new();
    return zmq && loop_open(&loop) == 0 && resolver_open(&resolver) == 0 ? 0 : -1;
}

static bool flush_publisher(void *context)
{
    (void)context;
    return event_publisher_flush(publisher);
}

static int open_publisher(void *context, const char *listen, struct event_publisher **ret)
{
    const struct event_publisher_options options = { .zmq_context = context,
                                                     .loop = loop,
                                                     .listen = listen };

    return event_publisher_open(&options, ret);
}

static void start_publisher(const char *listen)
{
    publisher_zmq = zmq_ctx_new();
    assert_int_equal(open_publisher(publisher_zmq, listen, &publisher), 0);
    loop_add_hook(loop, flush_publisher, NULL, NULL);
}

static void stop_publisher(void)
{
    if (!publisher)
        return;
    loop_remove_hook(loop, flush_publisher, NULL);
    publisher = event_publisher_free(publisher);
    zmq_ctx_term(publisher_zmq);
}

static int close_all(void **state)
{
    (void)state;
    subscriber = event_subscriber_free(subscriber);
    stop_publisher();
    if (raw)
        zmq_close(raw);
    raw = NULL;
    zmq_ctx_term(zmq);
    resolver = resolver_free(resolver);
    loop = loop_free(loop);
    return 0;
}

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
    size_t length = strlen(told);
    va_list arguments;

    assert_true(length + 64 < sizeof told);
    va_start(arguments, format);
    vsnprintf(told + length, 64, format, arguments);
    va_end(arguments);
}

static void note_gap(void *context, unsigned shard)
{
    (void)context;
    if (!is_crowd)
        note("gap:%u ", shard);
}

/* Tests give the shard as the uid that an event is for. */
static void note_event(void *context, const struct event *event, const struct call *call,
                       const struct call_inside *inside)
{
    (void)context;
    assert_string_equal(call->channel, "ch_abcdefghij");
    assert_int_equal(inside->seq, event->seq);
    if (is_crowd) {
        is_heard[atoi(event->to)] = true;
        return;
    }
    note("%d@%s ", (int)event->seq, *event->to ? event->to : "robots");
    if (is_told_to_leave)
        event_subscriber_remove(subscriber, 5);
}

#define TURN_UNTIL(condition)                                                \
    do {                                                                     \
        int64_t until_ms = clock_steady_ms() + 10000;                        \
                                                                             \
        while (!(condition)) {                                               \
            assert_int_equal(loop_turn(loop, 10), 0);                        \
            if (clock_steady_ms() > until_ms)                                \
                fail_msg("never came true: %s, told: %s", #condition, told); \
        }                                                                    \
    } while (0)

static void turn_until_told(const char *words)
{
    TURN_UNTIL(strlen(told) >= strlen(words));
    assert_string_equal(told, words);
    told[0] = '\0';
}

static void start_subscriber(const char *endpoint)
{
    const struct event_subscriber_options options = {
        .zmq_context = zmq,
        .loop = loop,
        .resolver = resolver,
        .endpoints = endpoint,
        .on_event = note_event,
        .on_gap = note_gap,
    };

    assert_int_equal(event_subscriber_open(&options, &subscriber), 0);
}

static struct event make_event(unsigned shard, int seq)
{
    struct event event = { .seq = seq, .type = EVENT_CALL_CREATED, .at = 1 };

    snprintf(event.to, sizeof event.to, "%u", shard);
    return event;
}

static struct call make_call(void)
{
    return (struct call){
        .call_id = "0b9b4c1e-6d0f-4d9b-9f57-6a3c1e5a7d10",
        .channel = "ch_abcdefghij",
        .src_uid = "alice",
        .kind = CALL_USER,
        .state = CALL_CREATED,
        .robot = ROBOT_NONE,
        .created_at = 1,
        .ring_expires_at = 1,
    };
}

static void publish(unsigned shard, int seq)
{
    struct event event = make_event(shard, seq);
    struct call call = make_call();
    struct call_inside inside = { .id = 1, .seq = seq };

    event_publish(publisher, shard, &event, &call, &inside);
}

/* Publisher and a subscriber of shard 5, whose first gap was told. */
static void start_both(void)
{
    start_publisher("tcp://127.0.0.1:*");
    start_subscriber(event_publisher_endpoint(publisher));
    event_subscriber_add(subscriber, 5);
    turn_until_told("gap:5 ");
}

static void bind_raw(char *ret_endpoint, size_t size)
{
    raw = zmq_socket(zmq, ZMQ_XPUB);
    zmq_setsockopt(raw, ZMQ_LINGER, &(int){ 0 }, sizeof(int));
    assert_int_equal(zmq_bind(raw, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zmq_getsockopt(raw, ZMQ_LAST_ENDPOINT, ret_endpoint, &size), 0);
}

static void raw_send(const char *topic, struct buffer *message)
{
    assert_true(zmq_send(raw, topic, strlen(topic), ZMQ_SNDMORE) >= 0);
    assert_true(zmq_send(raw, message->data, message->size, 0) >= 0);
    buffer_done(message);
}

/* A beat that tells of shard 5, and of one that nobody hears. */
static void raw_beats(const char *epoch, uint64_t number, uint32_t counter)
{
    struct buffer out = { 0 };
    msgpack_packer packer;

    msgpack_packer_init(&packer, &out, buffer_write);
    msgpack_pack_array(&packer, 3);
    msgpack_pack_str_with_body(&packer, epoch, strlen(epoch));
    msgpack_pack_uint64(&packer, number);
    msgpack_pack_array(&packer, 4);
    msgpack_pack_uint32(&packer, 6);
    msgpack_pack_uint32(&packer, 77);
    msgpack_pack_uint32(&packer, 5);
    msgpack_pack_uint32(&packer, counter);
    raw_send("beating", &out);
}

/* One that tells of none. */
static void raw_beats_alone(const char *epoch, uint64_t number)
{
    struct buffer out = { 0 };
    msgpack_packer packer;

    msgpack_packer_init(&packer, &out, buffer_write);
    msgpack_pack_array(&packer, 3);
    msgpack_pack_str_with_body(&packer, epoch, strlen(epoch));
    msgpack_pack_uint64(&packer, number);
    msgpack_pack_array(&packer, 0);
    raw_send("beating", &out);
}

static void raw_tells(const char *topic, const char *epoch, unsigned shard, uint64_t counter)
{
    struct event event = make_event(shard, (int)counter);
    struct call call = make_call();
    struct call_inside inside = { .id = 1, .seq = (int)counter };
    struct buffer out = { 0 };
    msgpack_packer packer;

    msgpack_packer_init(&packer, &out, buffer_write);
    msgpack_pack_array(&packer, 6);
    msgpack_pack_str_with_body(&packer, epoch, strlen(epoch));
    msgpack_pack_uint32(&packer, shard);
    msgpack_pack_uint64(&packer, counter);
    message_to_msgpack(event_message(), &event, &out);
    message_to_msgpack(call_message(), &call, &out);
    message_to_msgpack(call_inside_message(), &inside, &out);
    raw_send(topic, &out);
}

static bool raw_hears_subscription(const char *topic)
{
    char message[16];
    int size = zmq_recv(raw, message, sizeof message, ZMQ_DONTWAIT);

    return size == (int)strlen(topic) + 1 && memcmp(message + 1, topic, strlen(topic)) == 0;
}

/* A subscriber of shard 5 of a raw publisher, which has beaten once, and told of event 1. */
static void start_raw(void)
{
    char endpoint[64];

    bind_raw(endpoint, sizeof endpoint);
    start_subscriber(endpoint);
    event_subscriber_add(subscriber, 5);
    TURN_UNTIL(raw_hears_subscription("s000005"));
    raw_beats("one", 1, 0);
    raw_tells("s000005", "one", 5, 1);
    turn_until_told("gap:5 1@5 ");
}

static void an_event_reaches_those_who_hear_its_shard(void **state)
{
    (void)state;
    start_both();
    publish(6, 1);
    publish(5, 2);
    publish(50, 3);
    publish(5, 4);
    turn_until_told("2@5 4@5 ");
}

/* Publishes once more for some that are not heard yet. Shards are uids here, of which 0 is none. */
static bool are_all_heard(void)
{
    unsigned missing = 0;

    for (unsigned shard = 1; shard < COUNT_OF(is_heard) && missing < 500; shard++)
        if (!is_heard[shard]) {
            publish(shard, 1);
            missing++;
        }
    return missing == 0;
}

static void no_subscription_is_dropped_however_many_come_at_once(void **state)
{
    (void)state;
    is_crowd = true;
    start_publisher("tcp://127.0.0.1:*");
    start_subscriber(event_publisher_endpoint(publisher));
    for (unsigned shard = 1; shard < COUNT_OF(is_heard); shard++)
        event_subscriber_add(subscriber, shard);
    TURN_UNTIL(are_all_heard());
}

static void events_of_the_robots_shard_are_for_nobody_else(void **state)
{
    (void)state;
    start_publisher("tcp://127.0.0.1:*");
    start_subscriber(event_publisher_endpoint(publisher));
    event_subscriber_add(subscriber, EVENT_SHARD_ROBOTS);
    turn_until_told("gap:4194304 ");
    publish(EVENT_SHARD_ROBOTS, 1);
    turn_until_told("1@robots ");
}

static void discarded_events_are_not_told_and_not_missed(void **state)
{
    (void)state;
    start_both();
    publish(5, 1);
    event_publisher_discard(publisher);
    publish(5, 2);
    turn_until_told("2@5 ");
}

static void a_shard_is_heard_until_the_last_one_leaves(void **state)
{
    (void)state;
    start_both();
    event_subscriber_add(subscriber, 5);
    event_subscriber_remove(subscriber, 5);
    publish(5, 1);
    turn_until_told("1@5 ");
    event_subscriber_remove(subscriber, 5);
    event_subscriber_remove(subscriber, 5);
    event_subscriber_add(subscriber, 7);
    publish(5, 2);
    turn_until_told("gap:7 ");
}

static void a_listener_may_leave_while_it_is_told(void **state)
{
    (void)state;
    start_both();
    is_told_to_leave = true;
    publish(5, 1);
    publish(5, 2);
    turn_until_told("1@5 ");
    event_subscriber_add(subscriber, 7);
    turn_until_told("gap:7 ");
}

static void a_restarted_publisher_makes_a_gap(void **state)
{
    char endpoint[64];

    (void)state;
    start_both();
    snprintf(endpoint, sizeof endpoint, "%s", event_publisher_endpoint(publisher));
    stop_publisher();
    start_publisher(endpoint);
    turn_until_told("gap:5 ");
    publish(5, 1);
    turn_until_told("1@5 ");
}

static void a_dropped_message_makes_a_gap_before_the_next(void **state)
{
    (void)state;
    start_raw();
    raw_tells("s000005", "one", 5, 2);
    raw_tells("s000005", "one", 5, 4);
    raw_tells("s000005", "one", 5, 5);
    turn_until_told("2@5 gap:5 4@5 5@5 ");
}

static void a_beat_shows_what_was_dropped(void **state)
{
    (void)state;
    start_raw();
    raw_beats("one", 2, 1);
    raw_beats("one", 3, 2);
    raw_tells("s000005", "one", 5, 3);
    turn_until_told("gap:5 3@5 ");
}

static void a_beat_that_was_missed_makes_a_gap_of_all(void **state)
{
    (void)state;
    start_raw();
    event_subscriber_add(subscriber, 9);
    raw_beats_alone("one", 2);
    raw_beats_alone("one", 4);
    turn_until_told("gap:5 gap:9 ");
    raw_beats_alone("one", 5);
    raw_tells("s000005", "one", 5, 2);
    turn_until_told("gap:5 2@5 ");
    raw_tells("s000005", "one", 5, 3);
    raw_beats("one", 6, 3);
    raw_tells("s000005", "one", 5, 4);
    turn_until_told("3@5 4@5 ");
}

static void another_epoch_makes_a_gap_even_with_the_right_counter(void **state)
{
    (void)state;
    start_raw();
    raw_tells("s000005", "two", 5, 2);
    raw_tells("s000005", "two", 5, 3);
    turn_until_told("gap:5 2@5 gap:5 3@5 ");
    raw_beats("two", 9, 3);
    raw_tells("s000005", "two", 5, 4);
    turn_until_told("gap:5 4@5 ");
    raw_beats("three", 10, 4);
    turn_until_told("gap:5 ");
}

/* Two seconds without a beat. */
static void silence_makes_a_gap_when_it_ends(void **state)
{
    int64_t over_ms = clock_steady_ms() + 6 * EVENT_BEAT_MS;

    (void)state;
    start_raw();
    TURN_UNTIL(clock_steady_ms() > over_ms);
    assert_string_equal(told, "");
    raw_beats("one", 2, 1);
    turn_until_told("gap:5 ");
}

/* Topics are compared by their beginnings only, and anyone may publish anything. */
static void what_no_publisher_says_is_passed_over(void **state)
{
    struct buffer out = { 0 };

    (void)state;
    start_raw();
    raw_tells("s0000055", "one", 5, 2);
    raw_tells("s000005", "one", 6, 2);
    raw_tells("s000005", "one", EVENT_SHARDS, 2);
    raw_tells("s000005", "a name that is too long", 5, 2);
    buffer_add(&out, "\xdd\xff\xff\xff\xff", 5);
    raw_send("s000005", &out);
    buffer_add(&out, "\x92\xa3one\x90", 6);
    raw_send("beating", &out);
    buffer_add(&out, "\x93\xa3one\x02\x91\x05", 8);
    raw_send("beating", &out);
    raw_send("s000005", &out);
    zmq_send(raw, "s000005", 7, 0);
    raw_tells("s000005", "one", 5, 2);
    turn_until_told("2@5 ");
}

static void an_event_that_cannot_be_read_is_a_gap(void **state)
{
    static const char message[] = "\x96\xa3one\x05\x02\x80\x80\x80";
    struct buffer out = { 0 };

    (void)state;
    start_raw();
    buffer_add(&out, message, sizeof message - 1);
    raw_send("s000005", &out);
    raw_tells("s000005", "one", 5, 3);
    turn_until_told("gap:5 3@5 ");
}

static void shards_are_the_same_everywhere(void **state)
{
    (void)state;
    /* FNV-1a of "" is 0x811c9dc5, of "a" 0xe40c292c, of "foobar" 0xbf9cf968. */
    assert_int_equal(event_shard(""), 0x1c9dc5 ^ 0x204);
    assert_int_equal(event_shard("a"), 0xc292c ^ 0x390);
    assert_int_equal(event_shard("foobar"), 0x1cf968 ^ 0x2fe);
}

static void topics_are_read_as_they_are_written(void **state)
{
    static const unsigned shards[] = { 0, 1, 0xabcde, EVENT_SHARD_ROBOTS };
    static const char *const others[] = { "s400001", "sfffffff", "s00000g", "s00000A", "beating" };
    char topic[EVENT_TOPIC_LENGTH + 1];
    unsigned shard = 7;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(shards); i++) {
        event_topic(shards[i], topic);
        assert_true(event_topic_read(topic, &shard));
        assert_int_equal(shard, shards[i]);
    }
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_false(event_topic_read(others[i], &shard));
}

/* Also for one that is not the first to hear it: a publisher tells its counter then. */
static void a_shard_that_others_hear_has_a_gap_of_its_own(void **state)
{
    struct event_subscriber *first;

    (void)state;
    start_both();
    first = subscriber;
    start_subscriber(event_publisher_endpoint(publisher));
    event_subscriber_add(subscriber, 5);
    turn_until_told("gap:5 ");
    event_subscriber_free(first);
    publish(5, 1);
    turn_until_told("1@5 ");
}

static void events_without_curve_stay_on_the_machine(void **state)
{
    (void)state;
    assert_int_equal(open_publisher(zmq, "tcp://0.0.0.0:*", &publisher), -EACCES);
    assert_null(publisher);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_event_reaches_those_who_hear_its_shard),
        TEST(no_subscription_is_dropped_however_many_come_at_once),
        TEST(events_of_the_robots_shard_are_for_nobody_else),
        TEST(discarded_events_are_not_told_and_not_missed),
        TEST(a_shard_is_heard_until_the_last_one_leaves),
        TEST(a_listener_may_leave_while_it_is_told),
        TEST(a_restarted_publisher_makes_a_gap),
        TEST(a_dropped_message_makes_a_gap_before_the_next),
        TEST(a_beat_shows_what_was_dropped),
        TEST(a_beat_that_was_missed_makes_a_gap_of_all),
        TEST(a_shard_that_others_hear_has_a_gap_of_its_own),
        TEST(topics_are_read_as_they_are_written),
        TEST(another_epoch_makes_a_gap_even_with_the_right_counter),
        TEST(silence_makes_a_gap_when_it_ends),
        TEST(what_no_publisher_says_is_passed_over),
        TEST(an_event_that_cannot_be_read_is_a_gap),
        TEST(shards_are_the_same_everywhere),
        TEST(events_without_curve_stay_on_the_machine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
