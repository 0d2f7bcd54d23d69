/* test_crew.c - the robots of a process: what callsvc says of their channels, and what it is told
 */
#include "test.h"

#include "stage.h"

static struct loop *loop;
static struct crew *crew;
static const struct recording recording = { .count = 1 };

static int begin(void **state)
{
    (void)state;
    if (loop_open(&loop) < 0)
        return -1;
    crew = stage_begin(loop);
    return 0;
}

static int end(void **state)
{
    (void)state;
    crew = crew_free(crew);
    loop = loop_free(loop);
    return 0;
}

static void on_wait(void *context, const struct robot *robot, enum error error,
                    const struct call *call)
{
    (void)context;
    (void)robot;
    (void)call;
    tell_story(error ? error_text(error)->code : "settled", "");
}

static void add(const char *channel, const char *robot_id, int64_t since_seq)
{
    struct robot_plan plan = { .channel = channel,
                               .node = "node-1",
                               .robot_id = robot_id,
                               .traceparent = "",
                               .since_seq = since_seq,
                               .join_until_ms = clock_steady_ms() + 3600 * 1000,
                               .recording = &recording };

    crew_add(crew, &plan, on_wait, NULL);
}

/* A robot that waits in the channel, and callsvc knows. */
static void bring(const char *channel, const char *robot_id, enum call_kind kind)
{
    add(channel, robot_id, 0);
    watcher->on_joined(seats[joined - 1]);
    answer_call_with(channel, kind, ROBOT_WAITING, robot_id);
    story[0] = '\0';
}

static void take_event(const char *channel, bool is_open, const char *robot_id, int64_t seq)
{
    struct call_inside inside = { .open = is_open, .seq = seq };

    COPY_TEXT(inside.robot_id, robot_id);
    crew_take_event(crew, channel, &inside);
}

static void take_state(const char *channel, bool is_known, const char *robot_id, uint64_t youngest)
{
    struct channel_state told = { .known = is_known, .open = is_known };

    COPY_TEXT(told.channel, channel);
    COPY_TEXT(told.robot_id, robot_id);
    crew_take_state(crew, &told, youngest);
}

static void a_robot_is_announced_before_who_waits_hears_of_it(void **state)
{
    (void)state;
    add("ch_a", "r1", 0);
    watcher->on_joined(seats[0]);
    assert_story("join:ch_a tell:waiting");
}

static void all_who_wait_for_a_robot_hear_of_it(void **state)
{
    (void)state;
    add("ch_a", "r1", 0);
    assert_true(crew_wait(crew, "ch_a", "r1", on_wait, NULL));
    watcher->on_joined(seats[0]);
    story[0] = '\0';
    answer_call_with("ch_a", CALL_USER, ROBOT_WAITING, "r1");
    assert_story("settled settled");
}

static void nobody_waits_for_a_robot_that_is_not_here(void **state)
{
    (void)state;
    bring("ch_a", "r1", CALL_USER);
    assert_false(crew_wait(crew, "ch_a", "r1", on_wait, NULL));
    assert_false(crew_wait(crew, "ch_a", "r2", on_wait, NULL));
    assert_false(crew_wait(crew, "ch_b", "r1", on_wait, NULL));
}

static void a_closed_channel_loses_its_robot_and_its_room(void **state)
{
    (void)state;
    bring("ch_a", "r1", CALL_USER);
    bring("ch_b", "r2", CALL_USER);
    take_event("ch_a", false, "r1", 9);
    assert_story("leave close:ch_a");
    take_event("ch_a", false, "r1", 10);
    assert_story("");
}

static void a_closed_channel_without_a_robot_loses_its_room(void **state)
{
    const struct call_inside closed = { .open = false, .seq = 9, .node = "node-1" };
    const struct call_inside open = { .open = true, .seq = 8, .node = "node-1" };

    (void)state;
    crew_take_event(crew, "ch_a", &open);
    assert_story("");
    crew_take_event(crew, "ch_a", &closed);
    assert_story("close:ch_a");
    take_event("ch_b", false, "", 9);
    assert_story("");
}

static void a_room_stays_when_its_robot_has_gone(void **state)
{
    (void)state;
    bring("ch_a", "r1", CALL_USER);
    watcher->on_lost(seats[0]);
    answer_call_with("ch_a", CALL_USER, ROBOT_FAILED, "r1");
    assert_story("leave tell:failed empty");
    take_event("ch_a", false, "", 9);
    assert_story("close:ch_a");
}

