/* test_replicas.c - who lives and whose sessions are offered to whom, at times of the test's
 * choosing */
#include "test.h"

#include "callsvc/replicas.h"

#include <errno.h>
#include <stdio.h>

enum { BEGIN = 50000, SETTLED = BEGIN + REPLICAS_GRACE_MS };

static const struct media_session first = { "http://n1", 11 };
static const struct media_session second = { "http://n1", 12 };

static void beat(struct replicas *replicas, const char *name, int64_t now_ms)
{
    assert_int_equal(replicas_beat(replicas, name, NULL, 0, now_ms), 0);
}

static void beat_with(struct replicas *replicas, const char *name,
                      const struct media_session *session, int64_t now_ms)
{
    assert_int_equal(replicas_beat(replicas, name, session, 1, now_ms), 0);
}

/* `name` beats every second, from a time to another. */
static void live(struct replicas *replicas, const char *name, int64_t from_ms, int64_t to_ms)
{
    for (int64_t now_ms = from_ms; now_ms <= to_ms; now_ms += 1000)
        beat(replicas, name, now_ms);
}

static void assert_offered(struct replicas *replicas, int64_t now_ms, size_t count)
{
    struct media_session sessions[4];

    assert_int_equal(replicas_offer_sessions(replicas, now_ms, sessions, COUNT_OF(sessions)),
                     count);
}

static void who_is_silent_for_three_seconds_is_gone(void **context)
{
    AUTO(replicas_freep) struct replicas *replicas = replicas_new(BEGIN);

    (void)context;
    beat(replicas, "a", BEGIN + 2000);
    live(replicas, "b", BEGIN, BEGIN + 6000);
    assert_int_equal(replicas_count_living(replicas, BEGIN + 5000), 2);
    assert_false(replicas_is_gone(replicas, "a", BEGIN + 5000));
    assert_true(replicas_is_gone(replicas, "a", BEGIN + 5001));
    assert_int_equal(replicas_count_living(replicas, BEGIN + 5001), 1);
    beat(replicas, "a", BEGIN + 6000);
    assert_false(replicas_is_gone(replicas, "a", BEGIN + 6000));
}

static void nobody_is_gone_before_all_had_time_to_beat(void **context)
{
    AUTO(replicas_freep) struct replicas *replicas = replicas_new(BEGIN);

    (void)context;
    live(replicas, "b", BEGIN, SETTLED);
    assert_false(replicas_is_gone(replicas, "unheard", SETTLED - 1));
    assert_true(replicas_is_gone(replicas, "unheard", SETTLED));
    assert_false(replicas_is_gone(replicas, "", SETTLED));
}

static void nobody_is_gone_when_nothing_was_heard_for_a_while(void **context)
{
    AUTO(replicas_freep) struct replicas *replicas = replicas_new(BEGIN);
    const int64_t back = SETTLED + REPLICAS_QUIET_MS + 1;

    (void)context;
    beat_with(replicas, "a", &first, BEGIN);
    live(replicas, "b", BEGIN, SETTLED);
    assert_true(replicas_is_gone(replicas, "a", SETTLED));
    beat(replicas, "b", back);
    assert_false(replicas_is_gone(replicas, "a", back));
    assert_offered(replicas, back, 0);
    live(replicas, "b", back, back + REPLICAS_GRACE_MS);
    assert_true(replicas_is_gone(replicas, "a", back + REPLICAS_GRACE_MS));
    assert_offered(replicas, back + REPLICAS_GRACE_MS, 1);
}

static void who_claims_a_robot_lives_before_his_first_beat(void **context)
{
    AUTO(replicas_freep) struct replicas *replicas = replicas_new(BEGIN);

    (void)context;
    live(replicas, "b", BEGIN, SETTLED + 4000);
    replicas_hear(replicas, "new", SETTLED);
    replicas_hear(replicas, "", SETTLED);
    assert_int_equal(replicas_count_living(replicas, SETTLED), 2);
    assert_false(replicas_is_gone(replicas, "new", SETTLED + 3000));
    assert_true(replicas_is_gone(replicas, "new", SETTLED + 3001));
}

static void who_says_that_he_leaves_is_gone_at_once(void **context)
{
    AUTO(replicas_freep) struct replicas *replicas = replicas_new(BEGIN);

    (void)context;
    beat_with(replicas, "a", &first, BEGIN);
    beat(replicas, "b", BEGIN);
    replicas_leave(replicas, "a");
    replicas_leave(replicas, "unheard");
    assert_true(replicas_is_gone(replicas, "a", BEGIN));
    assert_false(replicas_is_gone(replicas, "b", BEGIN));
    assert_int_equal(replicas_count_living(replicas, BEGIN), 1);
    replicas_hear(replicas, "a", BEGIN + 100);
    assert_true(replicas_is_gone(replicas, "a", BEGIN + 100));
}

