/* test_rendezvous.c - which of several nodes has a key: alike for all, evenly, and steadily */
#include "test.h"

#include "common/auto.h"
#include "robotsvc/rendezvous.h"

#include <stdio.h>

enum { KEYS = 10000 };

static const char *const nodes[] = {
    "http://10.0.0.1:8088/janus",
    "http://10.0.0.2:8088/janus",
    "http://10.0.0.3:8088/janus",
    "http://10.0.0.4:8088/janus",
};

/* The place of the key's node among those but `without`. */
static size_t choose(const char *key, size_t without)
{
    size_t best = without == 0 ? 1 : 0;

    for (size_t i = 0; i < COUNT_OF(nodes); i++) {
        if (i != without && rendezvous_weight(nodes[i], key) > rendezvous_weight(nodes[best], key))
            best = i;
    }
    return best;
}

static const char *make_key(int number)
{
    static char key[32];

    snprintf(key, sizeof key, "ch_%08dZ", number);
    return key;
}

static void weights_do_not_change_from_version_to_version(void **state)
{
    (void)state;
    assert_true(rendezvous_weight("a", "b") == 0xffc0df9d73e03779U);
    assert_true(rendezvous_weight("", "") == 0x7bc210046bd616ccU);
}

static void where_node_and_key_meet_matters(void **state)
{
    (void)state;
    assert_true(rendezvous_weight("ab", "c") != rendezvous_weight("a", "bc"));
    assert_true(rendezvous_weight("a", "b") != rendezvous_weight("b", "a"));
}

static void every_node_has_its_share(void **state)
{
    int shares[COUNT_OF(nodes)] = { 0 };

    (void)state;
    for (int i = 0; i < KEYS; i++)
        shares[choose(make_key(i), COUNT_OF(nodes))]++;
    for (size_t i = 0; i < COUNT_OF(nodes); i++)
        assert_in_range(shares[i], KEYS * 23 / 100, KEYS * 27 / 100);
}

static void only_the_keys_of_a_node_that_goes_move_and_they_spread(void **state)
{
    int moved_to[COUNT_OF(nodes)] = { 0 };

    (void)state;
    for (int i = 0; i < KEYS; i++) {
        size_t before = choose(make_key(i), COUNT_OF(nodes));
        size_t after = choose(make_key(i), 2);

        if (before == 2)
            moved_to[after]++;
        else
            assert_int_equal(before, after);
    }
    for (size_t i = 0; i < COUNT_OF(nodes); i++)
        assert_in_range(moved_to[i], i == 2 ? 0 : KEYS / 15, KEYS / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_do_not_change_from_version_to_version),
        cmocka_unit_test(where_node_and_key_meet_matters),
        cmocka_unit_test(every_node_has_its_share),
        cmocka_unit_test(only_the_keys_of_a_node_that_goes_move_and_they_spread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
