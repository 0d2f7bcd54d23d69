/* test_bus_failover.c - a replica dies with requests in hand */
#include "test.h"

#include "bus_rig.h"

#include "common/bus_client_inside.h"

/* A peer of the bus that the test plays itself, byte by byte. */
static void *raw;
static char raw_endpoint[64];
static zmq_msg_t raw_address;

static int open_raw(void **state)
{
    int r = open_rig(state);

    raw = NULL;
    zmq_msg_init(&raw_address);
    return r;
}

static int close_raw(void **state)
{
    zmq_msg_close(&raw_address);
    if (raw)
        zmq_close(raw);
    return close_rig(state);
}

static void bind_raw(void)
{
    size_t size = sizeof raw_endpoint;

    raw = zmq_socket(zmq, ZMQ_ROUTER);
    zmq_setsockopt(raw, ZMQ_LINGER, &(int){ 0 }, sizeof(int));
    assert_int_equal(zmq_bind(raw, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zmq_getsockopt(raw, ZMQ_LAST_ENDPOINT, raw_endpoint, &size), 0);
}

static void connect_raw(const char *endpoint)
{
    raw = zmq_socket(zmq, ZMQ_DEALER);
    zmq_setsockopt(raw, ZMQ_LINGER, &(int){ 0 }, sizeof(int));
    assert_int_equal(zmq_connect(raw, endpoint), 0);
}

static void raw_send(const void *data, size_t size)
{
    if (zmq_msg_size(&raw_address) > 0)
        zmq_send(raw, zmq_msg_data(&raw_address), zmq_msg_size(&raw_address), ZMQ_SNDMORE);
    assert_int_equal(zmq_send(raw, data, size, 0), size);
}

static void raw_send_buffer(struct buffer *b)
{
    raw_send(b->data, b->size);
    buffer_done(b);
}

/* The next envelope of a kind that the client sends, others passed over; its id. */
static bool raw_receives(enum envelope_kind kind, uint64_t *ret_id)
{
    AUTO(envelope_reader_done) struct envelope_reader reader;
    struct envelope envelope;
    char frame[4096];
    int size;

    envelope_reader_init(&reader);
    while (zmq_msg_recv(&raw_address, raw, ZMQ_DONTWAIT) >= 0) {
        size = zmq_recv(raw, frame, sizeof frame, ZMQ_DONTWAIT);
        envelope_reader_begin(&reader, (struct bytes){ frame, (size_t)size });
        while (envelope_next(&reader, &envelope) == 0)
            if (envelope.kind == kind) {
                *ret_id = envelope.id;
                return true;
            }
    }
    return false;
}

static void raw_welcomes(const char *instance)
{
    struct buffer out = { 0 };

    envelope_add_welcome(&out, "tokensvc", instance, true);
    raw_send_buffer(&out);
}

static void raw_replies(uint64_t id)
{
    struct token_sign body = { .channel = "ch_abcdefghij", .uid = "raw" };
    struct buffer out = { 0 };

    envelope_add_reply(&out, id, ERROR_NONE, token_sign_message(), &body, (struct bytes){ 0 });
    raw_send_buffer(&out);
}

/* A client whose only replica is the raw one, greeted. */
static void start_raw_replica(void)
{
    uint64_t id;

    bind_raw();
    start_client(raw_endpoint, 0);
    TURN_UNTIL(raw_receives(ENVELOPE_HELLO, &id));
    raw_welcomes("first");
    TURN_UNTIL(bus_client_is_ready(client));
}

static void start_replicas(size_t count)
{
    char endpoints[256] = "";

    for (size_t i = 0; i < count; i++) {
        start_server(&servers[i], "tokensvc", NULL);
        strcat(endpoints, bus_server_endpoint(servers[i].server));
        strcat(endpoints, " ");
    }
    start_client(endpoints, 0);
    /* It is ready when it reaches one: the others come in a moment. */
    TURN_UNTIL(client->usable_count == count);
}

static size_t count_requests(void)
{
    return servers[0].count + servers[1].count + servers[2].count;
}

static void requests_are_spread_over_the_replicas(void **state)
{
    (void)state;
    start_replicas(3);
    for (size_t i = 1; i <= 60; i++) {
        ask("alice");
        TURN_UNTIL(count_requests() == i);
    }
    for (size_t i = 0; i < 3; i++)
        assert_in_range(servers[i].count, 10, 30);
}

static void a_request_whose_replica_dies_is_answered_by_another(void **state)
{
    size_t other;

    (void)state;
    start_replicas(2);
    ask("alice");
    TURN_UNTIL(count_requests() == 1);
    other = servers[0].count == 1;
    stop_server(&servers[1 - other]);
    TURN_UNTIL(servers[other].count == 1);
    answer(&servers[other], 0);
    TURN_UNTIL(heard.count == 1);
    assert_string_equal(heard.uid, "alice");
}

static void a_request_waits_for_its_replica_to_come_back(void **state)
{
    char endpoint[64];

    (void)state;
    snprintf(endpoint, sizeof endpoint, "ipc://%s/tokensvc", folder);
    start_server(&servers[0], "tokensvc", endpoint);
    start_client(endpoint, 0);
    ask("alice");
    TURN_UNTIL(servers[0].count == 1);
    stop_server(&servers[0]);
    TURN_UNTIL(!bus_client_is_ready(client));
    start_server(&servers[0], "tokensvc", endpoint);
    TURN_UNTIL(servers[0].count == 1);
    answer(&servers[0], 0);
    TURN_UNTIL(heard.count == 1);
}

static void a_request_is_sent_again_to_a_new_instance(void **state)
{
    uint64_t first;
    uint64_t again;

    (void)state;
    start_raw_replica();
    ask("alice");
    TURN_UNTIL(raw_receives(ENVELOPE_REQUEST, &first));
    raw_welcomes("second");
    TURN_UNTIL(raw_receives(ENVELOPE_REQUEST, &again));
    assert_int_equal(first, again);
    raw_replies(again);
    raw_replies(again);
    TURN_UNTIL(heard.count == 1);
    assert_int_equal(loop_turn(loop, 10), 0);
    assert_int_equal(heard.count, 1);
}

/* Nothing but silence, from a process that is stopped or cut off. */
static void a_silent_replica_loses_its_requests(void **state)
{
    uint64_t id;

    (void)state;
    start_raw_replica();
    ask("alice");
    TURN_UNTIL(raw_receives(ENVELOPE_REQUEST, &id));
    TURN_UNTIL(!bus_client_is_ready(client));
    TURN_UNTIL(heard.count == 1);
    assert_int_equal(heard.error, ERROR_UNAVAILABLE);
}

static void a_late_answer_of_a_silent_replica_is_welcome(void **state)
{
    uint64_t id;

    (void)state;
    start_raw_replica();
    ask("alice");
    TURN_UNTIL(raw_receives(ENVELOPE_REQUEST, &id));
    TURN_UNTIL(!bus_client_is_ready(client));
    raw_replies(id);
    TURN_UNTIL(heard.count == 1);
    assert_int_equal(heard.error, ERROR_NONE);
    assert_true(bus_client_is_ready(client));
}

/* Whole messages that no peer of ours would send. */
static const struct bytes garbage[] = {
    {"",                                                                              0 },
    { "hello",                                                                        5 },
    { "\xc1",                                                                         1 },
    { "\xdd\xff\xff\xff\xff",                                                         5 },
    { "\x90",                                                                         1 },
    { "\x91\x01",                                                                     2 },
    { "\x92\x01\xcf\xff\xff\xff\xff\xff\xff\xff\xff",                                 11},
    { "\x95\x02\x01\x00\x80\xc0",                                                     6 },
    { "\x95\x02\xcf\xff\xff\xff\xff\xff\xff\xff\xff\x00\x80\xc4\x00",                 15},
    { "\x95\x02\x00\x00\x80\xc4\x00",                                                 7 },
    { "\x92\x63\x01\x92\x03\x01",                                                     6 },
    { "\x96\x04\x01\xa0\xa0\xc3",                                                     6 },
    { "\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91", 19},
};

static void send_garbage(void)
{
    for (size_t i = 0; i < COUNT_OF(garbage); i++)
        raw_send(garbage[i].data, garbage[i].size);
    if (zmq_msg_size(&raw_address) > 0)
        zmq_send(raw, zmq_msg_data(&raw_address), zmq_msg_size(&raw_address), ZMQ_SNDMORE);
    zmq_send(raw, "one", 3, ZMQ_SNDMORE);
    zmq_send(raw, "two", 3, ZMQ_SNDMORE);
    zmq_send(raw, "three", 5, 0);
}

static void a_service_survives_garbage(void **state)
{
    (void)state;
    start_both();
    connect_raw(bus_server_endpoint(servers[0].server));
    send_garbage();
    ask("alice");
    TURN_UNTIL(servers[0].count == 1);
    answer(&servers[0], 0);
    TURN_UNTIL(heard.count == 1);
}

static void a_service_does_not_talk_to_an_overlong_address(void **state)
{
    struct buffer hello = { 0 };

    (void)state;
    start_both();
    raw = zmq_socket(zmq, ZMQ_DEALER);
    zmq_setsockopt(raw, ZMQ_LINGER, &(int){ 0 }, sizeof(int));
    zmq_setsockopt(raw, ZMQ_ROUTING_ID, "an address of more than thirty-two bytes", 40);
    assert_int_equal(zmq_connect(raw, bus_server_endpoint(servers[0].server)), 0);
    envelope_add_hello(&hello);
    raw_send_buffer(&hello);
    ask("alice");
    TURN_UNTIL(servers[0].count == 1);
    assert_int_equal(zmq_recv(raw, NULL, 0, ZMQ_DONTWAIT), -1);
}

static void a_client_survives_garbage(void **state)
{
    uint64_t id;

    (void)state;
    start_raw_replica();
    ask("alice");
    TURN_UNTIL(raw_receives(ENVELOPE_REQUEST, &id));
    send_garbage();
    raw_replies(id + 1);
    raw_replies(id ^ UINT64_C(1) << 32);
    raw_replies(id);
    TURN_UNTIL(heard.count == 1);
    assert_string_equal(heard.uid, "raw");
}

/* A failure's texts are cut to what a reply holds; other types are passed over. */
static void a_failure_with_strange_texts_is_told(void **state)
{
    struct buffer out = { 0 };
    msgpack_packer packer;
    uint64_t id;
    char text[200];

    (void)state;
    start_raw_replica();
    ask("alice");
    TURN_UNTIL(raw_receives(ENVELOPE_REQUEST, &id));
    memset(text, 'x', sizeof text);
    msgpack_packer_init(&packer, &out, buffer_write);
    msgpack_pack_array(&packer, 5);
    msgpack_pack_int(&packer, ENVELOPE_REPLY);
    msgpack_pack_uint64(&packer, id);
    msgpack_pack_int(&packer, ERROR_BAD_FIELD);
    msgpack_pack_map(&packer, 3);
    msgpack_pack_int(&packer, 1);
    msgpack_pack_int(&packer, 2);
    msgpack_pack_str_with_body(&packer, "field", 5);
    msgpack_pack_int(&packer, 3);
    msgpack_pack_str_with_body(&packer, "problem", 7);
    msgpack_pack_str_with_body(&packer, text, sizeof text);
    msgpack_pack_bin(&packer, 0);
    raw_send_buffer(&out);
    TURN_UNTIL(heard.count == 1);
    assert_string_equal(heard.field, "");
    assert_int_equal(strlen(heard.problem), sizeof heard.problem - 1);
}

#define RAW_TEST(name) cmocka_unit_test_setup_teardown(name, open_raw, close_raw)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RAW_TEST(requests_are_spread_over_the_replicas),
        RAW_TEST(a_request_whose_replica_dies_is_answered_by_another),
        RAW_TEST(a_request_waits_for_its_replica_to_come_back),
        RAW_TEST(a_request_is_sent_again_to_a_new_instance),
        RAW_TEST(a_silent_replica_loses_its_requests),
        RAW_TEST(a_late_answer_of_a_silent_replica_is_welcome),
        RAW_TEST(a_service_survives_garbage),
        RAW_TEST(a_service_does_not_talk_to_an_overlong_address),
        RAW_TEST(a_client_survives_garbage),
        RAW_TEST(a_failure_with_strange_texts_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
