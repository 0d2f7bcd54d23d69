/* test_loop.c - turns of the loop: descriptors, timers, hooks */
#include "test.h"

#include "common/clock.h"
#include "common/loop.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static struct loop *loop;
static char said[64]; /* what was called, one letter each */

static void say(char letter)
{
    size_t length = strlen(said);

    assert_true(length + 1 < sizeof said);
    said[length] = letter;
    said[length + 1] = '\0';
}

static int open_loop(void **state)
{
    (void)state;
    said[0] = '\0';
    return loop_open(&loop);
}

static int close_loop(void **state)
{
    (void)state;
    loop = loop_free(loop);
    return 0;
}

static void turn(int64_t most_ms)
{
    assert_int_equal(loop_turn(loop, most_ms), 0);
}

static void turn_until_said(size_t letters)
{
    int64_t until_ms = clock_steady_ms() + 10000;

    while (strlen(said) < letters && clock_steady_ms() < until_ms)
        turn(1000);
    assert_true(strlen(said) >= letters);
}

static void say_letter(void *context)
{
    say(*(const char *)context);
}

static struct loop_timer timers[64];

static void set_timer(int number, int64_t in_ms, char *letter)
{
    loop_set_timer(loop, &timers[number], loop_now_ms(loop) + in_ms, say_letter, letter);
}

static void timers_come_in_the_order_of_their_times(void **state)
{
    (void)state;
    set_timer(0, 3, "c");
    set_timer(1, 1, "a");
    set_timer(2, 2, "b");
    turn_until_said(3);
    assert_string_equal(said, "abc");
}

static void a_timer_can_be_moved_and_cleared(void **state)
{
    (void)state;
    set_timer(0, 1, "a");
    set_timer(1, 2, "b");
    set_timer(2, 3, "c");
    set_timer(0, 4, "d");
    loop_clear_timer(loop, &timers[1]);
    loop_clear_timer(loop, &timers[1]);
    turn_until_said(2);
    assert_string_equal(said, "cd");
}

static int64_t last_ms;

static void note_time(void *context)
{
    const struct loop_timer *timer = context;

    assert_true(timer->at_ms >= last_ms);
    last_ms = timer->at_ms;
    say('x');
}

/* Every third of many is taken out of the middle of the heap again. */
static void many_timers_keep_their_order(void **state)
{
    int64_t start_ms = loop_now_ms(loop);

    (void)state;
    last_ms = 0;
    for (int i = 0; i < 60; i++)
        loop_set_timer(loop, &timers[i], start_ms + i * 37 % 20, note_time, &timers[i]);
    for (int i = 0; i < 60; i += 3)
        loop_clear_timer(loop, &timers[i]);
    turn_until_said(40);
    turn(0);
    assert_int_equal(strlen(said), 40);
}

static void set_itself_again(void *context)
{
    say('t');
    loop_set_timer(loop, context, 0, set_itself_again, context);
}

static void a_timer_that_is_always_due_does_not_hold_up_the_turn(void **state)
{
    (void)state;
    loop_set_timer(loop, &timers[0], 0, set_itself_again, &timers[0]);
    turn(1000);
    assert_string_equal(said, "t");
    turn(1000);
    assert_string_equal(said, "tt");
    loop_clear_timer(loop, &timers[0]);
}

static int moves_left;

static bool move_something(void *context)
{
    say(*(const char *)context);
    return moves_left > 0 && moves_left-- > 0;
}

static bool move_nothing(void *context)
{
    say(*(const char *)context);
    return false;
}

static void hooks_are_repeated_until_nothing_moves(void **state)
{
    (void)state;
    moves_left = 2;
    loop_add_hook(loop, move_something, NULL, "a");
    loop_add_hook(loop, move_nothing, NULL, "b");
    turn(0);
    assert_string_equal(said, "ababab");
    loop_remove_hook(loop, move_something, "a");
    turn(0);
    assert_string_equal(said, "abababb");
}

static bool move_always(void *context)
{
    ++*(int *)context;
    return true;
}

static void hooks_that_always_move_leave_room_for_timers(void **state)
{
    int rounds = 0;

    (void)state;
    loop_add_hook(loop, move_always, NULL, &rounds);
    set_timer(0, 1, "t");
    turn_until_said(1);
    assert_true(rounds > 1);
}

static bool remove_itself(void *context)
{
    say(*(const char *)context);
    loop_remove_hook(loop, remove_itself, context);
    return true;
}

static void a_hook_may_remove_itself(void **state)
{
    (void)state;
    loop_add_hook(loop, remove_itself, NULL, "a");
    loop_add_hook(loop, move_nothing, NULL, "b");
    turn(0);
    assert_string_equal(said, "abb");
}

static int64_t no_patience(void *context)
{
    (void)context;
    return 0;
}

