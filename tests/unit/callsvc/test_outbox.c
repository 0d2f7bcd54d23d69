/* test_outbox.c - rows of the outbox through the store: written, taken, settled, given up */
#include "store_stage.h"

enum { DAY = 86400000 };

static struct store *store;
static struct outbox_plan plan;
static int64_t now_ms;
static unsigned room[QUEUES_MOST];

static void open_store(void)
{
    const struct store_options options = {
        .url = STAGE_URL, .now_ms = now_ms, .rules.most_call_ms = DAY, .outbox = &plan
    };

    store = stage_open(&options);
}

static void open_again(void)
{
    store = store_free(store);
    open_store();
}

/* Apple and Firebase, and one endpoint that hears of everything. */
static int in_fresh_folder(void **context)
{
    (void)context;
    if (stage_enter_folder() < 0)
        return -1;
    now_ms = NOW;
    plan = (struct outbox_plan){ .count = QUEUE_WEBHOOKS + 1 };
    for (unsigned i = 0; i < plan.count; i++) {
        snprintf(plan.queues[i].name, sizeof plan.queues[i].name, "queue%u", i);
        plan.queues[i].most_in_hand = room[i] = 100;
    }
    plan.queues[QUEUE_WEBHOOKS].events = UINT64_MAX;
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
    assert_int_equal(store_run(store, &o, 1, now_ms), 0);
    assert_int_equal(o.error, ERROR_NONE);
    return o;
}

static void register_device(const char *uid, enum device_platform platform, const char *token,
                            const char *alert_token)
{
    struct operation o = { .kind = OPERATION_DEVICE_REGISTER };

    o.asked.device = must_alloc(1, sizeof *o.asked.device);
    o.asked.device->platform = platform;
    COPY_TEXT(o.asked.device->uid, uid);
    COPY_TEXT(o.asked.device->token, token);
    COPY_TEXT(o.asked.device->app, "com.example.app");
    COPY_TEXT(o.asked.device->alert_token, alert_token);
    o = run(o);
    operation_done(&o);
}

static struct operation call_of(const char *channel, const char *dst_uid)
{
    return to_start(channel, "anna", dst_uid);
}

static void answer(const char *channel, const char *uid)
{
    run(to_answer(channel, uid));
}

/* What is due of a queue: linked, to be freed. */
static struct delivery *take(unsigned queue)
{
    static unsigned only[QUEUES_MOST];
    struct operation o = { .kind = OPERATION_OUTBOX_TAKE, .asked.outbox_room = only };

    memset(only, 0, sizeof only);
    only[queue] = room[queue];
    o = run(o);
    return delivery_list_take_all(&o.deliveries);
}

static size_t count_of(const struct delivery *first)
{
    size_t count = 0;

    for (; first; first = first->next)
        count++;
    return count;
}

static void settle(struct delivery *taken, enum delivery_outcome outcome, int64_t due_at)
{
    for (struct delivery *d = taken; d; d = d->next) {
        d->outcome = outcome;
        d->due_at = due_at;
        d->attempts++;
    }
    run((struct operation){ .kind = OPERATION_OUTBOX_SETTLE, .asked.settled = taken });
    delivery_free_all(taken);
}

static void a_call_is_pushed_to_each_device_of_the_callee(void **context)
{
    struct delivery *taken;

    (void)context;
    register_device("bert", PLATFORM_APNS, "aa", "");
    register_device("bert", PLATFORM_FCM, "token", "");
    register_device("carl", PLATFORM_APNS, "cc", "");
    run(call_of("ch_1", "bert"));
    taken = take(QUEUE_APNS);
    assert_int_equal(count_of(taken), 1);
    assert_string_equal(taken->token, "aa");
    assert_string_equal(taken->channel, "ch_1");
    assert_string_equal(taken->caller_uid, "anna");
    assert_int_equal(taken->outcome, OUTCOME_NONE);
    assert_int_equal(taken->expires_at, NOW + 60 * SECOND);
    settle(taken, OUTCOME_SENT, 0);
    taken = take(QUEUE_FCM);
    assert_string_equal(taken->token, "token");
    settle(taken, OUTCOME_SENT, 0);
    assert_int_equal(store_outbox_waiting(store, QUEUE_APNS), 0);
    now_ms = store_outbox_due(store, QUEUE_APNS); /* a hint may be too early, once */
    assert_null(take(QUEUE_APNS));
    assert_int_equal(store_outbox_due(store, QUEUE_APNS), INT64_MAX);
}

