/* test_resolver.c - names become endpoints, in the loop's thread */
#include "test.h"

#include "common/clock.h"
#include "common/endpoint.h"
#include "common/resolver.h"

#include <errno.h>
#include <string.h>

static struct loop *loop;
static struct resolver *resolver;
static struct resolver_watch *watch;
static char told[512]; /* the endpoints that were told last, separated by spaces */
static int times_told;

static int open_all(void **state)
{
    (void)state;
    told[0] = '\0';
    times_told = 0;
    watch = NULL;
    return loop_open(&loop) < 0 || resolver_open(&resolver) < 0 ? -1 : 0;
}

static int close_all(void **state)
{
    (void)state;
    if (watch)
        resolver_remove_watch(resolver, watch);
    resolver = resolver_free(resolver);
    loop = loop_free(loop);
    return 0;
}

static void note_endpoints(void *context, const char *const *endpoints, size_t count)
{
    (void)context;
    times_told++;
    told[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        strcat(told, i ? " " : "");
        strcat(told, endpoints[i]);
    }
}

static int watch_endpoints(const char *endpoints)
{
    return resolver_add_watch(resolver, loop, endpoints, note_endpoints, NULL, &watch);
}

static void turn_until_told(void)
{
    int64_t until_ms = clock_steady_ms() + 10000;

    while (times_told == 0 && clock_steady_ms() < until_ms)
        assert_int_equal(loop_turn(loop, 100), 0);
    assert_int_equal(times_told, 1);
}

static void addresses_are_told_in_the_first_turn_sorted_and_once_each(void **state)
{
    (void)state;
    assert_int_equal(watch_endpoints("tcp://10.0.0.2:7000, ipc:///run/a.sock tcp://[::1]:7000,"
                                     "tcp://10.0.0.1:7000 tcp://10.0.0.2:7000"),
                     0);
    assert_int_equal(times_told, 0);
    assert_int_equal(loop_turn(loop, 1000), 0);
    assert_string_equal(told, "ipc:///run/a.sock tcp://10.0.0.1:7000 tcp://10.0.0.2:7000 "
                              "tcp://[::1]:7000");
}

static void what_is_told_once_is_not_told_again(void **state)
{
    (void)state;
    assert_int_equal(watch_endpoints("tcp://127.0.0.1:7000"), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(loop_turn(loop, 1), 0);
    assert_int_equal(times_told, 1);
}

static void a_name_is_told_as_its_addresses(void **state)
{
    (void)state;
    assert_int_equal(watch_endpoints("tcp://localhost:7000"), 0);
    turn_until_told();
    assert_non_null(strstr(told, ":7000"));
    assert_null(strstr(told, "localhost"));
}

static void a_name_that_nobody_knows_leaves_the_others(void **state)
{
    (void)state;
    assert_int_equal(watch_endpoints("tcp://nobody.invalid:7000 tcp://127.0.0.1:7001"), 0);
    turn_until_told();
    assert_string_equal(told, "tcp://127.0.0.1:7001");
}

static void a_watch_may_be_removed_before_anything_is_known(void **state)
{
    (void)state;
    assert_int_equal(watch_endpoints("tcp://localhost:7000"), 0);
    resolver_remove_watch(resolver, watch);
    watch = NULL;
    assert_int_equal(loop_turn(loop, 1), 0);
    assert_int_equal(times_told, 0);
}

static void lists_that_cannot_be_read_are_refused(void **state)
{
    static const char *const lists[] = {
        "",
        " , ",
        "tcp://",
        "tcp://:7000",
        "tcp://host",
        "tcp://host:",
        "tcp://host:0",
        "tcp://host:65536",
        "tcp://host:70x",
        "tcp://host:-1",
        "tcp://*:7000",
        "tcp://[::1:7000",
        "tcp://[host]:7000",
        "tcp://::1:7000",
        "tcp://a/b:7000",
        "ipc://",
        "udp://host:7000",
        "host:7000",
        "tcp://127.0.0.1:7000 nonsense",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lists); i++)
        if (watch_endpoints(lists[i]) != -EINVAL)
            fail_msg("\"%s\" was taken", lists[i]);
}

static void an_overlong_endpoint_is_refused(void **state)
{
    char list[1024] = "tcp://";

    (void)state;
    memset(list + 6, 'a', 1000);
    memcpy(list + 1006, ":7000", 6);
    assert_int_equal(watch_endpoints(list), -EINVAL);
}

static void sets_are_compared_by_what_is_in_them(void **state)
{
    AUTO(endpoint_set_done) struct endpoint_set a = { 0 };
    AUTO(endpoint_set_done) struct endpoint_set b = { 0 };

    (void)state;
    endpoint_set_add(&a, "one");
    endpoint_set_add(&a, "two");
    endpoint_set_add(&b, "two");
    assert_int_not_equal(endpoint_set_compare(&a, &b), 0);
    endpoint_set_add(&b, "one");
    endpoint_set_add(&b, "one");
    assert_int_equal(endpoint_set_compare(&a, &b), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(addresses_are_told_in_the_first_turn_sorted_and_once_each),
        TEST(what_is_told_once_is_not_told_again),
        TEST(a_name_is_told_as_its_addresses),
        TEST(a_name_that_nobody_knows_leaves_the_others),
        TEST(a_watch_may_be_removed_before_anything_is_known),
        TEST(lists_that_cannot_be_read_are_refused),
        TEST(an_overlong_endpoint_is_refused),
        cmocka_unit_test(sets_are_compared_by_what_is_in_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
