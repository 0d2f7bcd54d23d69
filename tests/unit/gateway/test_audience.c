/* test_audience.c - each listener is told every event of its uid once, in order, whatever was
 * missed. The bus is replaced: its functions that audience*.c calls stand here, and questions are
 * answered by hand. */
#include "test.h"

#include "gateway/audience.h"

#include "common/clock.h"
#include "common/metrics.h"

#include <stdio.h>
#include <string.h>

enum { QUESTIONS_MOST = 1024 };

struct question {
    struct events_since since;
    bus_reply_function *on_reply;
    void *context;
    bool is_forgotten;
};

static struct loop *loop;
static struct audiences *audiences;
static struct question questions[QUESTIONS_MOST];
static size_t asked;
static size_t answered;
static unsigned heard_shards;

/* Who listens, and what it was told: "3 4 truncated@7". */
static struct ear {
    struct listener listener;
    char told[256];
    bool is_busy; /* has not taken what it was told */
} ears[4];

uint64_t bus_client_ask(struct bus_client *client, const struct bus_ask *ask)
{
    struct question *question = &questions[asked];

    (void)client;
    assert_true(asked < QUESTIONS_MOST);
    assert_ptr_equal(ask->message, events_since_message());
    *question = (struct question){ .on_reply = ask->on_reply, .context = ask->context };
    memcpy(&question->since, ask->body, sizeof question->since);
    return ++asked;
}

void bus_client_forget(struct bus_client *client, uint64_t handle)
{
    (void)client;
    questions[handle - 1].is_forgotten = true;
}

void event_subscriber_add(struct event_subscriber *subscriber, unsigned shard)
{
    (void)subscriber;
    (void)shard;
    heard_shards++;
}

void event_subscriber_remove(struct event_subscriber *subscriber, unsigned shard)
{
    (void)subscriber;
    (void)shard;
    heard_shards--;
}

static void tell(struct listener *listener, struct bytes text)
{
    struct ear *ear = (struct ear *)listener;
    size_t length = strlen(ear->told);
    bool is_truncated = memmem(text.data, text.size, "truncated", 9);
    long long seq;

    assert_int_equal(sscanf(text.data, "{\"seq\":%lld,", &seq), 1);
    snprintf(ear->told + length, sizeof ear->told - length, "%s%s%lld", length > 0 ? " " : "",
             is_truncated ? "truncated@" : "", seq);
}

static bool is_drained(const struct listener *listener)
{
    return !((const struct ear *)listener)->is_busy;
}

static int set_up(void **state)
{
    static struct metric *asked_metric, *told_metric;
    struct audiences_options options = { .tell = tell, .is_drained = is_drained };

    (void)state;
    if (!asked_metric) {
        asked_metric = metric_counter("asked_total", "", "x");
        told_metric = metric_counter("told_total", "", "x");
    }
    options.asked = asked_metric;
    options.told = told_metric;
    asked = answered = heard_shards = 0;
    memset(ears, 0, sizeof ears);
    if (loop_open(&loop) < 0)
        return -1;
    options.loop = loop;
    audiences = audiences_new(&options);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ears); i++)
        if (ears[i].listener.audience)
            audiences_remove(audiences, &ears[i].listener);
    assert_int_equal(heard_shards, 0);
    audiences = audiences_free(audiences);
    loop = loop_free(loop);
    return 0;
}

static void listen_to(size_t ear, const char *uid, int64_t since)
{
    audiences_add(audiences, &ears[ear].listener, uid, since);
}

static const struct call call = { .call_id = "00000000-0000-4000-8000-000000000000",
                                  .channel = "ch_a",
                                  .src_uid = "1",
                                  .kind = CALL_USER,
                                  .state = CALL_CREATED,
                                  .robot = ROBOT_NONE };

static void happen(const char *uid, int64_t seq)
{
    struct event event = { .seq = seq, .type = EVENT_CALL_CREATED, .at = 1 };

    strcpy(event.to, uid);
    audiences_take_event(audiences, &event, &call);
}

