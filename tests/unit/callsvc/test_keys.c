/* test_keys.c - Idempotency-Keys and tokens that end, through the store */
#include "store_stage.h"

enum { HOUR = 3600 * SECOND, TOKEN_MS = HOUR };

static struct store *store;
static int64_t now;

static void open_store(void)
{
    const struct store_options options = {
        .url = STAGE_URL,
        .rules = {.most_call_ms = 4 * HOUR, .token_ms = TOKEN_MS},
        .now_ms = now,
    };

    store = stage_open(&options);
}

static void open_again(void)
{
    store = store_free(store);
    open_store();
}

static int in_fresh_folder(void **context)
{
    (void)context;
    if (stage_enter_folder() < 0)
        return -1;
    now = NOW;
    open_store();
    return 0;
}

static int remove_folder(void **context)
{
    (void)context;
    store = store_free(store);
    return stage_leave_folder();
}

static struct operation run(struct operation o)
{
    assert_int_equal(store_run(store, &o, 1, now), 0);
    return o;
}

static struct operation call(const char *channel, const char *src_uid, const char *dst_uid,
                             const char *key)
{
    struct operation o = to_start(channel, src_uid, dst_uid);

    COPY_TEXT(o.asked.start.idempotency_key, key);
    return o;
}

static struct operation call_robot(const char *channel, const char *robot_id, const char *audio,
                                   const char *key)
{
    struct operation o = call(channel, "anna", "", key);

    o.asked.start.kind = CALL_ROBOT;
    COPY_TEXT(o.asked.start.robot_id, robot_id);
    COPY_TEXT(o.asked.start.audio, audio);
    return o;
}

static struct operation invite(const char *channel, const char *robot_id, const char *key)
{
    struct operation o = { .kind = OPERATION_ROBOT_CLAIM };

    COPY_TEXT(o.asked.claim.channel, channel);
    COPY_TEXT(o.asked.claim.robot_id, robot_id);
    COPY_TEXT(o.asked.claim.audio, "greeting");
    COPY_TEXT(o.asked.claim.idempotency_key, key);
    return o;
}

static void assert_call(struct operation o, const char *channel, bool is_replayed)
{
    assert_int_equal(o.error, ERROR_NONE);
    assert_string_equal(o.record.channel, channel);
    assert_int_equal(o.is_replayed, is_replayed);
}

static void a_key_that_comes_again_is_the_same_call(void **context)
{
    (void)context;
    assert_call(run(call("ch_1", "anna", "bert", "k")), "ch_1", false);
    run(to_end("ch_1", "anna"));
    assert_call(run(call("ch_2", "anna", "bert", "k")), "ch_1", true);
    assert_call(run(call("ch_3", "anna", "bert", "other")), "ch_3", false);
    run(to_end("ch_3", "anna"));
    assert_call(run(call("ch_4", "anna", "bert", "")), "ch_4", false);
    open_again();
    assert_call(run(call("ch_5", "anna", "bert", "k")), "ch_1", true);
}

static void twins_of_one_group_are_one_call(void **context)
{
    struct operation twins[] = { call("ch_1", "anna", "", "k"), call("ch_2", "anna", "", "k") };

    (void)context;
    assert_int_equal(store_run(store, twins, 2, now), 0);
    assert_call(twins[0], "ch_1", false);
    assert_call(twins[1], "ch_1", true);
    assert_int_equal(twins[1].event_count, 0);
    assert_int_equal(store_counts(store).live_calls, 1);
}

static void what_a_service_asks_again_is_no_replay(void **context)
{
    (void)context;
    assert_call(run(call("ch_1", "anna", "bert", "k")), "ch_1", false);
    assert_call(run(call("ch_1", "anna", "bert", "k")), "ch_1", false);
    assert_call(run(call("ch_2", "anna", "bert", "redial")), "ch_1", false);
    assert_true(run(call("ch_2", "anna", "bert", "redial")).record.id == 1);
    assert_call(run(call("ch_3", "anna", "bert", "redial")), "ch_1", true);
}

