/* test_limits.c - buckets on a clock of the test's own, connections that are counted, and both with
 * threads that do it at once */
#include "test.h"

#include "gateway/connection_limit.h"
#include "gateway/rate_limit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { START_MS = 1000000, THREADS = 4 };

static struct rate rate_of(const char *text)
{
    struct rate rate;

    assert_int_equal(rate_read(text, &rate), 0);
    return rate;
}

static struct rate_limit *limit_of(const char *text)
{
    const struct rate rate = rate_of(text);

    return rate_limit_new(&rate, START_MS);
}

static int64_t take(struct rate_limit *limit, const char *key, int64_t at_ms)
{
    return rate_limit_take(limit, (struct bytes){ key, strlen(key) }, START_MS + at_ms);
}

static void rates_are_read(void **state)
{
    static const char *const wrong[] = { "10",
                                         "/60",
                                         "10/",
                                         "0/60",
                                         "-1/60",
                                         "10/0",
                                         "1/-1",
                                         "10/60s",
                                         "10 / 60",
                                         "1e3/1",
                                         "1/86401",
                                         "1001/1",
                                         "99999999999999999999/1" };
    struct rate rate;

    (void)state;
    rate = rate_of("10/60");
    assert_int_equal(rate.count, 10);
    assert_int_equal(rate.seconds, 60);
    assert_int_equal(rate_of("").count, 0);
    assert_int_equal(rate_of("1000/1").count, 1000);
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_true(rate_read(wrong[i], &rate) < 0);
}

static void so_many_are_allowed_at_once(void **state)
{
    AUTO(rate_limit_freep) struct rate_limit *limit = limit_of("3/60");

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(take(limit, "a", 0), 0);
    assert_int_equal(take(limit, "a", 0), 20000);
    assert_int_equal(take(limit, "a", 5000), 15000);
    for (int i = 0; i < 3; i++)
        assert_int_equal(take(limit, "b", 0), 0);
    assert_int_equal(take(limit, "b", 0), 20000);
}

static void then_one_after_another(void **state)
{
    AUTO(rate_limit_freep) struct rate_limit *limit = limit_of("3/60");

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(take(limit, "a", 0), 0);
    assert_int_equal(take(limit, "a", 19999), 1);
    assert_int_equal(take(limit, "a", 20000), 0);
    assert_int_equal(take(limit, "a", 20000), 20000);
    assert_int_equal(take(limit, "a", 60000), 0);
    assert_int_equal(take(limit, "a", 60000), 0);
    assert_int_equal(take(limit, "a", 60000), 20000);
}

/* Who was refused did not ask, as far as his bucket knows. */
static void refusals_are_not_counted(void **state)
{
    AUTO(rate_limit_freep) struct rate_limit *limit = limit_of("1/1");

    (void)state;
    assert_int_equal(take(limit, "a", 0), 0);
    for (int64_t at_ms = 1; at_ms < 1000; at_ms++)
        assert_int_equal(take(limit, "a", at_ms), 1000 - at_ms);
    assert_int_equal(take(limit, "a", 1000), 0);
}

static void a_bucket_is_full_again_after_its_time(void **state)
{
    AUTO(rate_limit_freep) struct rate_limit *limit = limit_of("1000/1");
    unsigned allowed = 0;

    (void)state;
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < 2000; i++)
            allowed += take(limit, "a", round * 1000) == 0;
    assert_int_equal(allowed, 3000);
    assert_int_equal(take(limit, "a", INT64_C(20) * 365 * 86400 * 1000), 0);
}

/* A key's bucket outlives others that come and go: those that are full soonest give way. */
static void memory_does_not_grow_and_debts_are_remembered(void **state)
{
    AUTO(rate_limit_freep) struct rate_limit *limit = limit_of("2/3600");
    char key[16];

    (void)state;
    assert_int_equal(take(limit, "debtor", 0), 0);
    assert_int_equal(take(limit, "debtor", 0), 0);
    for (int i = 0; i < 200000; i++) {
        snprintf(key, sizeof key, "%d", i);
        assert_int_equal(take(limit, key, i / 100), 0);
    }
    assert_true(take(limit, "debtor", 2000) > 0);
}

struct race {
    struct rate_limit *rates;
    struct connection_limit *connections;
    atomic_uint allowed;
};

