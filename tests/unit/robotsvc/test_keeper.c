/* test_keeper.c - what the keeper asks, in which order, and when it dares to act */
#include "test.h"

#include "stage_keeper.h"

#include "robotsvc/keeper.h"

static struct keeper *keeper;
static const struct recording recording = { .count = 1 };

static int begin(void **state)
{
    (void)state;
    if (stage_begin() < 0)
        return -1;
    keeper = keeper_new(&(struct keeper_options){ .loop = loop, .media = &media, .crew = crew });
    return 0;
}

static int end(void **state)
{
    (void)state;
    keeper = keeper_free(keeper);
    stage_end();
    return 0;
}

/* The next survey is due at once. */
static void turn(void)
{
    assert_int_equal(loop_turn(loop, 1000), 0);
}

/* The node tells of one room, or of none for "". */
static void list_room(const char *channel, const char *robot_id)
{
    struct media_room room = { .party_count = 1, .parties = { { .uid = "1", .owner = 7 } } };

    COPY_TEXT(room.channel, channel);
    COPY_TEXT(room.robot_id, robot_id);
    list_function(list_context, ERROR_NONE, &room, *channel ? 1 : 0);
}

/* callsvc's page of one open channel, or of none for "". */
static void answer_page(const char *channel, const char *robot_id)
{
    struct media_channel open = { .id = 5, .node = "n", .src_uid = "1", .robot = ROBOT_PLAYING };
    struct call_list count = { .count = *channel ? 1 : 0 };
    struct buffer bulk = { 0 };

    COPY_TEXT(open.channel, channel);
    COPY_TEXT(open.robot_id, robot_id);
    if (*channel)
        message_to_msgpack(media_channel_message(), &open, &bulk);
    answer(ERROR_NONE, call_list_message(), &count, &bulk);
    buffer_done(&bulk);
}

static void answer_state(const char *channel, bool is_open)
{
    struct channel_state told = { .known = true, .open = is_open };
    struct call_list count = { .count = 1 };
    struct buffer bulk = { 0 };

    COPY_TEXT(told.channel, channel);
    message_to_msgpack(channel_state_message(), &told, &bulk);
    answer(ERROR_NONE, call_list_message(), &count, &bulk);
    buffer_done(&bulk);
}

/* A survey that sees the room of ch_a, which is closed, while ch_b is open. */
static void survey_closed_room(void)
{
    turn();
    list_room("ch_a", "");
    answer_page("ch_b", "");
    answer_page("", "");
    story[0] = '\0';
    answer_state("ch_a", false);
}

/* A survey that sees a room with a robot in it; callsvc knows another. */
static void survey_foreign_robot(const char *robot_id)
{
    turn();
    list_room("ch_a", robot_id);
    answer_page("ch_a", "r9");
    story[0] = '\0';
    answer_page("", "");
    if (((const struct media_update *)last_body())->media == MEDIA_ENTERED)
        answer_error(ERROR_NONE);
}

static void rooms_are_listed_before_callsvc_is_asked(void **state)
{
    (void)state;
    turn();
    assert_story("list:n");
    list_room("ch_a", "");
    assert_story("media_list");
}

static void pages_are_asked_for_until_one_is_empty(void **state)
{
    (void)state;
    turn();
    list_room("", "");
    answer_page("ch_a", "");
    assert_story("list:n media_list media_list");
    assert_int_equal(((const struct media_list *)last_body())->after, 5);
    answer_page("", "");
    assert_story("");
}

static void a_room_whose_channel_no_page_names_is_checked(void **state)
{
    (void)state;
    turn();
    list_room("ch_a", "");
    answer_page("", "");
    assert_story("list:n media_list channels_check");
}

static void a_closed_channels_room_is_closed_when_two_surveys_agree(void **state)
{
    (void)state;
    survey_closed_room();
    assert_story("");
    survey_closed_room();
    assert_story("close:ch_a");
}

static void an_error_of_callsvc_ends_nothing_and_begins_anew(void **state)
{
    (void)state;
    survey_closed_room();
    turn();
    list_room("ch_a", "");
    answer_error(ERROR_UNAVAILABLE);
    survey_closed_room();
    assert_story("");
    survey_closed_room();
    assert_story("close:ch_a");
}

static void pages_that_do_not_ascend_are_an_error(void **state)
{
    (void)state;
    turn();
    list_room("ch_a", "");
    answer_page("ch_b", "");
    answer_page("ch_b", "");
    assert_story("list:n media_list media_list");
    turn();
    assert_story("list:n");
}

static void a_callsvc_that_knows_of_nothing_is_believed_the_third_time(void **state)
{
    (void)state;
    for (int i = 0; i < KEEPER_EMPTY_ANSWERS + 1; i++) {
        turn();
        list_room("ch_a", "");
        answer_page("", "");
        story[0] = '\0';
        answer_state("ch_a", false);
        assert_story(i == KEEPER_EMPTY_ANSWERS ? "close:ch_a" : "");
    }
}