static void what_a_service_asks_again_is_the_same_call_whatever_came_since(void **context)
{
    struct operation again;

    (void)context;
    run(call("ch_1", "anna", "bert", ""));
    assert_call(run(call("ch_2", "anna", "bert", "redial")), "ch_1", false);
    run(to_answer("ch_1", "bert"));
    again = run(call("ch_2", "anna", "bert", "redial"));
    assert_call(again, "ch_1", false);
    assert_true(again.is_redial);
    assert_int_equal(again.event_count, 0);
    assert_int_equal(store_counts(store).live_calls, 1);
    run(to_end("ch_1", "anna"));
    assert_call(run(call("ch_2", "anna", "bert", "redial")), "ch_1", false);
    assert_int_equal(store_counts(store).live_calls, 0);
}

static void glare_that_a_service_asks_for_again_is_the_same_call(void **context)
{
    struct operation again;

    (void)context;
    run(call("ch_1", "bert", "anna", ""));
    assert_true(run(call("ch_2", "anna", "bert", "glare")).is_glare);
    again = run(call("ch_2", "anna", "bert", "glare"));
    assert_call(again, "ch_1", false);
    assert_true(again.is_glare);
    assert_int_equal(again.event_count, 0);
}

static void other_fields_under_a_key_are_refused(void **context)
{
    struct operation longer = call("ch_2", "anna", "bert", "k");

    (void)context;
    run(call("ch_1", "anna", "bert", "k"));
    assert_int_equal(run(call("ch_2", "anna", "carl", "k")).error, ERROR_IDEMPOTENCY_MISMATCH);
    longer.asked.start.ring_seconds = 61;
    assert_int_equal(run(longer).error, ERROR_IDEMPOTENCY_MISMATCH);
    run(call_robot("ch_3", "r1", "greeting", "k2"));
    assert_int_equal(run(call_robot("ch_4", "r2", "tone", "k2")).error, ERROR_IDEMPOTENCY_MISMATCH);
}

static void a_key_is_its_verbs_and_its_uids_alone(void **context)
{
    (void)context;
    run(call("ch_1", "anna", "", "k"));
    assert_call(run(call("ch_2", "bert", "", "k")), "ch_2", false);
    assert_call(run(call_robot("ch_3", "r1", "greeting", "k")), "ch_3", false);
    assert_call(run(invite("ch_1", "r2", "k")), "ch_1", false);
}

static void a_key_is_forgotten_after_a_day(void **context)
{
    int r;

    (void)context;
    run(call("ch_1", "anna", "", "k"));
    now += 24 * HOUR - 1;
    assert_call(run(call("ch_2", "anna", "", "k")), "ch_1", true);
    now += 1;
    assert_call(run(call("ch_3", "anna", "", "k")), "ch_3", false);
    assert_call(run(call("ch_4", "anna", "", "k")), "ch_3", true);
    now += 25 * HOUR;
    while ((r = store_maintain(store, now)) > 0)
        ;
    assert_int_equal(r, 0);
    assert_call(run(call("ch_5", "anna", "", "k")), "ch_5", false);
}

static void a_refused_request_leaves_its_key_free(void **context)
{
    (void)context;
    assert_int_equal(run(invite("ch_1", "r1", "k")).error, ERROR_CALL_NOT_FOUND);
    run(call("ch_1", "anna", "", ""));
    assert_call(run(invite("ch_1", "r1", "k")), "ch_1", false);
}

static void an_invitation_that_comes_again_brings_no_other_robot(void **context)
{
    struct operation again;

    (void)context;
    run(call("ch_1", "anna", "bert", ""));
    assert_string_equal(run(invite("ch_1", "r1", "k")).record.robot_id, "r1");
    again = run(invite("ch_1", "r2", "k"));
    assert_call(again, "ch_1", true);
    assert_string_equal(again.record.robot_id, "r1");
    run(to_end("ch_1", "anna"));
    assert_call(run(invite("ch_1", "r3", "k")), "ch_1", true);
}