static void *take_many(void *context)
{
    struct race *race = context;

    for (int i = 0; i < 5000; i++)
        if (take(race->rates, "a", 0) == 0)
            atomic_fetch_add(&race->allowed, 1);
    return NULL;
}

static void run_threads(void *(*run)(void *), struct race *race)
{
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run, race), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void threads_together_get_no_more(void **state)
{
    AUTO(rate_limit_freep) struct rate_limit *limit = limit_of("777/3600");
    struct race race = { .rates = limit };

    (void)state;
    run_threads(take_many, &race);
    assert_in_range(race.allowed, 777, 778);
}

/* Connections */

static struct client_address address_of(unsigned number)
{
    struct client_address address = {
        .bytes = {[10] = 0xff, [11] = 0xff}
    };

    memcpy(address.bytes + 12, &number, sizeof number);
    return address;
}

static void connections_are_counted(void **state)
{
    AUTO(connection_limit_freep) struct connection_limit *limit = connection_limit_new(2);
    const struct client_address one = address_of(1);
    const struct client_address two = address_of(2);
    connection_place places[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_true(connection_limit_has_room(limit, &one));
        places[i] = connection_limit_take(limit, &one);
    }
    assert_false(connection_limit_has_room(limit, &one));
    assert_true(connection_limit_has_room(limit, &two));
    connection_limit_give_back(limit, places[0]);
    assert_true(connection_limit_has_room(limit, &one));
    connection_limit_give_back(limit, places[1]);
    connection_limit_give_back(limit, 0);
}

static void a_home_shares_its_connections(void **state)
{
    AUTO(connection_limit_freep) struct connection_limit *limit = connection_limit_new(1);
    struct client_address one;
    struct client_address neighbour;

    (void)state;
    assert_true(client_address_read((struct bytes){ "2001:db8::1", 11 }, &one));
    assert_true(client_address_read((struct bytes){ "2001:db8::2", 11 }, &neighbour));
    (void)connection_limit_take(limit, &one);
    assert_false(connection_limit_has_room(limit, &neighbour));
}

/* More addresses than there are places: the others are not counted, and nothing is lost. */
static void addresses_beyond_the_memory_are_not_counted(void **state)
{
    enum { ADDRESSES = 100000 };
    AUTO(connection_limit_freep) struct connection_limit *limit = connection_limit_new(1);
    static connection_place places[ADDRESSES];
    unsigned counted = 0;

    (void)state;
    for (unsigned i = 0; i < ADDRESSES; i++) {
        const struct client_address address = address_of(i);

        places[i] = connection_limit_take(limit, &address);
        counted += places[i] > 0;
    }
    assert_in_range(counted, 50000, 65536);
    for (unsigned i = 0; i < ADDRESSES; i++)
        connection_limit_give_back(limit, places[i]);
    for (unsigned i = 0; i < ADDRESSES; i++) {
        const struct client_address address = address_of(i);

        assert_true(connection_limit_has_room(limit, &address));
    }
}

static void *come_and_go(void *context)
{
    struct race *race = context;

    for (unsigned i = 0; i < 20000; i++) {
        const struct client_address address = address_of(i % 3);

        connection_limit_give_back(race->connections,
                                   connection_limit_take(race->connections, &address));
    }
    return NULL;
}

static void threads_leave_nothing_counted(void **state)
{
    AUTO(connection_limit_freep) struct connection_limit *limit = connection_limit_new(1);
    struct race race = { .connections = limit };

    (void)state;
    run_threads(come_and_go, &race);
    for (unsigned i = 0; i < 3; i++) {
        const struct client_address address = address_of(i);

        assert_true(connection_limit_has_room(limit, &address));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_read),
        cmocka_unit_test(so_many_are_allowed_at_once),
        cmocka_unit_test(then_one_after_another),
        cmocka_unit_test(refusals_are_not_counted),
        cmocka_unit_test(a_bucket_is_full_again_after_its_time),
        cmocka_unit_test(memory_does_not_grow_and_debts_are_remembered),
        cmocka_unit_test(threads_together_get_no_more),
        cmocka_unit_test(connections_are_counted),
        cmocka_unit_test(a_home_shares_its_connections),
        cmocka_unit_test(addresses_beyond_the_memory_are_not_counted),
        cmocka_unit_test(threads_leave_nothing_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
