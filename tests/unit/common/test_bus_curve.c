/* test_bus_curve.c - client, server and events with keys, and what becomes of a key that is removed
 */
#include "test.h"

#include "bus_rig.h"

#include "common/bus_curve_make.h"
#include "common/events.h"
#include "common/memory.h"
#include "common/options.h"

#include <errno.h>
#include <ftw.h>

static char keys[64];
static char clients_path[96]; /* of the server */
static struct bus_curve *server_curve;
static struct bus_curve *client_curve;
static struct event_publisher *publisher;
static struct event_subscriber *subscriber;
static size_t gaps;

static int open_keys(const char *service, void *context, struct bus_curve **ret)
{
    AUTO(free_memory) char *secret = must_format("%s/%s/curve_secret", keys, service);
    AUTO(free_memory) char *clients = must_format("%s/%s/curve_clients", keys, service);
    AUTO(free_memory) char *list = must_format("%s/%s/curve_servers", keys, service);
    const struct bus_curve_options options = {
        .zmq_context = context,
        .secret_file = secret,
        .clients_file = clients,
        .servers_file = list,
    };
    char problem[BUS_CURVE_PROBLEM_MOST];
    int r = bus_curve_open(&options, ret, problem);

    if (r < 0)
        fail_msg("%s", problem);
    return r;
}

static void start_keyed_server(void)
{
    struct bus_server_options options = {
        .loop = loop,
        .service = "tokensvc",
        .listen = "tcp://127.0.0.1:*",
        .on_request = hold_request,
        .context = &servers[0],
    };

    servers[0] = (struct test_server){ .zmq = zmq_ctx_new() };
    assert_int_equal(open_keys("tokensvc", servers[0].zmq, &server_curve), 0);
    options.zmq_context = servers[0].zmq;
    options.curve = server_curve;
    assert_int_equal(bus_server_open(&options, &servers[0].server), 0);
    loop_add_hook(loop, count_batch, NULL, &servers[0]);
}

static void start_keyed_client(void)
{
    struct bus_client_options options = {
        .zmq_context = zmq,
        .loop = loop,
        .resolver = resolver,
        .service = "tokensvc",
        .endpoints = bus_server_endpoint(servers[0].server),
    };

    assert_int_equal(open_keys("gateway", zmq, &client_curve), 0);
    options.curve = client_curve;
    assert_int_equal(bus_client_open(&options, &client), 0);
    loop_add_hook(loop, flush_client, NULL, NULL);
}

static void write_list(const char *text)
{
    AUTO(free_memory) char *fresh = must_format("%s.other", clients_path);
    FILE *file = fopen(fresh, "we");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
    assert_int_equal(rename(fresh, clients_path), 0);
}

