/* test_bus.c - client and server of the bus, with friends and strangers at either end */
#include "test.h"

#include "bus_rig.h"

#include <errno.h>

static void a_request_is_answered(void **state)
{
    (void)state;
    start_both();
    ask("alice");
    TURN_UNTIL(servers[0].count == 1);
    assert_int_equal(bus_server_in_hand(servers[0].server), 1);
    answer(&servers[0], 0);
    assert_int_equal(bus_server_in_hand(servers[0].server), 0);
    TURN_UNTIL(heard.count == 1);
    assert_int_equal(heard.error, ERROR_NONE);
    assert_string_equal(heard.uid, "alice");
}

static void bulk_travels_both_ways(void **state)
{
    (void)state;
    start_both();
    ask_with("alice", 8000, (struct bytes){ "v=0 o=-", 7 }, note_reply);
    TURN_UNTIL(servers[0].count == 1);
    assert_string_equal(servers[0].held[0].bulk, "v=0 o=-");
    answer(&servers[0], 0);
    TURN_UNTIL(heard.count == 1);
    assert_string_equal(heard.bulk, "v=0 o=-");
}

static void requests_of_one_turn_arrive_in_one_batch(void **state)
{
    (void)state;
    start_both();
    for (int i = 0; i < 10; i++)
        ask("alice");
    TURN_UNTIL(servers[0].count == 10);
    assert_int_equal(servers[0].batches, 1);
    for (size_t i = 0; i < 10; i++)
        answer(&servers[0], i);
    TURN_UNTIL(heard.count == 10);
}

static void a_failure_names_the_field(void **state)
{
    (void)state;
    start_both();
    ask("alice");
    TURN_UNTIL(servers[0].count == 1);
    bus_server_fail(servers[0].server, &servers[0].held[0].back, ERROR_BAD_FIELD,
                    &(struct fault){ "uid", "is too long" });
    TURN_UNTIL(heard.count == 1);
    assert_int_equal(heard.error, ERROR_BAD_FIELD);
    assert_string_equal(heard.field, "uid");
    assert_string_equal(heard.problem, "is too long");
}

static void discarded_replies_do_not_leave(void **state)
{
    (void)state;
    start_both();
    ask("alice");
    TURN_UNTIL(servers[0].count == 1);
    answer(&servers[0], 0);
    bus_server_discard(servers[0].server);
    assert_int_equal(bus_server_in_hand(servers[0].server), 1);
    bus_server_fail(servers[0].server, &servers[0].held[0].back, ERROR_STORE_UNAVAILABLE, NULL);
    TURN_UNTIL(heard.count == 1);
    assert_int_equal(heard.error, ERROR_STORE_UNAVAILABLE);
}

static void without_a_replica_a_request_fails_as_unavailable(void **state)
{
    (void)state;
    start_client("ipc:///nonexistent/socket", 0);
    ask("alice");
    assert_int_equal(heard.count, 0);
    TURN_UNTIL(heard.count == 1);
    assert_int_equal(heard.error, ERROR_UNAVAILABLE);
}

static void a_request_waits_for_a_replica_that_comes_soon(void **state)
{
    char endpoint[64];

    (void)state;
    snprintf(endpoint, sizeof endpoint, "ipc://%s/tokensvc", folder);
    start_client(endpoint, 0);
    ask("alice");
    assert_int_equal(loop_turn(loop, 1), 0);
    start_server(&servers[0], "tokensvc", endpoint);
    TURN_UNTIL(servers[0].count == 1);
    answer(&servers[0], 0);
    TURN_UNTIL(heard.count == 1);
    assert_int_equal(heard.error, ERROR_NONE);
}

static void a_request_that_is_not_answered_times_out(void **state)
{
    (void)state;
    start_both();
    ask_with("alice", 50, (struct bytes){ 0 }, note_reply);
    TURN_UNTIL(heard.count == 1);
    assert_int_equal(heard.error, ERROR_TIMEOUT);
    answer(&servers[0], 0);
    ask("bob");
    TURN_UNTIL(servers[0].count == 2);
    answer(&servers[0], 1);
    TURN_UNTIL(heard.count == 2);
    assert_string_equal(heard.uid, "bob");
}

static void a_request_whose_deadline_has_passed_is_told_so_in_a_turn(void **state)
{
    (void)state;
    start_both();
    ask_with("alice", -1000, (struct bytes){ 0 }, note_reply);
    assert_int_equal(heard.count, 0);
    TURN_UNTIL(heard.count == 1);
    assert_int_equal(heard.error, ERROR_TIMEOUT);
    assert_int_equal(servers[0].count, 0);
}

static void more_requests_than_allowed_are_refused_in_a_turn(void **state)
{
    (void)state;
    start_server(&servers[0], "tokensvc", NULL);
    start_client(bus_server_endpoint(servers[0].server), 2);
    TURN_UNTIL(bus_client_is_ready(client));
    for (int i = 0; i < 3; i++)
        ask("alice");
    assert_int_equal(heard.count, 0);
    TURN_UNTIL(heard.count == 1);
    assert_int_equal(heard.error, ERROR_OVERLOADED);
    TURN_UNTIL(servers[0].count == 2);
}

static void another_service_is_never_asked(void **state)
{
    (void)state;
    start_server(&servers[0], "callsvc", NULL);
    start_client(bus_server_endpoint(servers[0].server), 0);
    ask("alice");
    TURN_UNTIL(heard.count == 1);
    assert_int_equal(heard.error, ERROR_UNAVAILABLE);
    assert_false(bus_client_is_ready(client));
    assert_int_equal(servers[0].count, 0);
}

