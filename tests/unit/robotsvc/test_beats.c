/* test_beats.c - what callsvc hears of this robotsvc, and what is taken over from those that died
 */
#include "test.h"

#include "stage_keeper.h"

#include "robotsvc/beats.h"

static struct catalogue *catalogue;
static struct keeper *keeper;
static struct beats *beats;

static int begin(void **state)
{
    struct catalogue_fault fault = { .problem = "" };

    (void)state;
    if (stage_begin() < 0 || catalogue_open("robotsvc/audio", &catalogue, &fault) < 0)
        return -1;
    keeper = keeper_new(&(struct keeper_options){
        .loop = loop, .media = &media, .crew = crew, .pause_ms = 3600 * 1000 });
    beats = beats_new(&(struct beats_options){ .loop = loop,
                                               .media = &media,
                                               .catalogue = catalogue,
                                               .crew = crew,
                                               .keeper = keeper,
                                               .replica = "me" });
    return 0;
}

static int end(void **state)
{
    (void)state;
    beats = beats_free(beats);
    keeper = keeper_free(keeper);
    stage_end();
    catalogue = catalogue_free(catalogue);
    return 0;
}

/* A beat; callsvc answers with one robot of a robotsvc that died. */
static void offer_robot(const char *audio, enum robot_state robot, int64_t played_ms)
{
    struct orphan_robot orphan = {
        .channel = "ch_a", .robot_id = "old", .robot = robot, .played_ms = played_ms
    };
    const struct replica_orphans count = { .robots = 1 };
    struct buffer bulk = { 0 };

    COPY_TEXT(orphan.audio, audio);
    message_to_msgpack(orphan_robot_message(), &orphan, &bulk);
    assert_int_equal(loop_turn(loop, 0), 0);
    answer(ERROR_NONE, replica_orphans_message(), &count, &bulk);
    buffer_done(&bulk);
}

/* callsvc gives the robot's place, in a channel of `node`, to who asked, or to another. */
static void answer_claim(bool is_ours, const char *node)
{
    const struct robot_claim *claim = last_body();
    struct call call = { .call_id = "8e42878f-e10d-48b2-a6df-d2d3652ee144",
                         .channel = "ch_a",
                         .src_uid = "1",
                         .kind = CALL_USER,
                         ._status_label = "x",
                         .state = CALL_ANSWERED,
                         .robot = ROBOT_JOINING,
                         .created_at = 1,
                         .ring_expires_at = 1 };
    struct call_inside inside = { .id = 1, .open = true, .seq = 5 };
    struct buffer bulk = { 0 };

    COPY_TEXT(inside.robot_id, is_ours ? claim->robot_id : "another");
    COPY_TEXT(inside.node, node);
    message_to_msgpack(call_inside_message(), &inside, &bulk);
    answer(ERROR_NONE, call_message(), &call, &bulk);
    buffer_done(&bulk);
}

/* An adopted robot joins, callsvc knows, and a listener is there. */
static void play_adopted(enum robot_state robot, int64_t played_ms)
{
    const struct call call = { .call_id = "8e42878f-e10d-48b2-a6df-d2d3652ee144",
                               .channel = "ch_a",
                               .src_uid = "1",
                               .kind = CALL_USER,
                               ._status_label = "x",
                               .state = CALL_ANSWERED,
                               .robot = ROBOT_WAITING,
                               .created_at = 1,
                               .ring_expires_at = 1 };

    offer_robot("greeting", robot, played_ms);
    answer_claim(true, "n");
    watcher->on_joined(seat_context);
    answer(ERROR_NONE, call_message(), &call, NULL);
    story[0] = '\0';
    watcher->on_listener(seat_context);
}

static void a_beat_names_this_process_and_all_its_sessions(void **state)
{
    const struct replica_beat *beat;

    (void)state;
    assert_int_equal(loop_turn(loop, 0), 0);
    assert_story("replica_beat");
    beat = last_body();
    assert_string_equal(beat->replica, "me");
    assert_int_equal(beat->sessions, 2);
}

static void a_beat_that_failed_is_followed_by_another(void **state)
{
    (void)state;
    assert_int_equal(loop_turn(loop, 0), 0);
    answer_error(ERROR_UNAVAILABLE);
    assert_int_equal(loop_turn(loop, 1000), 0);
    assert_story("replica_beat replica_beat");
}

static void a_robot_of_one_that_died_is_claimed_with_a_new_id(void **state)
{
    const struct robot_claim *claim;

    (void)state;
    offer_robot("greeting", ROBOT_WAITING, 0);
    assert_story("replica_beat robot_claim");
    claim = last_body();
    assert_string_equal(claim->channel, "ch_a");
    assert_string_equal(claim->instead_of, "old");
    assert_string_equal(claim->replica, "me");
    assert_int_equal(strlen(claim->robot_id), ROBOT_ID_LENGTH);
}

