/* test_robot.c - one robot's life, between a media plane and an owner that stand here */
#include "test.h"

#include "robotsvc/robot.h"

#include <string.h>

enum { NEVER_MS = 3600 * 1000, RECORDING_MS = 100000 };

/* What the robot did to the world, in one line. */
static char story[256];

static struct loop *loop;
static const struct media_watcher *watcher;
static struct robot_world world;
static struct robot *robot;
static bool is_node_there;
static int64_t played_from_ms;
static struct opus_packet packets[RECORDING_MS / 1000]; /* of a second each */
static const struct recording recording = { .packets = packets, .count = COUNT_OF(packets) };

static void tell_story(const char *word)
{
    strcat(story, *story ? " " : "");
    strcat(story, word);
}

static void assert_story(const char *expected)
{
    assert_string_equal(story, expected);
    story[0] = '\0';
}

static bool has_node(const struct media *media, const char *node)
{
    (void)media;
    assert_string_equal(node, "node-1");
    return is_node_there;
}

static struct media_seat *join(struct media *media, const char *node, const char *channel,
                               const char *robot_id, const struct media_watcher *watcher_,
                               void *context)
{
    (void)context;
    assert_string_equal(node, "node-1");
    assert_string_equal(channel, "ch_a");
    assert_string_equal(robot_id, "robot-1");
    watcher = watcher_;
    tell_story("join");
    return (struct media_seat *)media;
}

static void play(struct media_seat *seat, const struct recording *played, int64_t from_ms)
{
    (void)seat;
    played_from_ms = from_ms;
    assert_ptr_equal(played, &recording);
    tell_story("play");
}

static void leave(struct media_seat *seat)
{
    (void)seat;
    tell_story("leave");
}

static const struct media_plane plane = {
    .join = join,
    .play = play,
    .leave = leave,
    .is_node_there = has_node,
};
static struct media media = { &plane };

static void tell(void *context, struct robot *teller, enum robot_state state)
{
    static const char *const words[] = {
        [ROBOT_WAITING] = "tell:waiting",
        [ROBOT_PLAYING] = "tell:playing",
        [ROBOT_DONE] = "tell:done",
        [ROBOT_FAILED] = "tell:failed",
    };

    (void)context;
    (void)teller;
    tell_story(words[state]);
}

static void on_settled(void *context, struct robot *settled, enum error error,
                       const struct call *call)
{
    (void)context;
    (void)settled;
    assert_true((error == ERROR_NONE) == (call != NULL));
    tell_story(error ? error_text(error)->code : "settled");
}

static void on_gone(void *context, struct robot *gone)
{
    (void)context;
    tell_story("gone");
    robot = robot_free(gone);
}

static void make_robot(int64_t join_until_ms, bool is_adopted, int64_t from_ms)
{
    robot = robot_new(&world, &(struct robot_plan){
                                  .channel = "ch_a",
                                  .node = "node-1",
                                  .robot_id = "robot-1",
                                  .traceparent = "",
                                  .join_until_ms = join_until_ms,
                                  .recording = &recording,
                                  .from_ms = from_ms,
                                  .is_adopted = is_adopted,
                              });
}

/* Instead of the robot that each test begins with. */
static void make_other_robot(int64_t join_until_ms, bool is_adopted, int64_t from_ms)
{
    robot = robot_free(robot);
    story[0] = '\0';
    make_robot(join_until_ms, is_adopted, from_ms);
}

static void adopt_robot(int64_t from_ms)
{
    make_other_robot(loop_now_ms(loop) + NEVER_MS, true, from_ms);
}