static void a_renewed_token_ends_no_earlier(void **context)
{
    struct operation o;

    (void)context;
    assert_int_equal(run(call("ch_1", "anna", "bert", "")).token_floor, 0);
    assert_int_equal(run(to_answer("ch_1", "bert")).token_floor, 0);
    now += 10 * SECOND;
    o = run(to_join("ch_1", "anna"));
    assert_int_equal(o.token_floor, NOW + TOKEN_MS);
    assert_int_equal(o.record.src_token_until, NOW + 10 * SECOND + TOKEN_MS);
    assert_int_equal(run(to_join("ch_1", "bert")).token_floor, NOW + TOKEN_MS);
    assert_int_equal(run(to_join("ch_1", "carl")).error, ERROR_NOT_A_PARTY);
    open_again();
    assert_int_equal(run(to_join("ch_1", "anna")).token_floor, NOW + 10 * SECOND + TOKEN_MS);
}

/* The events of what is due now: how many, the last of them in *ret. */
static unsigned run_due(struct operation_event *ret)
{
    struct operation due[4];
    unsigned events = 0;
    size_t count;

    while ((count = store_take_due(store, now, due, COUNT_OF(due))) > 0) {
        assert_int_equal(store_run(store, due, count, now), 0);
        for (size_t i = 0; i < count; i++)
            for (unsigned event = 0; event < due[i].event_count; event++, events++)
                *ret = due[i].events[event];
    }
    return events;
}

static void a_party_is_told_once_that_its_token_soon_ends(void **context)
{
    struct operation_event event;

    (void)context;
    run(call("ch_1", "anna", "bert", ""));
    now += 30 * SECOND;
    run(to_answer("ch_1", "bert"));
    now = NOW + TOKEN_MS / 4 * 3 - 1;
    assert_int_equal(run_due(&event), 0);
    now += 1;
    assert_int_equal(run_due(&event), 1);
    assert_int_equal(event.type, EVENT_TOKEN_EXPIRING);
    assert_int_equal(event.hidden, HIDDEN_FROM_CALLEE);
    assert_int_equal(run_due(&event), 0);
    open_again();
    now += 30 * SECOND;
    assert_int_equal(run_due(&event), 1);
    assert_int_equal(event.hidden, HIDDEN_FROM_CALLER);
}

static void a_renewed_token_is_told_of_anew(void **context)
{
    struct operation_event event;

    (void)context;
    run(call("ch_1", "anna", "bert", ""));
    run(to_answer("ch_1", "bert"));
    now += TOKEN_MS / 2;
    run(to_join("ch_1", "bert"));
    now = NOW + TOKEN_MS / 4 * 3;
    assert_int_equal(run_due(&event), 1);
    run(to_join("ch_1", "anna"));
    now += TOKEN_MS / 4 * 3;
    assert_int_equal(run_due(&event), 2);
}

static void a_channel_that_is_closed_has_no_tokens(void **context)
{
    struct operation_event event;

    (void)context;
    run(call("ch_1", "anna", "bert", ""));
    run(to_end("ch_1", "anna"));
    assert_int_equal(run(to_join("ch_1", "anna")).error, ERROR_CALL_ENDED);
    now += TOKEN_MS;
    assert_int_equal(run_due(&event), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, in_fresh_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_key_that_comes_again_is_the_same_call),
        TEST(twins_of_one_group_are_one_call),
        TEST(what_a_service_asks_again_is_no_replay),
        TEST(what_a_service_asks_again_is_the_same_call_whatever_came_since),
        TEST(glare_that_a_service_asks_for_again_is_the_same_call),
        TEST(other_fields_under_a_key_are_refused),
        TEST(a_key_is_its_verbs_and_its_uids_alone),
        TEST(a_key_is_forgotten_after_a_day),
        TEST(a_refused_request_leaves_its_key_free),
        TEST(an_invitation_that_comes_again_brings_no_other_robot),
        TEST(a_renewed_token_ends_no_earlier),
        TEST(a_party_is_told_once_that_its_token_soon_ends),
        TEST(a_renewed_token_is_told_of_anew),
        TEST(a_channel_that_is_closed_has_no_tokens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