static void assert_asked(const char *uid, int64_t since)
{
    const struct question *question = &questions[answered];

    (void)audiences_ask(audiences);
    assert_int_equal(asked, answered + 1);
    assert_string_equal(question->since.uid, uid);
    assert_int_equal(question->since.since, since);
}

static void assert_not_asked(void)
{
    assert_false(audiences_ask(audiences));
    assert_int_equal(asked, answered);
}

static void reply(const struct bus_reply *answer)
{
    const struct question *question = &questions[answered++];

    assert_false(question->is_forgotten);
    question->on_reply(question->context, answer);
}

/* The oldest question that waits. `seqs` ends with a 0. */
static void answer_list(const int64_t *seqs, struct event_list list)
{
    AUTO(buffer_done) struct buffer body = { 0 };
    AUTO(buffer_done) struct buffer bulk = { 0 };
    const struct call_inside inside = { .id = 1 };
    struct bus_reply answer = { .error = ERROR_NONE };
    msgpack_unpacked unpacked;

    for (; *seqs; seqs++, list.count++) {
        const struct event event = { .seq = *seqs, .type = EVENT_CALL_CREATED, .at = 1 };

        message_to_msgpack(event_message(), &event, &bulk);
        message_to_msgpack(call_message(), &call, &bulk);
        message_to_msgpack(call_inside_message(), &inside, &bulk);
    }
    message_to_msgpack(event_list_message(), &list, &body);
    msgpack_unpacked_init(&unpacked);
    assert_int_equal(msgpack_unpack_next(&unpacked, body.data, body.size, NULL),
                     MSGPACK_UNPACK_SUCCESS);
    answer.body = &unpacked.data;
    answer.bulk = (struct bytes){ bulk.data, bulk.size };
    reply(&answer);
    msgpack_unpacked_destroy(&unpacked);
}
#define SEQS(...) ((const int64_t[]){ __VA_ARGS__ __VA_OPT__(, ) 0 })

static void assert_told(size_t ear, const char *told)
{
    assert_string_equal(ears[ear].told, told);
}

static void what_was_missed_comes_first(void **state)
{
    (void)state;
    listen_to(0, "1", 3);
    assert_asked("1", 3);
    happen("1", 6);
    assert_told(0, "");
    answer_list(SEQS(4, 5, 6), (struct event_list){ .seq = 6 });
    assert_told(0, "4 5 6");
    happen("1", 7);
    assert_told(0, "4 5 6 7");
    assert_not_asked();
}

static void an_answer_that_is_older_than_what_was_heard_is_not_the_last(void **state)
{
    (void)state;
    listen_to(0, "1", 3);
    assert_asked("1", 3);
    happen("1", 6);
    answer_list(SEQS(4), (struct event_list){ .seq = 5 });
    assert_asked("1", 5);
    happen("1", 6);
    answer_list(SEQS(6), (struct event_list){ .seq = 6 });
    assert_told(0, "4 6");
    assert_not_asked();
}

static void a_gap_is_filled(void **state)
{
    (void)state;
    listen_to(0, "1", 0);
    assert_asked("1", 0);
    answer_list(SEQS(), (struct event_list){ .seq = 2 });
    happen("1", 3);
    audiences_take_gap(audiences, event_shard("1"));
    happen("1", 5);
    assert_told(0, "3");
    assert_asked("1", 3);
    answer_list(SEQS(4, 5), (struct event_list){ .seq = 5 });
    assert_told(0, "3 4 5");
    assert_not_asked();
}

static void a_gap_while_it_is_asked_needs_another_question(void **state)
{
    (void)state;
    listen_to(0, "1", 0);
    assert_asked("1", 0);
    audiences_take_gap(audiences, event_shard("1"));
    answer_list(SEQS(1), (struct event_list){ .seq = 1 });
    assert_asked("1", 1);
    answer_list(SEQS(2), (struct event_list){ .seq = 2 });
    assert_told(0, "1 2");
    assert_not_asked();
}

