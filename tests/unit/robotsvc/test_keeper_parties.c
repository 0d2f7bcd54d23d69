/* test_keeper_parties.c - which parties have entered and which are lost, on a clock of the test's
 * own */
#include "test.h"

#include "robotsvc/copy_text.h"
#include "robotsvc/keeper_parties.h"

#include <string.h>

enum { PASS_MS = 2000, LATER_MS = 1000000 };

static char story[256];
static struct keeper_list list;
static struct keeper_book book;
static struct keeper_parties parties;
static int64_t now_ms;

/* A node that is there since long ago, and an open channel of 1 and 2, who both have entered. */
static int begin(void **state)
{
    static const struct media_channel open = { .id = 1,
                                               .channel = "ch_a",
                                               .node = "n",
                                               .src_uid = "1",
                                               .dst_uid = "2",
                                               .src_entered = true,
                                               .dst_entered = true,
                                               .robot = ROBOT_NONE };

    (void)state;
    now_ms = LATER_MS;
    keeper_book_clear(&book);
    keeper_book_add_open(&book, &open);
    return 0;
}

static int end(void **state)
{
    (void)state;
    keeper_list_done(&list);
    keeper_book_done(&book);
    keeper_parties_done(&parties);
    parties = (struct keeper_parties){ 0 };
    return 0;
}

/* Who is in the room: "" for nobody. */
static void see(const char *one, const char *other, bool is_up)
{
    struct media_room room = { .channel = "ch_a" };

    for (int i = 0; i < MEDIA_PARTIES; i++) {
        const char *uid = i == 0 ? one : other;

        if (*uid)
            COPY_TEXT(room.parties[room.party_count].uid, uid);
        if (*uid)
            room.parties[room.party_count++].is_up = is_up;
    }
    keeper_list_take(&list, &room, 1);
}

static void on_change(void *context, const char *channel, const char *uid, enum media_change change)
{
    (void)context;
    assert_string_equal(channel, "ch_a");
    strcat(strcat(story, change == MEDIA_LOST ? "lost:" : "entered:"), uid);
}

static void look(const char *node)
{
    story[0] = '\0';
    keeper_parties_look(&parties, node, &list, &book, now_ms, on_change, NULL);
    now_ms += PASS_MS;
}

/* Passes one after another, of which nothing is to be said. */
static void pass_quietly(int64_t time_ms)
{
    for (; time_ms > 0; time_ms -= PASS_MS) {
        look("n");
        assert_string_equal(story, "");
    }
}

static void assert_pass(const char *expected)
{
    look("n");
    assert_string_equal(story, expected);
}

static void a_party_that_is_missing_for_20_seconds_is_lost(void **state)
{
    (void)state;
    see("1", "", true);
    pass_quietly(KEEPER_LOST_MS);
    assert_pass("lost:2");
}

static void both_parties_can_be_lost(void **state)
{
    (void)state;
    see("", "", true);
    pass_quietly(KEEPER_LOST_MS);
    assert_pass("lost:1lost:2");
}

static void a_room_that_is_gone_has_lost_its_parties(void **state)
{
    (void)state;
    pass_quietly(KEEPER_LOST_MS);
    assert_pass("lost:1lost:2");
}

static void a_party_that_comes_back_is_counted_anew(void **state)
{
    (void)state;
    see("1", "", true);
    pass_quietly(KEEPER_LOST_MS);
    see("1", "2", false);
    pass_quietly(PASS_MS);
    see("1", "", true);
    pass_quietly(KEEPER_LOST_MS);
    assert_pass("lost:2");
}

static void a_party_that_never_entered_is_never_lost(void **state)
{
    (void)state;
    book.channels[0].parties[1].has_entered = false;
    see("1", "", true);
    pass_quietly(10 * KEEPER_LOST_MS);
}

static void a_channel_of_another_node_is_that_nodes(void **state)
{
    (void)state;
    for (int64_t time_ms = 0; time_ms <= 2 * KEEPER_LOST_MS; time_ms += PASS_MS) {
        look("m");
        assert_string_equal(story, "");
    }
}

static void a_closed_channel_loses_nobody(void **state)
{
    (void)state;
    book.channels[0].is_open = false;
    pass_quietly(2 * KEEPER_LOST_MS);
}

static void time_without_passes_does_not_count(void **state)
{
    (void)state;
    see("1", "", true);
    pass_quietly(KEEPER_LOST_MS);
    keeper_parties_pause(&parties);
    now_ms += 30000;
    assert_pass("");
    assert_pass("lost:2");
}

static void the_time_after_the_nodes_return_does_not_count(void **state)
{
    (void)state;
    see("1", "", true);
    pass_quietly(KEEPER_LOST_MS);
    keeper_parties_pause(&parties);
    keeper_parties_take_back(&parties, now_ms);
    pass_quietly(KEEPER_GRACE_MS + PASS_MS);
    assert_pass("lost:2");
}

static void who_is_missing_only_since_the_return_has_both_times(void **state)
{
    (void)state;
    keeper_parties_take_back(&parties, now_ms);
    see("1", "", true);
    pass_quietly(KEEPER_GRACE_MS + KEEPER_LOST_MS);
    assert_pass("lost:2");
}

static void a_process_that_stood_still_does_not_count_that_time(void **state)
{
    (void)state;
    see("1", "", true);
    pass_quietly(PASS_MS);
    now_ms += 10 * KEEPER_LOST_MS;
    assert_pass("");
    assert_true(parties.missing[0].missing_ms <= KEEPER_COUNTING_MOST_MS);
}

static void a_loss_is_said_again_while_the_channel_is_open(void **state)
{
    (void)state;
    see("1", "", true);
    pass_quietly(KEEPER_LOST_MS);
    assert_pass("lost:2");
    pass_quietly(KEEPER_LOST_AGAIN_MS - PASS_MS);
    assert_pass("lost:2");
}

static void a_party_that_is_up_has_entered(void **state)
{
    (void)state;
    book.channels[0].parties[1].has_entered = false;
    see("1", "2", true);
    assert_pass("entered:2");
}

static void a_party_that_is_not_up_has_not_entered(void **state)
{
    (void)state;
    book.channels[0].parties[1].has_entered = false;
    see("1", "2", false);
    assert_pass("");
}

#define PARTIES_TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PARTIES_TEST(a_party_that_is_missing_for_20_seconds_is_lost),
        PARTIES_TEST(both_parties_can_be_lost),
        PARTIES_TEST(a_room_that_is_gone_has_lost_its_parties),
        PARTIES_TEST(a_party_that_comes_back_is_counted_anew),
        PARTIES_TEST(a_party_that_never_entered_is_never_lost),
        PARTIES_TEST(a_channel_of_another_node_is_that_nodes),
        PARTIES_TEST(a_closed_channel_loses_nobody),
        PARTIES_TEST(time_without_passes_does_not_count),
        PARTIES_TEST(the_time_after_the_nodes_return_does_not_count),
        PARTIES_TEST(who_is_missing_only_since_the_return_has_both_times),
        PARTIES_TEST(a_process_that_stood_still_does_not_count_that_time),
        PARTIES_TEST(a_loss_is_said_again_while_the_channel_is_open),
        PARTIES_TEST(a_party_that_is_up_has_entered),
        PARTIES_TEST(a_party_that_is_not_up_has_not_entered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
