/* test_keeper_rooms.c - which rooms and sessions are strays, on a clock of the test's own */
#include "test.h"

#include "robotsvc/copy_text.h"
#include "robotsvc/keeper_sessions.h"

#include <string.h>

enum { PASS_MS = 2000, START_MS = 1000 };

static char story[256];
static struct keeper_list list;
static struct keeper_book book;
static struct keeper_rooms rooms;
static struct keeper_sessions sessions;
static int64_t now_ms;
static size_t budget;

static int begin(void **state)
{
    (void)state;
    story[0] = '\0';
    now_ms = START_MS;
    budget = 20;
    return 0;
}

static int end(void **state)
{
    (void)state;
    keeper_list_done(&list);
    keeper_book_done(&book);
    keeper_rooms_forget(&rooms);
    keeper_sessions_done(&sessions);
    return 0;
}

static struct media_room make_room(const char *channel, const char *robot_id, size_t parties)
{
    struct media_room room = {
        .party_count = parties, .parties = {{ .uid = "1", .owner = 7 }, { .uid = "2" }}
    };

    COPY_TEXT(room.channel, channel);
    COPY_TEXT(room.robot_id, robot_id);
    return room;
}

static void see(const char *channel, const char *robot_id, size_t parties)
{
    const struct media_room room = make_room(channel, robot_id, parties);

    keeper_list_take(&list, &room, 1);
}

static void say_open(const char *channel, enum robot_state robot, const char *robot_id)
{
    struct media_channel open = { .id = 1, .node = "n", .robot = robot };

    keeper_book_clear(&book);
    COPY_TEXT(open.channel, channel);
    COPY_TEXT(open.robot_id, robot_id);
    keeper_book_add_open(&book, &open);
}

static void say_checked(const char *channel, bool is_known, bool is_open)
{
    struct channel_state told = { .known = is_known, .open = is_open };

    COPY_TEXT(told.channel, channel);
    keeper_book_add_checked(&book, &told);
    keeper_book_sort(&book);
}

static void on_stray(void *context, enum stray_room stray, const struct media_room *room)
{
    static const char *const words[STRAYS] = { "", "closed:", "empty:", "robot:" };

    (void)context;
    strcat(strcat(strcat(story, *story ? " " : ""), words[stray]), room->channel);
}

/* One more pass, and what it found. */
static void assert_pass(const char *expected)
{
    story[0] = '\0';
    keeper_rooms_look(&rooms, &list, &book, now_ms, &budget, on_stray, NULL);
    now_ms += PASS_MS;
    assert_string_equal(story, expected);
}

static void a_room_of_a_closed_channel_goes_when_two_passes_agree(void **state)
{
    (void)state;
    see("ch_a", "", 2);
    say_checked("ch_a", true, false);
    assert_pass("");
    assert_pass("closed:ch_a");
}

static void a_room_of_no_call_goes_when_two_passes_agree(void **state)
{
    (void)state;
    see("ch_a", "", 2);
    say_checked("ch_a", false, false);
    assert_pass("");
    assert_pass("closed:ch_a");
}

static void a_pass_that_disagrees_begins_anew(void **state)
{
    (void)state;
    see("ch_a", "", 2);
    say_checked("ch_a", false, false);
    assert_pass("");
    say_open("ch_a", ROBOT_NONE, "");
    assert_pass("");
    keeper_book_clear(&book);
    say_checked("ch_a", false, false);
    assert_pass("");
    assert_pass("closed:ch_a");
}

static void a_pass_that_failed_begins_anew(void **state)
{
    (void)state;
    see("ch_a", "", 2);
    say_checked("ch_a", false, false);
    assert_pass("");
    keeper_rooms_forget(&rooms);
    assert_pass("");
    assert_pass("closed:ch_a");
}

static void a_room_that_callsvc_did_not_speak_of_stays(void **state)
{
    (void)state;
    see("ch_a", "r1", 2);
    assert_pass("");
    assert_pass("");
    assert_pass("");
}

static void an_open_channel_with_parties_stays(void **state)
{
    (void)state;
    see("ch_a", "", 1);
    say_open("ch_a", ROBOT_NONE, "");
    assert_pass("");
    now_ms += 2 * KEEPER_EMPTY_MS;
    assert_pass("");
    assert_pass("");
}

static void an_empty_room_goes_after_a_minute(void **state)
{
    (void)state;
    see("ch_a", "", 0);
    say_open("ch_a", ROBOT_NONE, "");
    assert_pass("");
    now_ms = START_MS + KEEPER_EMPTY_MS - 1;
    assert_pass("");
    assert_pass("");
    assert_pass("empty:ch_a");
}

static void somebody_in_the_room_begins_the_minute_anew(void **state)
{
    (void)state;
    see("ch_a", "", 0);
    say_open("ch_a", ROBOT_NONE, "");
    assert_pass("");
    see("ch_a", "", 1);
    assert_pass("");
    now_ms += KEEPER_EMPTY_MS;
    see("ch_a", "", 0);
    assert_pass("");
    assert_pass("");
}

