/* test_media.c - rooms, lost parties and orphans, through the store, on clocks of the test's own */
#include "store_stage.h"

enum { MANY = 600 };

static struct store *store;
static int64_t steady_ms; /* what both clocks show, beside NOW */

static int64_t read_steady_ms(void)
{
    return steady_ms;
}

static int64_t now(void)
{
    return NOW + steady_ms;
}

static void open_store(void)
{
    const struct store_options options = {
        .url = STAGE_URL,
        .rules.most_call_ms = (int64_t)600 * SECOND,
        .now_ms = now(),
        .steady_ms = read_steady_ms,
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
    steady_ms = 1000;
    open_store();
    return 0;
}

static int remove_folder(void **context)
{
    (void)context;
    store = store_free(store);
    return stage_leave_folder();
}

/* What came of it; lists within it are the caller's. */
static struct operation run(struct operation o)
{
    assert_int_equal(store_run(store, &o, 1, now()), 0);
    return o;
}

static void run_due(void)
{
    struct operation due[16];
    size_t count;

    while ((count = store_take_due(store, now(), due, COUNT_OF(due))) > 0)
        assert_int_equal(store_run(store, due, count, now()), 0);
}

static struct operation start(const char *channel)
{
    /* Another callee each time: else it were a redial. */
    return run(to_start(channel, "anna", channel));
}

/* The call's callee is the uid that is named as the channel. */
static void start_answered(const char *channel)
{
    start(channel);
    assert_int_equal(run(to_answer(channel, channel)).error, ERROR_NONE);
}

static void start_robot(const char *channel, const char *robot_id, const char *replica)
{
    struct operation o = to_start(channel, "anna", "");

    o.asked.start.kind = CALL_ROBOT;
    COPY_TEXT(o.asked.start.robot_id, robot_id);
    COPY_TEXT(o.asked.start.audio, "greeting");
    COPY_TEXT(o.asked.start.replica, replica);
    assert_int_equal(run(o).error, ERROR_NONE);
}

static struct operation end(const char *channel)
{
    return run(to_end(channel, "anna"));
}

static struct operation parties(const char *channel)
{
    struct operation o = { .kind = OPERATION_PARTIES };

    COPY_TEXT(o.asked.parties.channel, channel);
    return run(o);
}

static struct operation claim_media(const char *channel, const char *node)
{
    struct operation o = { .kind = OPERATION_MEDIA_CLAIM };

    COPY_TEXT(o.asked.media_claim.channel, channel);
    COPY_TEXT(o.asked.media_claim.node, node);
    return run(o);
}

static struct operation update_media(const char *channel, const char *uid, enum media_change media)
{
    struct operation o = { .kind = OPERATION_MEDIA_UPDATE };

    COPY_TEXT(o.asked.media_update.channel, channel);
    COPY_TEXT(o.asked.media_update.uid, uid);
    o.asked.media_update.media = media;
    return run(o);
}

static struct operation claim_robot(const char *channel, const char *robot_id, const char *replica,
                                    const char *instead_of)
{
    struct operation o = { .kind = OPERATION_ROBOT_CLAIM };

    COPY_TEXT(o.asked.claim.channel, channel);
    COPY_TEXT(o.asked.claim.robot_id, robot_id);
    COPY_TEXT(o.asked.claim.audio, "greeting");
    COPY_TEXT(o.asked.claim.replica, replica);
    COPY_TEXT(o.asked.claim.instead_of, instead_of);
    return run(o);
}

static void update_robot(const char *channel, const char *robot_id, enum robot_state robot)
{
    struct operation o = { .kind = OPERATION_ROBOT_UPDATE };

    COPY_TEXT(o.asked.update.channel, channel);
    COPY_TEXT(o.asked.update.robot_id, robot_id);
    o.asked.update.robot = robot;
    assert_int_equal(run(o).error, ERROR_NONE);
}

static void play(const char *channel, const char *robot_id)
{
    update_robot(channel, robot_id, ROBOT_WAITING);
    update_robot(channel, robot_id, ROBOT_PLAYING);
}

static struct operation beat(const char *replica, int64_t session)
{
    struct operation o = { .kind = OPERATION_REPLICA_BEAT };

    COPY_TEXT(o.asked.beat.replica, replica);
    if (session == 0)
        return run(o);
    o.sessions = must_alloc(1, sizeof *o.sessions);
    *o.sessions = (struct media_session){ "http://n1", session };
    o.session_count = 1;
    return run(o);
}

static void assert_beat(const char *replica, size_t robots, size_t sessions)
{
    struct operation o = beat(replica, 0);

    assert_int_equal(o.error, ERROR_NONE);
    assert_int_equal(o.robot_count, robots);
    assert_int_equal(o.session_count, sessions);
    operation_done(&o);
}

/* Time passes while this replica lives, and is offered nothing. */
static void pass(int seconds, const char *replica)
{
    while (seconds-- > 0) {
        assert_beat(replica, 0, 0);
        steady_ms += SECOND;
    }
}

/* The page after `after` has this many channels and begins with the call of this id. */
static void assert_page(int64_t after, size_t count, int64_t first)
{
    struct operation o = { .kind = OPERATION_MEDIA_LIST, .asked.media_list.after = after };

    assert_int_equal(store_run(store, &o, 1, now()), 0);
    assert_int_equal(o.record_count, count);
    if (count > 0)
        assert_int_equal(o.records[0].id, first);
    operation_done(&o);
}

static void execute(const char *sql)
{
    sqlite3 *database = NULL;

    assert_int_equal(sqlite3_open("test.db", &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

static void the_parties_of_a_channel_are_told_also_when_it_is_closed(void **context)
{
    struct call_inside inside;
    struct operation o;

    (void)context;
    assert_int_equal(parties("ch").error, ERROR_CALL_NOT_FOUND);
    start_answered("ch");
    claim_media("ch", "http://n1");
    o = parties("ch");
    call_record_to_inside(&o.record, &inside);
    assert_string_equal(inside.node, "http://n1");
    assert_true(inside.open);
    end("ch");
    o = parties("ch");
    call_record_to_inside(&o.record, &inside);
    assert_false(inside.open);
}

static void the_first_claim_of_a_channel_wins(void **context)
{
    (void)context;
    assert_int_equal(claim_media("ch", "http://n1").error, ERROR_CALL_NOT_FOUND);
    start("ch");
    assert_string_equal(claim_media("ch", "http://n1").record.node, "http://n1");
    assert_string_equal(claim_media("ch", "http://n2").record.node, "http://n1");
    open_again();
    assert_string_equal(claim_media("ch", "http://n2").record.node, "http://n1");
}

static void a_closed_channel_cannot_be_claimed(void **context)
{
    (void)context;
    start("ch");
    end("ch");
    assert_int_equal(claim_media("ch", "http://n1").error, ERROR_CALL_ENDED);
    assert_string_equal(parties("ch").record.node, "");
}

static void a_party_that_entered_and_is_lost_ends_the_call(void **context)
{
    struct operation o;

    (void)context;
    start_answered("ch");
    o = update_media("ch", "ch", MEDIA_ENTERED);
    assert_int_equal(o.event_count, 0);
    open_again();
    o = update_media("ch", "ch", MEDIA_LOST);
    assert_int_equal(o.error, ERROR_NONE);
    assert_int_equal(o.record.state, CALL_COMPLETED);
    assert_int_equal(o.record.reason, REASON_MEDIA_LOST);
    assert_int_equal(o.record.ended_by, ENDED_BY_SYSTEM);
    assert_false(call_is_open(&o.record));
    assert_int_equal(o.event_count, 1);
    assert_int_equal(o.events[0].type, EVENT_CALL_COMPLETED);
}

static void a_party_that_never_entered_is_not_lost(void **context)
{
    (void)context;
    start_answered("ch");
    update_media("ch", "anna", MEDIA_ENTERED);
    assert_int_equal(update_media("ch", "ch", MEDIA_LOST).record.state, CALL_ANSWERED);
    assert_int_equal(update_media("ch", "anna", MEDIA_LOST).record.state, CALL_COMPLETED);
}

static void a_ringing_call_whose_caller_is_lost_goes_on(void **context)
{
    struct operation o;

    (void)context;
    start("ch");
    update_media("ch", "anna", MEDIA_ENTERED);
    assert_int_equal(update_media("ch", "anna", MEDIA_LOST).record.state, CALL_CREATED);
    steady_ms += 60 * SECOND;
    run_due();
    assert_int_equal(parties("ch").record.state, CALL_MISSED);
    o = update_media("ch", "anna", MEDIA_LOST);
    assert_int_equal(o.record.state, CALL_MISSED);
    assert_true(call_is_open(&o.record));
}

static void media_of_a_closed_channel_changes_nothing(void **context)
{
    struct operation o;

    (void)context;
    start_answered("ch");
    end("ch");
    o = update_media("ch", "anna", MEDIA_ENTERED);
    assert_int_equal(o.error, ERROR_NONE);
    assert_int_equal(o.record.src_entered_at, 0);
    o = update_media("ch", "anna", MEDIA_LOST);
    assert_int_equal(o.error, ERROR_NONE);
    assert_int_equal(o.record.reason, REASON_COMPLETED);
}

static void who_is_no_party_cannot_be_in_the_room(void **context)
{
    (void)context;
    assert_int_equal(update_media("ch", "anna", MEDIA_LOST).error, ERROR_CALL_NOT_FOUND);
    start_answered("ch");
    assert_int_equal(update_media("ch", "eve", MEDIA_ENTERED).error, ERROR_NOT_A_PARTY);
    assert_int_equal(update_media("ch", "eve", MEDIA_LOST).error, ERROR_NOT_A_PARTY);
}

static void a_lost_listener_ends_the_robot_call_and_its_robot(void **context)
{
    struct operation o;

    (void)context;
    start_robot("ch", "r1", "a");
    play("ch", "r1");
    update_media("ch", "anna", MEDIA_ENTERED);
    o = update_media("ch", "anna", MEDIA_LOST);
    assert_int_equal(o.record.state, CALL_COMPLETED);
    assert_int_equal(o.record.robot, ROBOT_DONE);
    assert_int_equal(o.events[1].type, EVENT_ROBOT_DONE);
}

static void open_channels_with_a_node_are_listed(void **context)
{
    struct operation o = { .kind = OPERATION_MEDIA_LIST };
    struct media_channel channel;

    (void)context;
    start("none");
    start_robot("ch", "r1", "a");
    assert_page(0, 0, 0);
    claim_media("ch", "http://n1");
    update_media("ch", "anna", MEDIA_ENTERED);
    o = run(o);
    assert_int_equal(o.record_count, 1);
    call_record_to_media_channel(&o.records[0], &channel);
    operation_done(&o);
    assert_int_equal(channel.id, 2);
    assert_string_equal(channel.channel, "ch");
    assert_string_equal(channel.node, "http://n1");
    assert_true(channel.src_entered && !channel.dst_entered);
    assert_string_equal(channel.robot_id, "r1");
    end("ch");
    assert_page(0, 0, 0);
}

static void the_list_comes_in_pages_and_survives_a_restart(void **context)
{
    (void)context;
    for (int i = 0; i < MANY; i++) {
        char channel[16];

        (void)snprintf(channel, sizeof channel, "ch_%d", i);
        start(channel);
        claim_media(channel, "http://n1");
    }
    end("ch_0");
    assert_page(0, MEDIA_LIST_MOST, 2);
    assert_page(501, MANY - 501, 502);
    assert_page(MANY, 0, 0);
    open_again();
    assert_page(0, MEDIA_LIST_MOST, 2);
    assert_page(501, MANY - 501, 502);
}

static void a_claim_that_failed_is_not_listed(void **context)
{
    struct operation group[2] = { { .kind = OPERATION_MEDIA_CLAIM }, { .kind = OPERATION_END } };

    (void)context;
    start("ch");
    COPY_TEXT(group[0].asked.media_claim.channel, "ch");
    COPY_TEXT(group[0].asked.media_claim.node, "http://n1");
    COPY_TEXT(group[1].asked.end.channel, "ch");
    COPY_TEXT(group[1].asked.end.uid, "anna");
    execute("CREATE TRIGGER spoil INSERT ON event BEGIN SELECT RAISE(ABORT, 'spoiled'); END");
    assert_true(store_run(store, group, COUNT_OF(group), now()) < 0);
    assert_page(0, 0, 0);
    execute("DROP TRIGGER spoil");
    claim_media("ch", "http://n1");
    assert_page(0, 1, 1);
}

static void a_robot_of_the_gone_is_offered_to_one_asker_at_a_time(void **context)
{
    struct operation o;

    (void)context;
    start_robot("ch", "r1", "a");
    play("ch", "r1");
    pass(4, "b");
    o = beat("b", 0);
    assert_int_equal(o.robot_count, 1);
    assert_string_equal(o.robots[0].channel, "ch");
    assert_string_equal(o.robots[0].robot_id, "r1");
    assert_string_equal(o.robots[0].audio, "greeting");
    assert_int_equal(o.robots[0].robot, ROBOT_PLAYING);
    assert_int_equal(o.robots[0].played_ms, 4 * SECOND);
    operation_done(&o);
    pass(4, "c");
    assert_beat("b", 0, 0);
    steady_ms += SECOND;
    assert_beat("c", 1, 0);
}

static void a_robot_of_one_that_leaves_is_offered_at_once(void **context)
{
    struct operation o = { .kind = OPERATION_REPLICA_BEAT };

    (void)context;
    start_robot("ch", "r1", "a");
    play("ch", "r1");
    assert_beat("b", 0, 0);
    COPY_TEXT(o.asked.beat.replica, "a");
    o.asked.beat.leaving = true;
    o = run(o);
    assert_int_equal(o.robot_count, 0);
    assert_int_equal(o.other_count, 1);
    operation_done(&o);
    assert_beat("b", 1, 0);
}

static void one_that_reaches_no_node_is_offered_nothing(void **context)
{
    struct operation o = { .kind = OPERATION_REPLICA_BEAT };

    (void)context;
    start_robot("ch", "r1", "a");
    play("ch", "r1");
    pass(4, "b");
    COPY_TEXT(o.asked.beat.replica, "c");
    o.asked.beat.cut_off = true;
    o = run(o);
    assert_int_equal(o.robot_count, 0);
    operation_done(&o);
    assert_beat("b", 1, 0);
}

static void a_robot_whose_replica_lives_is_nobodys(void **context)
{
    (void)context;
    start_robot("ch", "r1", "a");
    for (int i = 0; i < 8; i++) {
        assert_beat("a", 0, 0);
        pass(1, "b");
    }
}

static void a_robot_without_a_replica_is_never_offered(void **context)
{
    (void)context;
    start_robot("ch", "r1", "");
    pass(10, "b");
}

static void a_robot_that_is_done_is_not_offered(void **context)
{
    (void)context;
    start_robot("ch", "r1", "a");
    start_robot("ch_2", "r2", "a");
    play("ch", "r1");
    update_robot("ch", "r1", ROBOT_DONE);
    end("ch_2");
    pass(10, "b");
}

static void an_adopted_robot_plays_on_and_may_be_orphaned_again(void **context)
{
    struct operation o;

    (void)context;
    start_robot("ch", "r1", "a");
    play("ch", "r1");
    pass(4, "b");
    assert_beat("b", 1, 0);
    o = claim_robot("ch", "r2", "b", "r1");
    assert_string_equal(o.record.robot_id, "r2");
    assert_int_equal(o.record.state, CALL_ANSWERED);
    assert_string_equal(claim_robot("ch", "r3", "c", "r1").record.robot_id, "r2");
    play("ch", "r2");
    pass(4, "c");
    o = beat("c", 0);
    assert_int_equal(o.robot_count, 1);
    assert_string_equal(o.robots[0].robot_id, "r2");
    assert_int_equal(o.robots[0].played_ms, 8 * SECOND);
    operation_done(&o);
}

static void a_robot_that_died_while_it_joined_is_offered(void **context)
{
    struct operation o;

    (void)context;
    start_robot("ch", "r1", "a");
    pass(4, "b");
    o = beat("b", 0);
    assert_int_equal(o.robot_count, 1);
    assert_int_equal(o.robots[0].robot, ROBOT_JOINING);
    assert_int_equal(o.robots[0].played_ms, 0);
    operation_done(&o);
    steady_ms += 11 * SECOND;
    run_due();
    assert_int_equal(parties("ch").record.state, CALL_FAILED);
}

static void a_new_robot_of_the_same_call_plays_from_the_beginning(void **context)
{
    (void)context;
    start_answered("ch");
    claim_robot("ch", "r1", "a", "");
    play("ch", "r1");
    assert_int_equal(parties("ch").record.robot_started_at, now());
    update_robot("ch", "r1", ROBOT_DONE);
    steady_ms += SECOND;
    claim_robot("ch", "r2", "a", "");
    assert_int_equal(parties("ch").record.robot_started_at, 0);
    play("ch", "r2");
    assert_int_equal(parties("ch").record.robot_started_at, now());
}

static void robots_are_known_after_a_restart_once_the_living_could_beat(void **context)
{
    (void)context;
    start_robot("ch", "r1", "a");
    start_robot("ch_2", "r2", "b");
    play("ch", "r1");
    play("ch_2", "r2");
    open_again();
    pass(4, "b");
    assert_beat("b", 1, 0);
}

static void no_more_robots_are_offered_than_one_answer_holds(void **context)
{
    (void)context;
    for (int i = 0; i < ORPHANS_MOST + 20; i++) {
        char channel[16];

        (void)snprintf(channel, sizeof channel, "ch_%d", i);
        start_robot(channel, "r1", "a");
    }
    pass(4, "b");
    assert_beat("b", ORPHANS_MOST, 0);
    assert_beat("c", 20, 0);
    assert_beat("c", 0, 0);
}

static void sessions_of_the_gone_are_offered_with_the_robots(void **context)
{
    struct operation o;

    (void)context;
    o = beat("a", 77);
    operation_done(&o);
    start_robot("ch", "r1", "a");
    pass(4, "b");
    o = beat("b", 0);
    assert_int_equal(o.robot_count, 1);
    assert_int_equal(o.session_count, 1);
    assert_int_equal(o.sessions[0].session, 77);
    assert_int_equal(store_counts(store).replicas, 1);
    operation_done(&o);
}

static void too_many_replicas_are_refused(void **context)
{
    char replica[REPLICA_MOST + 1];
    struct operation o;

    (void)context;
    for (int i = 0; i < 256; i++) {
        (void)snprintf(replica, sizeof replica, "r%d", i);
        assert_beat(replica, 0, 0);
    }
    o = beat("more", 77);
    assert_int_equal(o.error, ERROR_OVERLOADED);
    operation_done(&o);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, in_fresh_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_parties_of_a_channel_are_told_also_when_it_is_closed),
        TEST(the_first_claim_of_a_channel_wins),
        TEST(a_closed_channel_cannot_be_claimed),
        TEST(a_party_that_entered_and_is_lost_ends_the_call),
        TEST(a_party_that_never_entered_is_not_lost),
        TEST(a_ringing_call_whose_caller_is_lost_goes_on),
        TEST(media_of_a_closed_channel_changes_nothing),
        TEST(who_is_no_party_cannot_be_in_the_room),
        TEST(a_lost_listener_ends_the_robot_call_and_its_robot),
        TEST(open_channels_with_a_node_are_listed),
        TEST(the_list_comes_in_pages_and_survives_a_restart),
        TEST(a_claim_that_failed_is_not_listed),
        TEST(a_robot_of_the_gone_is_offered_to_one_asker_at_a_time),
        TEST(a_robot_of_one_that_leaves_is_offered_at_once),
        TEST(one_that_reaches_no_node_is_offered_nothing),
        TEST(a_robot_whose_replica_lives_is_nobodys),
        TEST(a_robot_without_a_replica_is_never_offered),
        TEST(a_robot_that_is_done_is_not_offered),
        TEST(an_adopted_robot_plays_on_and_may_be_orphaned_again),
        TEST(a_robot_that_died_while_it_joined_is_offered),
        TEST(a_new_robot_of_the_same_call_plays_from_the_beginning),
        TEST(robots_are_known_after_a_restart_once_the_living_could_beat),
        TEST(no_more_robots_are_offered_than_one_answer_holds),
        TEST(sessions_of_the_gone_are_offered_with_the_robots),
        TEST(too_many_replicas_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