static void a_gap_of_another_shard_is_no_doubt(void **state)
{
    (void)state;
    listen_to(0, "1", 0);
    assert_asked("1", 0);
    answer_list(SEQS(), (struct event_list){ .seq = 0 });
    audiences_take_gap(audiences, event_shard("1") ^ 1);
    assert_not_asked();
}

static void what_comes_twice_is_told_once(void **state)
{
    (void)state;
    listen_to(0, "1", 0);
    assert_asked("1", 0);
    answer_list(SEQS(1, 2), (struct event_list){ .seq = 2 });
    happen("1", 1);
    happen("1", 2);
    happen("1", 3);
    happen("1", 3);
    assert_told(0, "1 2 3");
}

static void a_page_waits_until_the_last_is_taken(void **state)
{
    (void)state;
    listen_to(0, "1", 0);
    assert_asked("1", 0);
    ears[0].is_busy = true;
    answer_list(SEQS(1, 2), (struct event_list){ .seq = 2, .more = true });
    assert_not_asked();
    happen("1", 9);
    ears[0].is_busy = false;
    audiences_note_drained(audiences, &ears[0].listener);
    assert_asked("1", 2);
    answer_list(SEQS(9), (struct event_list){ .seq = 9 });
    assert_told(0, "1 2 9");
}

static void a_listener_that_goes_does_not_hold_up_the_others(void **state)
{
    (void)state;
    listen_to(0, "1", 0);
    listen_to(1, "1", 0);
    assert_asked("1", 0);
    ears[0].is_busy = true;
    answer_list(SEQS(1), (struct event_list){ .seq = 1, .more = true });
    assert_not_asked();
    audiences_remove(audiences, &ears[0].listener);
    assert_asked("1", 1);
}

static void listeners_of_a_uid_stand_where_they_stand(void **state)
{
    (void)state;
    listen_to(0, "1", 5);
    assert_asked("1", 5);
    answer_list(SEQS(), (struct event_list){ .seq = 5 });
    listen_to(1, "1", 2);
    listen_to(2, "1", 4);
    happen("1", 6);
    assert_asked("1", 2);
    answer_list(SEQS(3, 4, 5, 6), (struct event_list){ .seq = 6 });
    assert_told(0, "6");
    assert_told(1, "3 4 5 6");
    assert_told(2, "5 6");
    assert_not_asked();
}

static void who_comes_while_it_is_asked_waits_for_the_next_answer(void **state)
{
    (void)state;
    listen_to(0, "1", 5);
    assert_asked("1", 5);
    listen_to(1, "1", 2);
    answer_list(SEQS(6), (struct event_list){ .seq = 6 });
    assert_told(1, "");
    assert_asked("1", 2);
    answer_list(SEQS(3, 6), (struct event_list){ .seq = 6 });
    assert_told(0, "6");
    assert_told(1, "3 6");
}

static void what_is_not_stored_any_more_is_said(void **state)
{
    (void)state;
    listen_to(0, "1", 2);
    listen_to(1, "1", 7);
    assert_asked("1", 2);
    answer_list(SEQS(7, 8), (struct event_list){ .seq = 8, .truncated = true });
    assert_told(0, "truncated@6 7 8");
    assert_told(1, "8");
    audiences_remove(audiences, &ears[1].listener);
    listen_to(2, "1", 3);
    assert_asked("1", 3);
    answer_list(SEQS(), (struct event_list){ .seq = 9, .truncated = true });
    assert_told(0, "truncated@6 7 8");
    assert_told(2, "truncated@9");
}

static void a_number_that_the_store_has_not_reached_is_none_of_its_own(void **state)
{
    (void)state;
    listen_to(0, "1", 100);
    assert_asked("1", 100);
    answer_list(SEQS(), (struct event_list){ .seq = 9 });
    happen("1", 10);
    assert_told(0, "truncated@9 10");
}

