/* test_robot.c - one robot's life, between a media plane and an owner that stand here */
#include "test.h"

#include "robotsvc/robot.h"

#include <string.h>

enum { NEVER_MS = 3600 * 1000 };

/* What the robot did to the world, in one line. */
static char story[256];

static struct loop *loop;
static const struct media_watcher *watcher;
static struct robot_world world;
static struct robot *robot;
static const struct recording recording = { .count = 1 };

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

static struct media_seat *join(struct media *media, const char *channel, const char *robot_id,
                               const struct media_watcher *watcher_, void *context)
{
    (void)context;
    assert_string_equal(channel, "ch_a");
    assert_string_equal(robot_id, "robot-1");
    watcher = watcher_;
    tell_story("join");
    return (struct media_seat *)media;
}

static void play(struct media_seat *seat, const struct recording *played)
{
    (void)seat;
    assert_ptr_equal(played, &recording);
    tell_story("play");
}

static void leave(struct media_seat *seat)
{
    (void)seat;
    tell_story("leave");
}

static const struct media_plane plane = { .join = join, .play = play, .leave = leave };
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

static void make_robot(int64_t join_until_ms)
{
    robot = robot_new(&world, &(struct robot_plan){
                                  .channel = "ch_a",
                                  .robot_id = "robot-1",
                                  .traceparent = "",
                                  .join_until_ms = join_until_ms,
                                  .recording = &recording,
                              });
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
        .owner = {.tell = tell, .on_settled = on_settled, .on_gone = on_gone},
    };
    robot_world_init(&world);
    story[0] = '\0';
    make_robot(loop_now_ms(loop) + NEVER_MS);
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
    robot = robot_free(robot);
    story[0] = '\0';
    make_robot(loop_now_ms(loop));
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

static void a_robot_leaves_as_failed_when_the_process_ends(void **state)
{
    (void)state;
    bring_to_playing();
    robot_leave(robot);
    assert_story("leave tell:failed");
    robot_leave(robot);
    assert_story("");
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
        ROBOT_TEST(a_robot_leaves_as_failed_when_the_process_ends),
        ROBOT_TEST(robots_are_counted_by_what_they_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