static void the_room_of_a_robot_call_ends_with_its_robot(void **state)
{
    struct call call = make_call("ch_a", CALL_ROBOT, ROBOT_FAILED);

    (void)state;
    bring("ch_a", "r1", CALL_ROBOT);
    watcher->on_lost(seats[0]);
    call.state = CALL_FAILED;
    call.ended_at = 2;
    answer(ERROR_NONE, call_message(), &call, NULL);
    assert_story("leave tell:failed empty close:ch_a");
}

static void a_robot_whose_place_another_has_leaves(void **state)
{
    (void)state;
    bring("ch_a", "r1", CALL_USER);
    take_event("ch_a", true, "r1", 9);
    assert_story("");
    take_event("ch_a", true, "r2", 10);
    assert_story("leave empty");
}

static void what_was_said_before_the_robot_came_is_not_heard(void **state)
{
    (void)state;
    add("ch_a", "r2", 5);
    story[0] = '\0';
    take_event("ch_a", true, "r1", 5);
    assert_story("");
    take_event("ch_a", true, "r1", 6);
    assert_story("leave call_ended empty");
}

static void an_answer_puts_right_what_events_missed(void **state)
{
    (void)state;
    bring("ch_a", "r1", CALL_USER);
    bring("ch_b", "r2", CALL_USER);
    bring("ch_c", "r3", CALL_USER);
    take_state("ch_a", true, "r1", crew_youngest(crew));
    assert_story("");
    take_state("ch_b", true, "r9", crew_youngest(crew));
    assert_story("leave");
    take_state("ch_c", false, "", crew_youngest(crew));
    assert_story("leave close:ch_c");
}

static void an_answer_says_nothing_of_robots_that_came_after_the_question(void **state)
{
    uint64_t youngest;

    (void)state;
    youngest = crew_youngest(crew);
    bring("ch_a", "r1", CALL_USER);
    take_state("ch_a", true, "r0", youngest);
    assert_story("");
}

static void count_channel(void *context, const char *channel)
{
    (void)channel;
    ++*(int *)context;
}

static void channels_are_asked_about_until_they_are_closed(void **state)
{
    int count = 0;

    (void)state;
    bring("ch_a", "r1", CALL_USER);
    bring("ch_b", "r2", CALL_USER);
    crew_each_channel(crew, count_channel, &count);
    assert_int_equal(count, 2);
    take_event("ch_a", false, "", 9);
    count = 0;
    crew_each_channel(crew, count_channel, &count);
    assert_int_equal(count, 1);
}

static void robots_come_again_when_their_node_is_back(void **state)
{
    (void)state;
    bring("ch_a", "r1", CALL_USER);
    is_media_there = false;
    watcher->on_lost(seats[0]);
    assert_story("leave");
    is_media_there = true;
    crew_take_node(crew, "elsewhere");
    assert_story("");
    crew_take_node(crew, "node-1");
    assert_story("join:ch_a");
}

static void a_robot_is_here_until_it_is_gone(void **state)
{
    (void)state;
    bring("ch_a", "r1", CALL_USER);
    assert_true(crew_has(crew, "ch_a", "r1"));
    assert_false(crew_has(crew, "ch_a", "r2"));
    assert_false(crew_has(crew, "ch_b", "r1"));
    take_event("ch_a", true, "r2", 9);
    assert_false(crew_has(crew, "ch_a", "r1"));
}

#define CREW_TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CREW_TEST(a_robot_is_announced_before_who_waits_hears_of_it),
        CREW_TEST(all_who_wait_for_a_robot_hear_of_it),
        CREW_TEST(nobody_waits_for_a_robot_that_is_not_here),
        CREW_TEST(a_closed_channel_loses_its_robot_and_its_room),
        CREW_TEST(a_closed_channel_without_a_robot_loses_its_room),
        CREW_TEST(a_room_stays_when_its_robot_has_gone),
        CREW_TEST(the_room_of_a_robot_call_ends_with_its_robot),
        CREW_TEST(a_robot_whose_place_another_has_leaves),
        CREW_TEST(what_was_said_before_the_robot_came_is_not_heard),
        CREW_TEST(an_answer_puts_right_what_events_missed),
        CREW_TEST(an_answer_says_nothing_of_robots_that_came_after_the_question),
        CREW_TEST(channels_are_asked_about_until_they_are_closed),
        CREW_TEST(robots_come_again_when_their_node_is_back),
        CREW_TEST(a_robot_is_here_until_it_is_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