static void nothing_is_put_in_a_queue_that_is_not_configured(void **context)
{
    (void)context;
    plan.queues[QUEUE_APNS].most_in_hand = 0;
    register_device("bert", PLATFORM_APNS, "aa", "");
    run(call_of("ch_1", "bert"));
    assert_int_equal(store_outbox_waiting(store, QUEUE_APNS), 0);
}

static void a_group_takes_what_it_has_put_in(void **context)
{
    struct operation group[2] = {
        call_of("ch_1", "bert"), {.kind = OPERATION_OUTBOX_TAKE, .asked.outbox_room = room}
    };

    (void)context;
    register_device("bert", PLATFORM_APNS, "aa", "");
    assert_int_equal(store_run(store, group, 2, now_ms), 0);
    assert_int_equal(group[1].deliveries.count, 2); /* the push and the webhook */
    operation_done(&group[1]);
}

static void what_is_taken_is_nobody_elses_until_its_lease_ends(void **context)
{
    struct delivery *first;
    struct delivery *second;
    char id[CALL_ID_LENGTH + 1];

    (void)context;
    register_device("bert", PLATFORM_APNS, "aa", "");
    run(call_of("ch_1", "bert"));
    first = take(QUEUE_APNS);
    COPY_TEXT(id, first->message_id);
    assert_null(take(QUEUE_APNS));
    now_ms += 59 * SECOND;
    assert_null(take(QUEUE_APNS));
    now_ms += 1 * SECOND - 1;
    assert_null(take(QUEUE_APNS));
    now_ms += 1;
    second = take(QUEUE_APNS);
    assert_string_equal(second->message_id, id);
    /* Who was too slow has no say any more. */
    settle(first, OUTCOME_SENT, 0);
    assert_int_equal(store_outbox_waiting(store, QUEUE_APNS), 1);
    settle(second, OUTCOME_SENT, 0);
    assert_int_equal(store_outbox_waiting(store, QUEUE_APNS), 0);
}

static void what_is_postponed_is_due_then_with_its_id_and_count(void **context)
{
    struct delivery *taken;
    char id[CALL_ID_LENGTH + 1];

    (void)context;
    register_device("bert", PLATFORM_APNS, "aa", "");
    run(call_of("ch_1", "bert"));
    taken = take(QUEUE_APNS);
    COPY_TEXT(id, taken->message_id);
    settle(taken, OUTCOME_LATER, now_ms + 500);
    assert_int_equal(store_outbox_due(store, QUEUE_APNS), now_ms + 500);
    now_ms += 499;
    assert_null(take(QUEUE_APNS));
    now_ms += 1;
    taken = take(QUEUE_APNS);
    assert_string_equal(taken->message_id, id);
    assert_int_equal(taken->attempts, 1);
    delivery_free_all(taken);
}

static void after_a_restart_everything_is_due(void **context)
{
    struct delivery *taken;

    (void)context;
    register_device("bert", PLATFORM_APNS, "aa", "");
    run(call_of("ch_1", "bert"));
    delivery_free_all(take(QUEUE_APNS));
    open_again();
    assert_int_equal(store_outbox_waiting(store, QUEUE_APNS), 1);
    taken = take(QUEUE_APNS);
    assert_int_equal(count_of(taken), 1);
    delivery_free_all(taken);
    run(call_of("ch_2", "bert"));
    taken = take(QUEUE_APNS);
    assert_int_equal(count_of(taken), 0); /* a redial: rung already */
}

static enum drop_reason drop_reason_of(struct delivery *taken)
{
    enum drop_reason reason = taken->outcome == OUTCOME_DROPPED ? taken->reason : DROP_NONE;

    assert_int_equal(count_of(taken), 1);
    settle(taken, OUTCOME_DROPPED, 0);
    return reason;
}