static void a_robot_that_is_not_its_channels_goes(void **state)
{
    (void)state;
    see("ch_a", "r1", 1);
    say_open("ch_a", ROBOT_PLAYING, "r2");
    assert_pass("");
    assert_pass("robot:ch_a");
}

static void a_robot_that_is_done_goes(void **state)
{
    (void)state;
    see("ch_a", "r1", 1);
    say_open("ch_a", ROBOT_DONE, "r1");
    assert_pass("");
    assert_pass("robot:ch_a");
}

static void the_channels_robot_stays(void **state)
{
    static const enum robot_state there[] = { ROBOT_JOINING, ROBOT_WAITING, ROBOT_PLAYING };

    (void)state;
    see("ch_a", "r1", 0);
    for (size_t i = 0; i < 3; i++) {
        say_open("ch_a", there[i], "r1");
        assert_pass("");
        now_ms += KEEPER_EMPTY_MS;
    }
}

static void another_foreign_robot_is_looked_at_twice_as_well(void **state)
{
    (void)state;
    say_open("ch_a", ROBOT_PLAYING, "r9");
    see("ch_a", "r1", 1);
    assert_pass("");
    see("ch_a", "r2", 1);
    assert_pass("");
    assert_pass("robot:ch_a");
}

static void no_more_than_the_budget_goes_and_the_rest_next_time(void **state)
{
    const struct media_room many[] = { make_room("ch_b", "", 1), make_room("ch_a", "", 1),
                                       make_room("ch_c", "", 1) };

    (void)state;
    keeper_list_take(&list, many, 3);
    say_checked("ch_a", false, false);
    say_checked("ch_b", false, false);
    say_checked("ch_c", false, false);
    assert_pass("");
    budget = 2;
    assert_pass("closed:ch_a closed:ch_b");
    budget = 2;
    assert_pass("closed:ch_c");
}

static void what_did_not_go_is_tried_again(void **state)
{
    (void)state;
    see("ch_a", "", 2);
    say_checked("ch_a", true, false);
    assert_pass("");
    assert_pass("closed:ch_a");
    assert_pass("");
    assert_pass("closed:ch_a");
}

static void on_idle(void *context, const char *node, int64_t session)
{
    (void)context;
    sprintf(story + strlen(story), "%s:%lld ", node, (long long)session);
}

static void look_at_sessions(const char *node)
{
    keeper_sessions_look(&sessions, node, &list, on_idle, NULL);
}

static void a_session_is_adopted_once(void **state)
{
    (void)state;
    assert_true(keeper_sessions_add(&sessions, "n", 7));
    assert_false(keeper_sessions_add(&sessions, "n", 7));
    assert_true(keeper_sessions_add(&sessions, "m", 7));
}

static void a_session_stays_while_a_party_hangs_on_it(void **state)
{
    (void)state;
    (void)keeper_sessions_add(&sessions, "n", 7);
    see("ch_a", "", 1);
    look_at_sessions("n");
    look_at_sessions("n");
    assert_string_equal(story, "");
}

static void a_session_without_parties_goes_after_two_passes_of_its_node(void **state)
{
    (void)state;
    (void)keeper_sessions_add(&sessions, "n", 8);
    see("ch_a", "", 1);
    look_at_sessions("n");
    look_at_sessions("m");
    assert_string_equal(story, "");
    look_at_sessions("n");
    assert_string_equal(story, "n:8 ");
    assert_int_equal(sessions.count, 0);
}

#define ROOMS_TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROOMS_TEST(a_room_of_a_closed_channel_goes_when_two_passes_agree),
        ROOMS_TEST(a_room_of_no_call_goes_when_two_passes_agree),
        ROOMS_TEST(a_pass_that_disagrees_begins_anew),
        ROOMS_TEST(a_pass_that_failed_begins_anew),
        ROOMS_TEST(a_room_that_callsvc_did_not_speak_of_stays),
        ROOMS_TEST(an_open_channel_with_parties_stays),
        ROOMS_TEST(an_empty_room_goes_after_a_minute),
        ROOMS_TEST(somebody_in_the_room_begins_the_minute_anew),
        ROOMS_TEST(a_robot_that_is_not_its_channels_goes),
        ROOMS_TEST(a_robot_that_is_done_goes),
        ROOMS_TEST(the_channels_robot_stays),
        ROOMS_TEST(another_foreign_robot_is_looked_at_twice_as_well),
        ROOMS_TEST(no_more_than_the_budget_goes_and_the_rest_next_time),
        ROOMS_TEST(what_did_not_go_is_tried_again),
        ROOMS_TEST(a_session_is_adopted_once),
        ROOMS_TEST(a_session_stays_while_a_party_hangs_on_it),
        ROOMS_TEST(a_session_without_parties_goes_after_two_passes_of_its_node),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