static void only_the_uids_listeners_are_told(void **state)
{
    (void)state;
    listen_to(0, "1", 0);
    assert_asked("1", 0);
    answer_list(SEQS(), (struct event_list){ .seq = 0 });
    happen("12", 1);
    happen("", 2);
    happen("1", 3);
    assert_told(0, "3");
}

static void a_failure_is_asked_about_again_after_a_while(void **state)
{
    const struct bus_reply failure = { .error = ERROR_UNAVAILABLE };
    int64_t failed_ms = clock_steady_ms();

    (void)state;
    listen_to(0, "1", 3);
    assert_asked("1", 3);
    reply(&failure);
    assert_not_asked();
    while (!audiences_ask(audiences))
        assert_int_equal(loop_turn(loop, -1), 0);
    assert_true(clock_steady_ms() - failed_ms >= AUDIENCE_AGAIN_MS - 1);
    assert_asked("1", 3);
    answer_list(SEQS(4), (struct event_list){ .seq = 4 });
    assert_told(0, "4");
}

static void an_answer_that_cannot_be_read_skips_nothing(void **state)
{
    const struct bus_reply unreadable = { .error = ERROR_NONE };

    (void)state;
    listen_to(0, "1", 3);
    assert_asked("1", 3);
    reply(&unreadable);
    while (!audiences_ask(audiences))
        assert_int_equal(loop_turn(loop, -1), 0);
    assert_asked("1", 3);
}

static void who_goes_while_it_is_asked_is_not_told(void **state)
{
    (void)state;
    listen_to(0, "1", 3);
    assert_asked("1", 3);
    audiences_remove(audiences, &ears[0].listener);
    assert_true(questions[0].is_forgotten);
    assert_int_equal(heard_shards, 0);
    answered++;
    listen_to(1, "1", 3);
    audiences_remove(audiences, &ears[1].listener);
    assert_not_asked();
}

static void a_crowd_is_asked_about_a_few_at_a_time(void **state)
{
    enum { CROWD = 3 * AUDIENCE_ASKING_MOST };
    static struct ear crowd[CROWD];

    (void)state;
    for (size_t i = 0; i < CROWD; i++) {
        char uid[16];

        snprintf(uid, sizeof uid, "u%zu", i);
        audiences_add(audiences, &crowd[i].listener, uid, 0);
    }
    for (size_t i = 0; i < CROWD; i++) {
        (void)audiences_ask(audiences);
        assert_true(asked - answered <= AUDIENCE_ASKING_MOST);
        answer_list(SEQS(1), (struct event_list){ .seq = 1 });
    }
    assert_not_asked();
    for (size_t i = 0; i < CROWD; i++) {
        assert_string_equal(crowd[i].told, "1");
        audiences_remove(audiences, &crowd[i].listener);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_was_missed_comes_first),
        TEST(an_answer_that_is_older_than_what_was_heard_is_not_the_last),
        TEST(a_gap_is_filled),
        TEST(a_gap_while_it_is_asked_needs_another_question),
        TEST(a_gap_of_another_shard_is_no_doubt),
        TEST(what_comes_twice_is_told_once),
        TEST(a_page_waits_until_the_last_is_taken),
        TEST(a_listener_that_goes_does_not_hold_up_the_others),
        TEST(listeners_of_a_uid_stand_where_they_stand),
        TEST(who_comes_while_it_is_asked_waits_for_the_next_answer),
        TEST(what_is_not_stored_any_more_is_said),
        TEST(a_number_that_the_store_has_not_reached_is_none_of_its_own),
        TEST(only_the_uids_listeners_are_told),
        TEST(a_failure_is_asked_about_again_after_a_while),
        TEST(an_answer_that_cannot_be_read_skips_nothing),
        TEST(who_goes_while_it_is_asked_is_not_told),
        TEST(a_crowd_is_asked_about_a_few_at_a_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