static void what_need_not_be_sent_any_more_is_dropped_as_it_is_taken(void **context)
{
    (void)context;
    register_device("bert", PLATFORM_APNS, "aa", "");
    register_device("carl", PLATFORM_APNS, "cc", "");
    run(call_of("ch_1", "bert"));
    answer("ch_1", "bert");
    assert_int_equal(drop_reason_of(take(QUEUE_APNS)), DROP_CALL_OVER);
    run(call_of("ch_2", "carl"));
    register_device("dora", PLATFORM_APNS, "cc", "");
    assert_int_equal(drop_reason_of(take(QUEUE_APNS)), DROP_DEVICE_GONE);
    run(call_of("ch_3", "dora"));
    now_ms += 60 * SECOND;
    assert_int_equal(drop_reason_of(take(QUEUE_APNS)), DROP_LATE);
}

static void run_due(void)
{
    struct operation due[4];
    size_t count = store_take_due(store, now_ms, due, COUNT_OF(due));

    assert_int_equal(store_run(store, due, count, now_ms), 0);
}

static void a_missed_call_is_told_to_alert_tokens(void **context)
{
    struct delivery *taken;

    (void)context;
    register_device("bert", PLATFORM_APNS, "aa", "ee");
    register_device("bert", PLATFORM_APNS, "bb", "");
    run(call_of("ch_1", "bert"));
    settle(take(QUEUE_APNS), OUTCOME_SENT, 0);
    now_ms += 60 * SECOND;
    run_due();
    taken = take(QUEUE_APNS);
    assert_int_equal(count_of(taken), 1);
    assert_int_equal(taken->kind, DELIVERY_MISSED);
    assert_string_equal(taken->token, "ee");
    /* Dead is the alert token alone. */
    taken->verdict = DEVICE_DEAD;
    taken->verdict_at = now_ms;
    settle(taken, OUTCOME_DROPPED, 0);
    run(call_of("ch_2", "bert"));
    assert_int_equal(count_of(taken = take(QUEUE_APNS)), 2);
    settle(taken, OUTCOME_SENT, 0);
    now_ms += 60 * SECOND;
    run_due();
    assert_null(take(QUEUE_APNS));
}

static void a_dead_device_leaves_unless_it_came_again(void **context)
{
    struct delivery *taken;

    (void)context;
    register_device("bert", PLATFORM_APNS, "aa", "");
    run(call_of("ch_1", "bert"));
    taken = take(QUEUE_APNS);
    taken->verdict = DEVICE_DEAD;
    taken->verdict_at = taken->registered_at;
    now_ms += SECOND;
    register_device("bert", PLATFORM_APNS, "aa", "");
    settle(taken, OUTCOME_DROPPED, 0);
    answer("ch_1", "bert");
    run(call_of("ch_2", "bert"));
    taken = take(QUEUE_APNS);
    assert_int_equal(taken->outcome, OUTCOME_NONE);
    taken->verdict = DEVICE_DEAD;
    taken->verdict_at = now_ms;
    settle(taken, OUTCOME_DROPPED, 0);
    answer("ch_2", "bert");
    run(call_of("ch_3", "bert"));
    assert_null(take(QUEUE_APNS));
}

static void webhooks_of_a_call_go_one_after_another(void **context)
{
    struct delivery *taken;

    (void)context;
    run(call_of("ch_1", "bert"));
    answer("ch_1", "bert");
    run(call_of("ch_2", "carl"));
    assert_int_equal(store_outbox_waiting(store, QUEUE_WEBHOOKS), 3);
    taken = take(QUEUE_WEBHOOKS);
    assert_int_equal(count_of(taken), 2); /* the first of each */
    assert_non_null(strstr(taken->body, "\"type\":\"call.created\""));
    assert_non_null(strstr(taken->body, "\"number\":1"));
    /* The first fails: what follows it waits. */
    settle(taken, OUTCOME_LATER, now_ms + SECOND);
    assert_null(take(QUEUE_WEBHOOKS));
    now_ms += SECOND;
    taken = take(QUEUE_WEBHOOKS);
    assert_int_equal(count_of(taken), 2);
    settle(taken, OUTCOME_SENT, 0);
    taken = take(QUEUE_WEBHOOKS);
    assert_int_equal(count_of(taken), 1);
    assert_non_null(strstr(taken->body, "\"type\":\"call.answered\""));
    assert_non_null(strstr(taken->body, "\"number\":2"));
    settle(taken, OUTCOME_SENT, 0);
    assert_int_equal(store_outbox_waiting(store, QUEUE_WEBHOOKS), 0);
}