static void a_service_that_is_not_ready_is_not_asked(void **state)
{
    (void)state;
    start_both();
    bus_server_set_ready(servers[0].server, false);
    TURN_UNTIL(!bus_client_is_ready(client));
    ask("alice");
    bus_server_set_ready(servers[0].server, true);
    TURN_UNTIL(servers[0].count == 1);
    assert_true(bus_client_is_ready(client));
}

static void a_forgotten_request_is_not_answered(void **state)
{
    uint64_t handle;

    (void)state;
    start_both();
    handle = ask("alice");
    ask("bob");
    TURN_UNTIL(servers[0].count == 2);
    bus_client_forget(client, handle);
    bus_client_forget(client, handle);
    answer(&servers[0], 0);
    answer(&servers[0], 1);
    TURN_UNTIL(heard.count == 1);
    assert_string_equal(heard.uid, "bob");
}

static void ask_next(void *context, const struct bus_reply *reply)
{
    note_reply(context, reply);
    if (heard.count < 3)
        ask_with("alice", 8000, (struct bytes){ 0 }, ask_next);
}

static void an_asker_may_ask_again_when_it_is_answered(void **state)
{
    (void)state;
    start_both();
    ask_with("alice", 8000, (struct bytes){ 0 }, ask_next);
    for (size_t i = 0; i < 3; i++) {
        TURN_UNTIL(servers[0].count == i + 1);
        answer(&servers[0], i);
    }
    TURN_UNTIL(heard.count == 3);
}

static void an_asker_may_ask_again_when_it_is_refused(void **state)
{
    (void)state;
    start_client("ipc:///nonexistent/socket", 1);
    ask_with("alice", 200, (struct bytes){ 0 }, note_reply);
    ask_with("bob", 8000, (struct bytes){ 0 }, ask_next);
    TURN_UNTIL(heard.count >= 3);
}

/* A message of more than BUS_MOST_BYTES would be refused by the other side's socket. */
static void a_large_batch_arrives_all_the_same(void **state)
{
    static const char bulk[300 * 1024];

    (void)state;
    start_both();
    for (size_t i = 0; i < 20; i++)
        ask_with("alice", 8000, (struct bytes){ bulk, sizeof bulk }, note_reply);
    TURN_UNTIL(servers[0].count == 20);
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(servers[0].held[i].bulk_size, sizeof bulk);
}

static void a_request_that_fits_no_message_is_refused(void **state)
{
    static const char bulk[BUS_MOST_BYTES];

    (void)state;
    start_both();
    ask_with("alice", 8000, (struct bytes){ bulk, sizeof bulk }, note_reply);
    TURN_UNTIL(heard.count == 1);
    assert_int_equal(heard.error, ERROR_INTERNAL);
}

static void a_reply_that_fits_no_message_becomes_a_failure(void **state)
{
    static const char bulk[BUS_MOST_BYTES];

    (void)state;
    start_both();
    ask("alice");
    TURN_UNTIL(servers[0].count == 1);
    bus_server_reply(servers[0].server, &servers[0].held[0].back, NULL, NULL,
                     (struct bytes){ bulk, sizeof bulk });
    TURN_UNTIL(heard.count == 1);
    assert_int_equal(heard.error, ERROR_INTERNAL);
}

static void a_client_may_leave_with_requests_in_hand(void **state)
{
    (void)state;
    start_both();
    ask("alice");
    TURN_UNTIL(servers[0].count == 1);
    ask("bob");
    loop_remove_hook(loop, flush_client, NULL);
    client = bus_client_free(client);
    answer(&servers[0], 0);
    assert_int_equal(loop_turn(loop, 10), 0);
    assert_int_equal(heard.count, 0);
}

static void a_bus_without_curve_stays_on_the_machine(void **state)
{
    struct bus_server_options options = {
        .zmq_context = zmq, .loop = loop, .service = "tokensvc", .listen = "tcp://0.0.0.0:*"
    };

    (void)state;
    assert_int_equal(bus_server_open(&options, &servers[0].server), -EACCES);
    options.listen = "ipc:///nonexistent/folder/socket";
    assert_true(bus_server_open(&options, &servers[0].server) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(a_request_is_answered),
        RIG_TEST(bulk_travels_both_ways),
        RIG_TEST(requests_of_one_turn_arrive_in_one_batch),
        RIG_TEST(a_failure_names_the_field),
        RIG_TEST(discarded_replies_do_not_leave),
        RIG_TEST(without_a_replica_a_request_fails_as_unavailable),
        RIG_TEST(a_request_waits_for_a_replica_that_comes_soon),
        RIG_TEST(a_request_that_is_not_answered_times_out),
        RIG_TEST(a_request_whose_deadline_has_passed_is_told_so_in_a_turn),
        RIG_TEST(more_requests_than_allowed_are_refused_in_a_turn),
        RIG_TEST(another_service_is_never_asked),
        RIG_TEST(a_service_that_is_not_ready_is_not_asked),
        RIG_TEST(a_forgotten_request_is_not_answered),
        RIG_TEST(an_asker_may_ask_again_when_it_is_answered),
        RIG_TEST(an_asker_may_ask_again_when_it_is_refused),
        RIG_TEST(a_large_batch_arrives_all_the_same),
        RIG_TEST(a_request_that_fits_no_message_is_refused),
        RIG_TEST(a_reply_that_fits_no_message_becomes_a_failure),
        RIG_TEST(a_client_may_leave_with_requests_in_hand),
        RIG_TEST(a_bus_without_curve_stays_on_the_machine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