static void a_node_that_is_away_is_not_asked(void **state)
{
    (void)state;
    is_node_there = false;
    turn();
    assert_story("");
    is_node_there = true;
    turn();
    assert_story("list:n");
}

static void a_node_that_does_not_answer_is_passed_over(void **state)
{
    (void)state;
    survey_closed_room();
    turn();
    list_function(list_context, ERROR_MEDIA_UNAVAILABLE, NULL, 0);
    assert_story("list:n");
    survey_closed_room();
    assert_story("");
}

static void a_node_that_went_in_the_middle_is_passed_over(void **state)
{
    (void)state;
    survey_closed_room();
    turn();
    list_room("ch_a", "");
    keeper_take_node(keeper, "n");
    answer_page("ch_b", "");
    story[0] = '\0';
    answer_page("", "");
    assert_story("");
}

static void a_foreign_robot_is_removed_when_two_surveys_agree(void **state)
{
    (void)state;
    survey_foreign_robot("r1");
    assert_story("");
    survey_foreign_robot("r1");
    assert_story("remove:r1");
}

static void a_robot_that_is_here_is_the_crews_to_remove(void **state)
{
    (void)state;
    crew_add(crew,
             &(struct robot_plan){ .channel = "ch_a",
                                   .robot_id = "r1",
                                   .node = "n",
                                   .traceparent = "",
                                   .join_until_ms = clock_steady_ms() + 3600 * 1000,
                                   .recording = &recording,
                                   .is_adopted = true },
             NULL, NULL);
    survey_foreign_robot("r1");
    survey_foreign_robot("r1");
    assert_story("");
}

static void callsvc_is_told_of_a_party_that_entered(void **state)
{
    const struct media_update *update;

    (void)state;
    keeper_take_entered(keeper, "ch_a", "2");
    assert_story("media_update");
    update = last_body();
    assert_string_equal(update->channel, "ch_a");
    assert_string_equal(update->uid, "2");
    assert_int_equal(update->media, MEDIA_ENTERED);
}

static void a_session_is_adopted_once_if_its_node_is_known(void **state)
{
    (void)state;
    keeper_adopt(keeper, "n", 7);
    keeper_adopt(keeper, "n", 7);
    keeper_adopt(keeper, "elsewhere", 7);
    assert_story("adopt:7");
}

static void an_adopted_session_is_dropped_when_nobody_hangs_on_it(void **state)
{
    (void)state;
    keeper_adopt(keeper, "n", 7);
    survey_closed_room();
    survey_closed_room();
    assert_story("close:ch_a");
    for (int i = 0; i < 2; i++) {
        turn();
        list_room("", "");
        answer_page("ch_b", "");
        story[0] = '\0';
        answer_page("", "");
    }
    assert_story("drop:7");
}

static void a_keeper_that_is_stopped_does_nothing_more(void **state)
{
    (void)state;
    survey_closed_room();
    turn();
    list_room("ch_a", "");
    answer_page("ch_b", "");
    answer_page("", "");
    keeper_stop(keeper);
    story[0] = '\0';
    answer_state("ch_a", false);
    assert_int_equal(loop_turn(loop, 0), 0);
    assert_story("");
}

#define KEEPER_TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEEPER_TEST(rooms_are_listed_before_callsvc_is_asked),
        KEEPER_TEST(pages_are_asked_for_until_one_is_empty),
        KEEPER_TEST(a_room_whose_channel_no_page_names_is_checked),
        KEEPER_TEST(a_closed_channels_room_is_closed_when_two_surveys_agree),
        KEEPER_TEST(an_error_of_callsvc_ends_nothing_and_begins_anew),
        KEEPER_TEST(pages_that_do_not_ascend_are_an_error),
        KEEPER_TEST(a_callsvc_that_knows_of_nothing_is_believed_the_third_time),
        KEEPER_TEST(a_node_that_is_away_is_not_asked),
        KEEPER_TEST(a_node_that_does_not_answer_is_passed_over),
        KEEPER_TEST(a_node_that_went_in_the_middle_is_passed_over),
        KEEPER_TEST(a_foreign_robot_is_removed_when_two_surveys_agree),
        KEEPER_TEST(a_robot_that_is_here_is_the_crews_to_remove),
        KEEPER_TEST(callsvc_is_told_of_a_party_that_entered),
        KEEPER_TEST(a_session_is_adopted_once_if_its_node_is_known),
        KEEPER_TEST(an_adopted_session_is_dropped_when_nobody_hangs_on_it),
        KEEPER_TEST(a_keeper_that_is_stopped_does_nothing_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
