/* test_bus_discovery.c - replicas come and go: what the client makes of changing endpoints */
#include "test.h"

#include "bus_rig.h"

#include "common/bus_client_inside.h"
#include "common/events.h"

#include <errno.h>

/* A resolver that says what the test wants: it takes the place of common/resolver.c here. */
struct resolver_watch {
    resolver_function *function;
    void *context;
};
static struct resolver_watch only_watch;

int resolver_open(struct resolver **ret)
{
    *ret = NULL;
    return 0;
}

struct resolver *resolver_free(struct resolver *unused)
{
    (void)unused;
    return NULL;
}

int resolver_add_watch(struct resolver *unused, struct loop *its_loop, const char *endpoints,
                       resolver_function *function, void *context, struct resolver_watch **ret)
{
    (void)unused;
    (void)its_loop;
    if (!*endpoints)
        return -EINVAL;
    only_watch = (struct resolver_watch){ function, context };
    *ret = &only_watch;
    return 0;
}

void resolver_remove_watch(struct resolver *unused, struct resolver_watch *watch)
{
    (void)unused;
    (void)watch;
}

/* The name stands for these now; NULL ends the list. */
static void resolve_to(const struct test_server *one, const struct test_server *other)
{
    const char *endpoints[2] = { bus_server_endpoint(one->server) };

    if (other)
        endpoints[1] = bus_server_endpoint(other->server);
    only_watch.function(only_watch.context, endpoints, other ? 2 : 1);
}

static void start_two(void)
{
    start_server(&servers[0], "tokensvc", NULL);
    start_server(&servers[1], "tokensvc", NULL);
    start_client("tcp://tokensvc:7000", 0);
}

static void a_replica_that_comes_is_asked(void **state)
{
    (void)state;
    start_two();
    resolve_to(&servers[0], NULL);
    TURN_UNTIL(bus_client_is_ready(client));
    resolve_to(&servers[0], &servers[1]);
    TURN_UNTIL(client->usable_count == 2);
    for (size_t i = 1; servers[1].count == 0; i++) {
        assert_true(i < MOST_HELD);
        ask("alice");
        TURN_UNTIL(servers[0].count + servers[1].count == i);
    }
}

static void a_replica_that_vanishes_may_finish_but_gets_nothing_new(void **state)
{
    (void)state;
    start_two();
    resolve_to(&servers[0], NULL);
    ask("alice");
    TURN_UNTIL(servers[0].count == 1);
    resolve_to(&servers[1], NULL);
    for (size_t i = 0; i < 10; i++)
        ask("bob");
    TURN_UNTIL(servers[1].count == 10);
    answer(&servers[0], 0);
    TURN_UNTIL(heard.count == 1);
    assert_string_equal(heard.uid, "alice");
    assert_int_equal(servers[0].count, 1);
}

static void a_replica_that_vanished_is_closed_when_its_last_deadline_passed(void **state)
{
    (void)state;
    start_two();
    resolve_to(&servers[0], NULL);
    ask_with("alice", 1000, (struct bytes){ 0 }, note_reply);
    TURN_UNTIL(servers[0].count == 1);
    resolve_to(&servers[1], NULL);
    TURN_UNTIL(heard.count == 1);
    assert_int_equal(heard.error, ERROR_TIMEOUT);
    answer(&servers[0], 0);
    ask("bob");
    TURN_UNTIL(servers[1].count == 1);
}

static void a_replica_that_vanished_for_a_moment_is_asked_again(void **state)
{
    (void)state;
    start_two();
    resolve_to(&servers[0], NULL);
    ask("alice");
    TURN_UNTIL(servers[0].count == 1);
    resolve_to(&servers[1], NULL);
    resolve_to(&servers[0], NULL);
    ask("bob");
    TURN_UNTIL(servers[0].count == 2);
}

static void a_list_that_cannot_be_read_is_refused(void **state)
{
    const struct bus_client_options options = {
        .zmq_context = zmq, .loop = loop, .service = "tokensvc", .endpoints = ""
    };

    (void)state;
    assert_int_equal(bus_client_open(&options, &client), -EINVAL);
    assert_null(client);
}

static unsigned gaps;

static void count_gap(void *context, unsigned shard)
{
    (void)context;
    assert_int_equal(shard, 5);
    gaps++;
}

static void pass_over(void *context, const struct event *event, const struct call *call,
                      const struct call_inside *inside)
{
    (void)context;
    (void)event;
    (void)call;
    (void)inside;
}

static void resolve_to_publisher(const struct event_publisher *publisher)
{
    const char *endpoint = event_publisher_endpoint(publisher);

    only_watch.function(only_watch.context, &endpoint, 1);
}

/* Two publishers, one instead of the other; the listener stays in between. */
static void a_publisher_that_is_gone_for_good_leaves_a_gap(void **state)
{
    const struct event_subscriber_options options = {
        .zmq_context = zmq,
        .loop = loop,
        .endpoints = "tcp://callsvc:7001",
        .on_event = pass_over,
        .on_gap = count_gap,
    };
    const struct event_publisher_options events = { .zmq_context = zmq,
                                                    .loop = loop,
                                                    .listen = "tcp://127.0.0.1:*" };
    AUTO(event_subscriber_freep) struct event_subscriber *subscriber = NULL;
    AUTO(event_publisher_freep) struct event_publisher *one = NULL;
    AUTO(event_publisher_freep) struct event_publisher *other = NULL;

    (void)state;
    gaps = 0;
    assert_int_equal(event_publisher_open(&events, &one), 0);
    assert_int_equal(event_publisher_open(&events, &other), 0);
    assert_int_equal(event_subscriber_open(&options, &subscriber), 0);
    event_subscriber_add(subscriber, 5);
    resolve_to_publisher(one);
    TURN_UNTIL(gaps == 1);
    resolve_to_publisher(other);
    TURN_UNTIL(gaps == 2);
    one = event_publisher_free(one);
    TURN_UNTIL(gaps == 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(a_replica_that_comes_is_asked),
        RIG_TEST(a_replica_that_vanishes_may_finish_but_gets_nothing_new),
        RIG_TEST(a_replica_that_vanished_is_closed_when_its_last_deadline_passed),
        RIG_TEST(a_replica_that_vanished_for_a_moment_is_asked_again),
        RIG_TEST(a_list_that_cannot_be_read_is_refused),
        RIG_TEST(a_publisher_that_is_gone_for_good_leaves_a_gap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