static int begin(void **state)
{
    (void)state;
    if (loop_open(&loop) < 0)
        return -1;
    world = (struct robot_world){
        .loop = loop,
        .media = &media,
        .patience_ms = NEVER_MS,
        .tell_again_ms = 1,
        .adrift_ms = NEVER_MS,
        .owner = {.tell = tell, .on_settled = on_settled, .on_gone = on_gone},
    };
    robot_world_init(&world);
    story[0] = '\0';
    is_node_there = true;
    for (size_t i = 0; i < COUNT_OF(packets); i++)
        packets[i].samples = OPUS_RATE;
    make_robot(loop_now_ms(loop) + NEVER_MS, false, 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    robot = robot_free(robot);
    loop = loop_free(loop);
    return 0;
}

static void accept_told(void)
{
    static const struct call call = { .state = CALL_ANSWERED };

    robot_told(robot, ERROR_NONE, &call);
}

static void refuse_told(enum error error)
{
    robot_told(robot, error, NULL);
}

static void bring_to_waiting(void)
{
    watcher->on_joined(robot);
    accept_told();
    assert_story("join tell:waiting settled");
}

static void bring_to_playing(void)
{
    bring_to_waiting();
    watcher->on_listener(robot);
    accept_told();
    assert_story("play tell:playing");
}

static void it_joins_waits_plays_and_goes(void **state)
{
    (void)state;
    bring_to_playing();
    watcher->on_played(robot);
    assert_story("leave tell:done");
    accept_told();
    assert_story("gone");
}

static void who_waits_hears_of_it_only_when_callsvc_knows(void **state)
{
    (void)state;
    watcher->on_joined(robot);
    assert_story("join tell:waiting");
    accept_told();
    assert_story("settled");
}

static void a_listener_who_is_early_is_not_forgotten(void **state)
{
    (void)state;
    watcher->on_joined(robot);
    watcher->on_listener(robot);
    assert_story("join tell:waiting");
    accept_told();
    assert_story("settled play tell:playing");
}

static void a_robot_that_cannot_join_has_failed(void **state)
{
    (void)state;
    watcher->on_lost(robot);
    assert_story("join leave media_unavailable tell:failed");
    accept_told();
    assert_story("gone");
}

static void a_robot_that_joins_too_late_has_failed(void **state)
{
    (void)state;
    make_other_robot(loop_now_ms(loop), false, 0);
    while (!strstr(story, "failed"))
        assert_int_equal(loop_turn(loop, -1), 0);
    assert_story("join leave media_unavailable tell:failed");
}

static void a_robot_without_a_listener_has_failed(void **state)
{
    (void)state;
    world.patience_ms = 1;
    bring_to_waiting();
    while (!strstr(story, "failed"))
        assert_int_equal(loop_turn(loop, -1), 0);
    assert_story("leave tell:failed");
}

static void patience_is_over_once_somebody_listens(void **state)
{
    (void)state;
    world.patience_ms = 1;
    bring_to_playing();
    assert_int_equal(loop_turn(loop, 5), 0);
    assert_story("");
}

static void a_robot_that_is_lost_while_it_plays_has_failed(void **state)
{
    (void)state;
    bring_to_playing();
    watcher->on_lost(robot);
    assert_story("leave tell:failed");
}

static void a_robot_that_callsvc_refuses_goes_without_a_word(void **state)
{
    (void)state;
    watcher->on_joined(robot);
    refuse_told(ERROR_WRONG_STATE);
    assert_story("join tell:waiting wrong_state leave gone");
}

static void a_robot_whose_channel_is_closed_goes_without_a_word(void **state)
{
    (void)state;
    bring_to_playing();
    robot_dismiss(robot);
    assert_story("leave gone");
}

static void a_robot_is_dismissed_while_callsvc_is_told(void **state)
{
    (void)state;
    watcher->on_joined(robot);
    robot_dismiss(robot);
    assert_story("join tell:waiting leave call_ended");
    refuse_told(ERROR_CALL_ENDED);
    assert_story("gone");
}

static void a_robot_that_was_announced_in_vain_says_that_it_failed(void **state)
{
    (void)state;
    watcher->on_joined(robot);
    refuse_told(ERROR_UNAVAILABLE);
    assert_story("join tell:waiting service_unavailable leave");
    while (!*story)
        assert_int_equal(loop_turn(loop, -1), 0);
    assert_story("tell:failed");
    accept_told();
    assert_story("gone");
}

static void callsvc_is_told_again_until_it_is_back(void **state)
{
    (void)state;
    bring_to_waiting();
    watcher->on_listener(robot);
    for (int i = 0; i < 3; i++) {
        assert_non_null(strstr(story, "tell:playing"));
        story[0] = '\0';
        refuse_told(ERROR_TIMEOUT);
        while (!*story)
            assert_int_equal(loop_turn(loop, -1), 0);
    }
    assert_story("tell:playing");
}

static void no_step_is_left_out_when_callsvc_was_away(void **state)
{
    (void)state;
    bring_to_waiting();
    watcher->on_listener(robot);
    watcher->on_played(robot);
    assert_story("play tell:playing leave");
    accept_told();
    assert_story("tell:done");
    accept_told();
    assert_story("gone");
}

static void robots_are_counted_by_what_they_do(void **state)
{
    (void)state;
    assert_int_equal(world.living[LIFE_JOINING], 1);
    bring_to_playing();
    assert_int_equal(world.living[LIFE_JOINING], 0);
    assert_int_equal(world.living[LIFE_PLAYING], 1);
    robot_dismiss(robot);
    for (int life = 0; life < LIVES; life++)
        assert_int_equal(world.living[life], 0);
}

static void lose_node(void)
{
    is_node_there = false;
    watcher->on_lost(robot);
    assert_story("leave");
}

static void find_node(void)
{
    is_node_there = true;
    robot_node_is_back(robot);
    assert_story("join");
}

static void a_robot_whose_node_was_away_waits_again(void **state)
{
    (void)state;
    bring_to_waiting();
    lose_node();
    find_node();
    watcher->on_joined(robot);
    assert_story("");
    watcher->on_listener(robot);
    assert_story("play tell:playing");
}

static void a_robot_whose_node_was_away_plays_again_without_a_word(void **state)
{
    (void)state;
    bring_to_playing();
    lose_node();
    find_node();
    watcher->on_joined(robot);
    watcher->on_listener(robot);
    assert_story("play");
    watcher->on_played(robot);
    assert_story("leave tell:done");
}

static void who_listened_before_has_to_come_again(void **state)
{
    (void)state;
    bring_to_playing();
    lose_node();
    find_node();
    watcher->on_joined(robot);
    assert_story("");
}

static void a_node_can_go_away_twice(void **state)
{
    (void)state;
    bring_to_waiting();
    for (int i = 0; i < 2; i++) {
        lose_node();
        find_node();
    }
    watcher->on_joined(robot);
    lose_node();
    find_node();
}

static void a_robot_whose_node_stays_away_has_failed(void **state)
{
    (void)state;
    world.adrift_ms = 1;
    bring_to_waiting();
    lose_node();
    while (!*story)
        assert_int_equal(loop_turn(loop, -1), 0);
    assert_story("tell:failed");
}

static void who_waits_is_not_kept_waiting_for_a_node(void **state)
{
    (void)state;
    is_node_there = false;
    watcher->on_lost(robot);
    assert_story("join leave media_unavailable tell:failed");
}

static void a_robot_without_its_node_can_be_dismissed(void **state)
{
    (void)state;
    bring_to_playing();
    lose_node();
    robot_dismiss(robot);
    assert_story("gone");
}

static void an_adopted_robot_waits_for_its_node(void **state)
{
    (void)state;
    adopt_robot(0);
    assert_story("join");
    lose_node();
    find_node();
    watcher->on_joined(robot);
    assert_story("tell:waiting");
}

static void an_adopted_robot_goes_on_where_it_would_be(void **state)
{
    (void)state;
    adopt_robot(RECORDING_MS / 2);
    watcher->on_joined(robot);
    watcher->on_listener(robot);
    accept_told();
    assert_story("join tell:waiting play tell:playing");
    assert_in_range(played_from_ms, RECORDING_MS / 2, RECORDING_MS);
}

static void an_adopted_robot_that_would_be_done_is_done(void **state)
{
    (void)state;
    adopt_robot(RECORDING_MS);
    watcher->on_joined(robot);
    accept_told();
    assert_story("join tell:waiting leave tell:playing");
    accept_told();
    assert_story("tell:done");
}

static void an_adopted_robot_stays_when_callsvc_is_away(void **state)
{
    (void)state;
    adopt_robot(0);
    watcher->on_joined(robot);
    refuse_told(ERROR_UNAVAILABLE);
    assert_story("join tell:waiting");
    while (!*story)
        assert_int_equal(loop_turn(loop, -1), 0);
    assert_story("tell:waiting");
}

#define ROBOT_TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROBOT_TEST(it_joins_waits_plays_and_goes),
        ROBOT_TEST(who_waits_hears_of_it_only_when_callsvc_knows),
        ROBOT_TEST(a_listener_who_is_early_is_not_forgotten),
        ROBOT_TEST(a_robot_that_cannot_join_has_failed),
        ROBOT_TEST(a_robot_that_joins_too_late_has_failed),
        ROBOT_TEST(a_robot_without_a_listener_has_failed),
        ROBOT_TEST(patience_is_over_once_somebody_listens),
        ROBOT_TEST(a_robot_that_is_lost_while_it_plays_has_failed),
        ROBOT_TEST(a_robot_that_callsvc_refuses_goes_without_a_word),
        ROBOT_TEST(a_robot_whose_channel_is_closed_goes_without_a_word),
        ROBOT_TEST(a_robot_is_dismissed_while_callsvc_is_told),
        ROBOT_TEST(a_robot_that_was_announced_in_vain_says_that_it_failed),
        ROBOT_TEST(callsvc_is_told_again_until_it_is_back),
        ROBOT_TEST(no_step_is_left_out_when_callsvc_was_away),
        ROBOT_TEST(robots_are_counted_by_what_they_do),
        ROBOT_TEST(a_robot_whose_node_was_away_waits_again),
        ROBOT_TEST(a_robot_whose_node_was_away_plays_again_without_a_word),
        ROBOT_TEST(who_listened_before_has_to_come_again),
        ROBOT_TEST(a_node_can_go_away_twice),
        ROBOT_TEST(a_robot_whose_node_stays_away_has_failed),
        ROBOT_TEST(who_waits_is_not_kept_waiting_for_a_node),
        ROBOT_TEST(a_robot_without_its_node_can_be_dismissed),
        ROBOT_TEST(an_adopted_robot_waits_for_its_node),
        ROBOT_TEST(an_adopted_robot_goes_on_where_it_would_be),
        ROBOT_TEST(an_adopted_robot_that_would_be_done_is_done),
        ROBOT_TEST(an_adopted_robot_stays_when_callsvc_is_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