static int open_all(void **state)
{
    snprintf(keys, sizeof keys, "/tmp/dapi-keys-XXXXXX");
    if (!mkdtemp(keys) || bus_curve_make(keys) < 0)
        return -1;
    snprintf(clients_path, sizeof clients_path, "%s/tokensvc/curve_clients", keys);
    gaps = 0;
    return open_rig(state);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

static int close_all(void **state)
{
    subscriber = event_subscriber_free(subscriber);
    publisher = event_publisher_free(publisher);
    client = bus_client_free(client);
    if (servers[0].server) {
        loop_remove_hook(loop, count_batch, &servers[0]);
        servers[0].server = bus_server_free(servers[0].server);
    }
    client_curve = bus_curve_free(client_curve);
    server_curve = bus_curve_free(server_curve);
    if (servers[0].zmq)
        zmq_ctx_term(servers[0].zmq);
    servers[0] = (struct test_server){ 0 };
    if (nftw(keys, remove_entry, 8, FTW_DEPTH | FTW_PHYS) < 0)
        return -1;
    return close_rig(state);
}

static void a_listed_client_is_answered(void **state)
{
    (void)state;
    start_keyed_server();
    start_keyed_client();
    TURN_UNTIL(bus_client_is_ready(client));
    ask("alice");
    TURN_UNTIL(servers[0].count == 1);
    answer(&servers[0], 0);
    TURN_UNTIL(heard.count == 1);
    assert_string_equal(heard.uid, "alice");
}

static void a_key_that_is_removed_is_heard_no_more_and_may_come_again(void **state)
{
    AUTO(secret_freep) char *list = NULL;

    (void)state;
    start_keyed_server();
    start_keyed_client();
    TURN_UNTIL(bus_client_is_ready(client));
    assert_int_equal(secret_read(clients_path, 4096, &list), 0);
    write_list("# nobody\n");
    TURN_UNTIL(bus_curve_removals(server_curve) == 1);
    TURN_UNTIL(!bus_client_is_ready(client));
    write_list(list);
    TURN_UNTIL(bus_client_is_ready(client));
}

static void a_client_without_the_servers_key_does_not_open(void **state)
{
    struct bus_client_options options = {
        .zmq_context = zmq, .loop = loop, .resolver = resolver, .service = "fifth", .endpoints = ""
    };

    (void)state;
    assert_int_equal(open_keys("gateway", zmq, &client_curve), 0);
    options.curve = client_curve;
    assert_int_equal(bus_client_open(&options, &client), -ENOKEY);
}

static void a_context_has_one_handler(void **state)
{
    struct bus_curve *other = NULL;
    char problem[BUS_CURVE_PROBLEM_MOST];
    AUTO(free_memory) char *secret = must_format("%s/gateway/curve_secret", keys);
    const struct bus_curve_options options = { zmq, secret, clients_path, clients_path };

    (void)state;
    assert_int_equal(open_keys("gateway", zmq, &client_curve), 0);
    assert_int_equal(bus_curve_open(&options, &other, problem), -EADDRINUSE);
    assert_null(other);
}

static void pass_over(void *context, const struct event *event, const struct call *call,
                      const struct call_inside *inside)
{
    (void)context;
    (void)event;
    (void)call;
    (void)inside;
}

static void count_gap(void *context, unsigned shard)
{
    (void)context;
    (void)shard;
    gaps++;
}

static void start_events(void)
{
    struct event_publisher_options events = { .loop = loop,
                                              .listen = "tcp://127.0.0.1:*",
                                              .zmq_context = servers[0].zmq };
    struct event_subscriber_options options = {
        .zmq_context = zmq,
        .loop = loop,
        .resolver = resolver,
        .on_event = pass_over,
        .on_gap = count_gap,
    };

    events.curve = server_curve;
    assert_int_equal(event_publisher_open(&events, &publisher), 0);
    options.endpoints = event_publisher_endpoint(publisher);
    options.curve = client_curve;
    assert_int_equal(event_subscriber_open(&options, &subscriber), 0);
    event_subscriber_add(subscriber, 5);
}

/* The subscriber knows the publisher as callsvc: the server has callsvc's keys here. */
static void when_a_key_is_removed_the_others_come_in_anew(void **state)
{
    AUTO(free_memory) char *mine = must_format("%s/tokensvc/curve_secret", keys);
    AUTO(free_memory) char *theirs = must_format("%s/callsvc/curve_secret", keys);
    AUTO(free_memory) char *list = must_format("%s/callsvc/curve_clients", keys);
    AUTO(secret_freep) char *others = NULL;
    AUTO(secret_freep) char *all = NULL;

    (void)state;
    assert_int_equal(rename(theirs, mine), 0);
    assert_int_equal(secret_read(clients_path, 4096, &others), 0);
    assert_int_equal(rename(list, clients_path), 0);
    start_keyed_server();
    assert_int_equal(open_keys("gateway", zmq, &client_curve), 0);
    start_events();
    TURN_UNTIL(gaps == 1);
    assert_int_equal(secret_read(clients_path, 4096, &all), 0);
    write_list(others); /* without robotsvc */
    TURN_UNTIL(bus_curve_removals(server_curve) == 1);
    TURN_UNTIL(gaps >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_listed_client_is_answered, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_key_that_is_removed_is_heard_no_more_and_may_come_again,
                                        open_all, close_all),
        cmocka_unit_test_setup_teardown(a_client_without_the_servers_key_does_not_open, open_all,
                                        close_all),
        cmocka_unit_test_setup_teardown(a_context_has_one_handler, open_all, close_all),
        cmocka_unit_test_setup_teardown(when_a_key_is_removed_the_others_come_in_anew, open_all,
                                        close_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