static void the_sessions_of_who_leaves_are_his_until_he_is_silent(void **context)
{
    AUTO(replicas_freep) struct replicas *replicas = replicas_new(BEGIN);

    (void)context;
    live(replicas, "b", BEGIN, SETTLED);
    beat_with(replicas, "a", &first, SETTLED);
    replicas_leave(replicas, "a");
    live(replicas, "b", SETTLED, SETTLED + 4000);
    assert_offered(replicas, SETTLED + 3000, 0);
    assert_offered(replicas, SETTLED + 3001, 1);
}

static void sessions_of_the_gone_are_offered_to_one_at_a_time(void **context)
{
    AUTO(replicas_freep) struct replicas *replicas = replicas_new(BEGIN);
    const int64_t now_ms = BEGIN + 5000;

    (void)context;
    beat_with(replicas, "a", &first, BEGIN);
    beat_with(replicas, "b", &second, BEGIN);
    assert_offered(replicas, BEGIN + 3000, 0);
    live(replicas, "c", BEGIN, now_ms + OFFER_MS);
    assert_offered(replicas, now_ms, 2);
    assert_offered(replicas, now_ms + OFFER_MS - 1, 0);
    assert_offered(replicas, now_ms + OFFER_MS, 2);
}

static void a_session_belongs_to_who_adopted_it(void **context)
{
    AUTO(replicas_freep) struct replicas *replicas = replicas_new(BEGIN);
    const int64_t now_ms = BEGIN + 5000;

    (void)context;
    beat_with(replicas, "a", &first, BEGIN);
    live(replicas, "b", BEGIN, now_ms);
    assert_offered(replicas, now_ms, 1);
    beat_with(replicas, "b", &first, now_ms + 1000);
    live(replicas, "c", now_ms, now_ms + OFFER_MS);
    assert_offered(replicas, now_ms + 3000, 0);
    assert_offered(replicas, now_ms + OFFER_MS, 1);
}

static void more_sessions_than_fit_are_offered_later(void **context)
{
    AUTO(replicas_freep) struct replicas *replicas = replicas_new(BEGIN);
    const struct media_session both[] = { first, second };
    struct media_session got;

    (void)context;
    assert_int_equal(replicas_beat(replicas, "a", both, 2, BEGIN), 0);
    live(replicas, "b", BEGIN, BEGIN + 5000);
    assert_int_equal(replicas_offer_sessions(replicas, BEGIN + 5000, &got, 1), 1);
    assert_int_equal(got.session, first.session);
    assert_int_equal(replicas_offer_sessions(replicas, BEGIN + 5000, &got, 1), 1);
    assert_int_equal(got.session, second.session);
    assert_string_equal(got.node, second.node);
}

static void the_long_gone_are_forgotten(void **context)
{
    AUTO(replicas_freep) struct replicas *replicas = replicas_new(BEGIN);
    const int64_t later = BEGIN + REPLICA_FORGOTTEN_MS;

    (void)context;
    beat_with(replicas, "a", &first, BEGIN);
    live(replicas, "b", BEGIN, later + 10000);
    assert_offered(replicas, later, 1);
    assert_offered(replicas, later + 10000, 0);
}

static void too_many_replicas_are_refused_until_some_are_forgotten(void **context)
{
    AUTO(replicas_freep) struct replicas *replicas = replicas_new(BEGIN);
    char name[REPLICA_MOST + 1];

    (void)context;
    for (int i = 0; i < REPLICAS_MOST; i++) {
        (void)snprintf(name, sizeof name, "r%d", i);
        beat(replicas, name, BEGIN);
    }
    assert_int_equal(replicas_beat(replicas, "more", NULL, 0, BEGIN), -ENOSPC);
    replicas_hear(replicas, "more", BEGIN);
    assert_int_equal(replicas_count_living(replicas, BEGIN), REPLICAS_MOST);
    beat(replicas, "more", BEGIN + REPLICA_FORGOTTEN_MS + 1);
    assert_int_equal(replicas_count_living(replicas, BEGIN + REPLICA_FORGOTTEN_MS + 1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_silent_for_three_seconds_is_gone),
        cmocka_unit_test(nobody_is_gone_before_all_had_time_to_beat),
        cmocka_unit_test(nobody_is_gone_when_nothing_was_heard_for_a_while),
        cmocka_unit_test(who_claims_a_robot_lives_before_his_first_beat),
        cmocka_unit_test(who_says_that_he_leaves_is_gone_at_once),
        cmocka_unit_test(the_sessions_of_who_leaves_are_his_until_he_is_silent),
        cmocka_unit_test(sessions_of_the_gone_are_offered_to_one_at_a_time),
        cmocka_unit_test(a_session_belongs_to_who_adopted_it),
        cmocka_unit_test(more_sessions_than_fit_are_offered_later),
        cmocka_unit_test(the_long_gone_are_forgotten),
        cmocka_unit_test(too_many_replicas_are_refused_until_some_are_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