static void a_hook_without_patience_ends_the_sleep(void **state)
{
    (void)state;
    loop_add_hook(loop, move_nothing, no_patience, "a");
    turn(-1);
    assert_string_equal(said, "a");
}

static int pipes[2][2];

static int open_pipes(void **state)
{
    assert_int_equal(pipe(pipes[0]), 0);
    assert_int_equal(pipe(pipes[1]), 0);
    return open_loop(state);
}

static int close_pipes(void **state)
{
    for (int i = 0; i < 4; i++)
        close(pipes[i / 2][i % 2]);
    return close_loop(state);
}

static void make_readable(int number)
{
    assert_int_equal(write(pipes[number][1], "x", 1), 1);
}

static void read_letter(void *context, uint32_t epoll_events)
{
    char byte;

    assert_true(epoll_events & EPOLLIN);
    assert_int_equal(read(*(const int *)context, &byte, 1), 1);
    say(byte);
}

/* Whichever comes first keeps the other from being called. */
static void remove_both(void *context, uint32_t epoll_events)
{
    (void)context;
    (void)epoll_events;
    say('r');
    loop_remove_fd(loop, pipes[0][0]);
    loop_remove_fd(loop, pipes[1][0]);
}

static void what_is_readable_is_called_each_turn_until_it_is_read(void **state)
{
    (void)state;
    assert_int_equal(loop_add_fd(loop, pipes[0][0], EPOLLIN, read_letter, &pipes[0][0]), 0);
    assert_int_equal(loop_add_fd(loop, pipes[0][0], EPOLLIN, read_letter, NULL), -EEXIST);
    make_readable(0);
    make_readable(0);
    turn(1000);
    turn(1000);
    turn(0);
    assert_string_equal(said, "xx");
}

static void a_changed_watch_waits_for_other_events(void **state)
{
    (void)state;
    assert_int_equal(loop_add_fd(loop, pipes[0][0], 0, read_letter, &pipes[0][0]), 0);
    make_readable(0);
    turn(0);
    assert_string_equal(said, "");
    assert_int_equal(loop_change_fd(loop, pipes[0][0], EPOLLIN), 0);
    turn(1000);
    assert_string_equal(said, "x");
    assert_int_equal(loop_change_fd(loop, pipes[1][0], EPOLLIN), -ENOENT);
}

static void a_descriptor_removed_in_the_same_turn_is_not_called(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(loop_add_fd(loop, pipes[i][0], EPOLLIN, remove_both, NULL), 0);
        make_readable(i);
    }
    turn(1000);
    turn(0);
    assert_string_equal(said, "r");
}

/* The number of a closed descriptor is given out again at once. */
static void replace_both(void *context, uint32_t epoll_events)
{
    remove_both(context, epoll_events);
    for (int i = 0; i < 2; i++)
        assert_int_equal(loop_add_fd(loop, pipes[i][0], EPOLLIN, read_letter, &pipes[i][0]), 0);
}

static void an_event_is_not_taken_for_one_of_a_successor(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(loop_add_fd(loop, pipes[i][0], EPOLLIN, replace_both, NULL), 0);
        make_readable(i);
    }
    turn(1000);
    assert_string_equal(said, "r");
    turn(1000);
    assert_string_equal(said, "rxx");
}

static void *wake_and_stop(void *context)
{
    (void)context;
    loop_wake(loop);
    loop_stop(loop);
    return NULL;
}

static void another_thread_can_stop_the_loop(void **state)
{
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, wake_and_stop, NULL), 0);
    assert_int_equal(loop_run(loop), 0);
    pthread_join(thread, NULL);
}

static void a_wake_ends_the_sleep(void **state)
{
    (void)state;
    loop_wake(loop);
    turn(-1);
    assert_true(loop_now_ms(loop) <= clock_steady_ms());
}

#define TEST(name)            cmocka_unit_test_setup_teardown(name, open_loop, close_loop)
#define TEST_WITH_PIPES(name) cmocka_unit_test_setup_teardown(name, open_pipes, close_pipes)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(timers_come_in_the_order_of_their_times),
        TEST(a_timer_can_be_moved_and_cleared),
        TEST(many_timers_keep_their_order),
        TEST(a_timer_that_is_always_due_does_not_hold_up_the_turn),
        TEST(hooks_are_repeated_until_nothing_moves),
        TEST(hooks_that_always_move_leave_room_for_timers),
        TEST(a_hook_may_remove_itself),
        TEST(a_hook_without_patience_ends_the_sleep),
        TEST_WITH_PIPES(what_is_readable_is_called_each_turn_until_it_is_read),
        TEST_WITH_PIPES(a_changed_watch_waits_for_other_events),
        TEST_WITH_PIPES(a_descriptor_removed_in_the_same_turn_is_not_called),
        TEST_WITH_PIPES(an_event_is_not_taken_for_one_of_a_successor),
        TEST(another_thread_can_stop_the_loop),
        TEST(a_wake_ends_the_sleep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