static void a_claimed_robot_takes_the_place_of_the_old_one(void **state)
{
    (void)state;
    offer_robot("greeting", ROBOT_PLAYING, 5000);
    answer_claim(true, "n");
    assert_story("replica_beat robot_claim remove:old join:ch_a");
}

static void a_robot_that_another_has_claimed_is_left_to_it(void **state)
{
    (void)state;
    offer_robot("greeting", ROBOT_PLAYING, 5000);
    answer_claim(false, "n");
    assert_story("replica_beat robot_claim");
}

static void a_robot_that_callsvc_refuses_is_not_brought(void **state)
{
    (void)state;
    offer_robot("greeting", ROBOT_PLAYING, 5000);
    answer_error(ERROR_CALL_ENDED);
    assert_story("replica_beat robot_claim");
}

static void a_robot_whose_audio_is_not_here_is_left_to_others(void **state)
{
    (void)state;
    offer_robot("unheard-of", ROBOT_PLAYING, 5000);
    assert_story("replica_beat");
}

static void no_robot_is_claimed_while_all_nodes_are_away(void **state)
{
    (void)state;
    is_node_there = false;
    offer_robot("greeting", ROBOT_PLAYING, 5000);
    assert_story("replica_beat");
}

static void a_channel_without_a_room_gets_one_first(void **state)
{
    const struct media_claimed claimed = { .node = "n" };

    (void)state;
    offer_robot("greeting", ROBOT_JOINING, 0);
    answer_claim(true, "");
    assert_story("replica_beat robot_claim media_claim");
    answer(ERROR_NONE, media_claimed_message(), &claimed, NULL);
    assert_story("remove:old join:ch_a");
}

static void a_robot_that_played_goes_on_where_it_would_be(void **state)
{
    (void)state;
    play_adopted(ROBOT_PLAYING, 5000);
    assert_story("play:later tell:playing");
}

static void a_robot_that_waited_begins_at_the_start(void **state)
{
    (void)state;
    play_adopted(ROBOT_WAITING, 0);
    assert_story("play:start tell:playing");
}

static void sessions_of_one_that_died_are_adopted(void **state)
{
    const struct replica_orphans count = { .sessions = 1 };
    const struct media_session session = { .node = "n", .session = 7 };
    struct buffer bulk = { 0 };

    (void)state;
    message_to_msgpack(media_session_message(), &session, &bulk);
    assert_int_equal(loop_turn(loop, 0), 0);
    answer(ERROR_NONE, replica_orphans_message(), &count, &bulk);
    buffer_done(&bulk);
    assert_story("replica_beat adopt:7");
}

static void note_alone(void *context)
{
    *(bool *)context = true;
}

/* It leaves, and callsvc answers the beat that says so. */
static bool leaves_alone(enum error error, int64_t others)
{
    const struct replica_orphans left = { .others = others };
    const struct replica_beat *beat;
    bool is_alone = false;

    beats_leave(beats, note_alone, &is_alone);
    beat = last_body();
    assert_true(beat->leaving);
    answer(error, replica_orphans_message(), &left, NULL);
    return is_alone;
}

static void one_that_ends_says_so_and_hears_whether_others_live(void **state)
{
    (void)state;
    assert_false(leaves_alone(ERROR_NONE, 1));
    assert_true(leaves_alone(ERROR_NONE, 0));
    assert_true(leaves_alone(ERROR_TIMEOUT, 1));
}

static void one_that_ends_adopts_nothing_more(void **state)
{
    (void)state;
    assert_int_equal(loop_turn(loop, 0), 0);
    assert_false(leaves_alone(ERROR_NONE, 1));
    offer_robot("greeting", ROBOT_PLAYING, 5000);
    assert_story("replica_beat replica_beat");
}

#define BEATS_TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BEATS_TEST(a_beat_names_this_process_and_all_its_sessions),
        BEATS_TEST(a_beat_that_failed_is_followed_by_another),
        BEATS_TEST(a_robot_of_one_that_died_is_claimed_with_a_new_id),
        BEATS_TEST(a_claimed_robot_takes_the_place_of_the_old_one),
        BEATS_TEST(a_robot_that_another_has_claimed_is_left_to_it),
        BEATS_TEST(a_robot_that_callsvc_refuses_is_not_brought),
        BEATS_TEST(a_robot_whose_audio_is_not_here_is_left_to_others),
        BEATS_TEST(no_robot_is_claimed_while_all_nodes_are_away),
        BEATS_TEST(a_channel_without_a_room_gets_one_first),
        BEATS_TEST(a_robot_that_played_goes_on_where_it_would_be),
        BEATS_TEST(a_robot_that_waited_begins_at_the_start),
        BEATS_TEST(sessions_of_one_that_died_are_adopted),
        BEATS_TEST(one_that_ends_says_so_and_hears_whether_others_live),
        BEATS_TEST(one_that_ends_adopts_nothing_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