static void webhooks_are_given_up_after_three_days(void **context)
{
    struct delivery *taken;

    (void)context;
    run(call_of("ch_1", "bert"));
    taken = take(QUEUE_WEBHOOKS);
    assert_int_equal(taken->expires_at, NOW + (int64_t)3 * DAY);
    settle(taken, OUTCOME_LATER, now_ms + (int64_t)3 * DAY);
    now_ms += (int64_t)3 * DAY;
    assert_int_equal(drop_reason_of(take(QUEUE_WEBHOOKS)), DROP_LATE);
}

static void what_nobody_takes_is_forgotten(void **context)
{
    (void)context;
    run(call_of("ch_1", "bert"));
    assert_int_equal(store_outbox_waiting(store, QUEUE_WEBHOOKS), 1);
    now_ms += (int64_t)3 * DAY;
    assert_true(store_maintain(store, now_ms) >= 0);
    assert_int_equal(store_outbox_waiting(store, QUEUE_WEBHOOKS), 1);
    now_ms += DAY + 1;
    assert_true(store_maintain(store, now_ms) >= 0);
    assert_int_equal(store_outbox_waiting(store, QUEUE_WEBHOOKS), 0);
    assert_null(take(QUEUE_WEBHOOKS));
}

static void no_more_is_taken_than_there_is_room_for(void **context)
{
    char uid[16];
    struct delivery *taken;

    (void)context;
    for (int i = 0; i < 10; i++) {
        snprintf(uid, sizeof uid, "uid%d", i);
        register_device(uid, PLATFORM_FCM, uid, "");
        run(call_of(uid, uid));
    }
    room[QUEUE_FCM] = 4;
    assert_int_equal(count_of(taken = take(QUEUE_FCM)), 4);
    delivery_free_all(taken);
    assert_true(store_outbox_due(store, QUEUE_FCM) <= now_ms);
    assert_int_equal(count_of(taken = take(QUEUE_FCM)), 4);
    delivery_free_all(taken);
    assert_int_equal(count_of(taken = take(QUEUE_FCM)), 2);
    delivery_free_all(taken);
    assert_true(store_outbox_due(store, QUEUE_FCM) > now_ms);
}

static void a_failed_group_takes_nothing(void **context)
{
    struct operation o = { .kind = OPERATION_OUTBOX_TAKE, .asked.outbox_room = room };
    struct sqlite3 *other = NULL;
    struct delivery *taken;

    (void)context;
    register_device("bert", PLATFORM_APNS, "aa", "");
    run(call_of("ch_1", "bert"));
    assert_int_equal(sqlite3_open("test.db", &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_true(store_run(store, &o, 1, now_ms) < 0);
    operation_done(&o);
    sqlite3_close(other);
    /* Not at once again, but soon. */
    assert_true(store_outbox_due(store, QUEUE_APNS) > now_ms);
    now_ms += 2 * SECOND;
    assert_int_equal(count_of(taken = take(QUEUE_APNS)), 1);
    delivery_free_all(taken);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, in_fresh_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_call_is_pushed_to_each_device_of_the_callee),
        TEST(nothing_is_put_in_a_queue_that_is_not_configured),
        TEST(a_group_takes_what_it_has_put_in),
        TEST(what_is_taken_is_nobody_elses_until_its_lease_ends),
        TEST(what_is_postponed_is_due_then_with_its_id_and_count),
        TEST(after_a_restart_everything_is_due),
        TEST(what_need_not_be_sent_any_more_is_dropped_as_it_is_taken),
        TEST(a_missed_call_is_told_to_alert_tokens),
        TEST(a_dead_device_leaves_unless_it_came_again),
        TEST(webhooks_of_a_call_go_one_after_another),
        TEST(webhooks_are_given_up_after_three_days),
        TEST(what_nobody_takes_is_forgotten),
        TEST(no_more_is_taken_than_there_is_room_for),
        TEST(a_failed_group_takes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
