/* test_outcomes.c - who is told what of an operation, and what is counted */
#include "test.h"

#include "callsvc/outcomes.h"
#include "common/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOW = 1700000000 };

static struct outcomes *outcomes;

/* What was published, one word each: "anna:3" is event 3 for anna. */
static char told[256];

/* In the publisher's place. */
void event_publish(struct event_publisher *publisher, unsigned shard, const struct event *event,
                   const struct call *call, const struct call_inside *inside)
{
    size_t length = strlen(told);
    const char *to = shard == EVENT_SHARD_ROBOTS ? "robotsvcs" : event->to;

    assert_null(publisher);
    assert_int_equal(event->at, NOW);
    assert_int_equal(inside->seq, event->seq);
    assert_true(shard == EVENT_SHARD_ROBOTS || shard == event_shard(event->to));
    assert_string_equal(call->channel, "ch_1");
    snprintf(told + length, sizeof told - length, "%s:%d%s ", to, (int)event->seq,
             inside->open ? "" : ":closed");
}

static int make_outcomes(void **context)
{
    (void)context;
    told[0] = '\0';
    outcomes = outcomes_new();
    return 0;
}

static int free_outcomes(void **context)
{
    (void)context;
    outcomes = outcomes_free(outcomes);
    return 0;
}

/* Anna calls bert, and bert has answered. */
static struct operation answered(void)
{
    struct operation o = { .kind = OPERATION_ANSWER, .state_before = CALL_RINGING };

    strcpy(o.record.channel, "ch_1");
    strcpy(o.record.src_uid, "anna");
    strcpy(o.record.dst_uid, "bert");
    o.record.kind = CALL_USER;
    o.record.state = CALL_ANSWERED;
    o.record.robot = ROBOT_NONE;
    o.record.created_at = NOW - 1500;
    o.record.answered_at = NOW;
    o.record.seq = 2;
    o.was_open = true;
    return o;
}

static void add_event(struct operation *o, enum event_type type, unsigned hidden)
{
    o->record.seq++;
    o->events[o->event_count++] = (struct operation_event){ o->record.seq, type, hidden };
}

static void assert_told(const struct operation *o, const char *words)
{
    outcomes_tell(outcomes, NULL, o, NOW);
    assert_string_equal(told, words);
    told[0] = '\0';
}

/* What the metric's line says now; the process has it for all tests. */
static double value_of(const char *name)
{
    AUTO(buffer_done) struct buffer page = { 0 };
    const char *line;

    metrics_write(&page);
    buffer_add(&page, "", 1);
    line = strstr(page.data, name);
    assert_non_null(line);
    return strtod(line + strlen(name), NULL);
}

static void both_parties_are_told(void **context)
{
    struct operation o = answered();

    (void)context;
    add_event(&o, EVENT_CALL_ANSWERED, 0);
    assert_told(&o, "anna:3 bert:3 ");
}

static void an_answer_is_timed(void **context)
{
    static const char count[] = "\ndapi_call_answer_seconds_count ";
    static const char sum[] = "\ndapi_call_answer_seconds_sum ";
    double count_before = value_of(count), sum_before = value_of(sum);
    struct operation o = answered();

    (void)context;
    add_event(&o, EVENT_CALL_ANSWERED, 0);
    outcomes_tell(outcomes, NULL, &o, NOW);
    assert_true(value_of(count) == count_before + 1);
    assert_float_equal(value_of(sum), sum_before + 1.5, 0.001);
}

static void who_is_not_to_know_is_not_told(void **context)
{
    struct operation o = answered();

    (void)context;
    add_event(&o, EVENT_TOKEN_EXPIRING, HIDDEN_FROM_CALLEE);
    add_event(&o, EVENT_TOKEN_EXPIRING, HIDDEN_FROM_CALLER);
    assert_told(&o, "anna:3 bert:4 ");
}

static void robotsvcs_are_told_of_calls_with_a_media_node_or_a_robot(void **context)
{
    struct operation with_node = answered();
    struct operation with_robot = answered();

    (void)context;
    strcpy(with_node.record.node, "http://node");
    add_event(&with_node, EVENT_CALL_ANSWERED, 0);
    assert_told(&with_node, "robotsvcs:3 anna:3 bert:3 ");
    with_robot.record.robot = ROBOT_DONE;
    add_event(&with_robot, EVENT_ROBOT_DONE, 0);
    assert_told(&with_robot, "robotsvcs:3 anna:3 bert:3 ");
}

static void robotsvcs_are_told_of_everything_but_tokens(void **context)
{
    struct operation o = answered();

    (void)context;
    strcpy(o.record.node, "http://node");
    add_event(&o, EVENT_TOKEN_EXPIRING, HIDDEN_FROM_CALLER | HIDDEN_FROM_CALLEE);
    assert_told(&o, "");
    add_event(&o, EVENT_ROBOT_DONE, 0);
    add_event(&o, EVENT_CALL_COMPLETED, 0);
    o.record.closed_at = NOW;
    assert_told(&o, "robotsvcs:4:closed anna:4:closed bert:4:closed "
                    "robotsvcs:5:closed anna:5:closed bert:5:closed ");
}

static void a_channel_that_closes_without_an_event_is_told_to_robotsvcs_alone(void **context)
{
    struct operation o = answered();

    (void)context;
    o.record.state = o.state_before = CALL_REJECTED;
    o.record.closed_at = NOW;
    assert_told(&o, "");
    strcpy(o.record.node, "http://node");
    assert_told(&o, "robotsvcs:2:closed ");
    o.was_open = false;
    assert_told(&o, "");
}

static void a_token_that_ends_does_not_hide_that_the_channel_closes(void **context)
{
    struct operation o = answered();

    (void)context;
    strcpy(o.record.node, "http://node");
    o.record.closed_at = NOW;
    add_event(&o, EVENT_TOKEN_EXPIRING, HIDDEN_FROM_CALLEE);
    assert_told(&o, "anna:3:closed robotsvcs:3:closed ");
}

static void ends_are_counted_when_they_come(void **context)
{
    static const char completed[] = "\ndapi_calls_ended_total{state=\"completed\"} ";
    static const char media_lost[] = "\ndapi_calls_media_lost_total ";
    double completed_before = value_of(completed), lost_before = value_of(media_lost);
    struct operation o = answered();

    (void)context;
    o.record.state = CALL_COMPLETED;
    o.record.reason = REASON_MEDIA_LOST;
    o.state_before = CALL_ANSWERED;
    add_event(&o, EVENT_CALL_COMPLETED, 0);
    outcomes_tell(outcomes, NULL, &o, NOW);
    o.state_before = CALL_COMPLETED;
    outcomes_tell(outcomes, NULL, &o, NOW);
    assert_true(value_of(completed) == completed_before + 1);
    assert_true(value_of(media_lost) == lost_before + 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_outcomes, free_outcomes)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(both_parties_are_told),
        TEST(an_answer_is_timed),
        TEST(who_is_not_to_know_is_not_told),
        TEST(robotsvcs_are_told_of_calls_with_a_media_node_or_a_robot),
        TEST(robotsvcs_are_told_of_everything_but_tokens),
        TEST(a_channel_that_closes_without_an_event_is_told_to_robotsvcs_alone),
        TEST(a_token_that_ends_does_not_hide_that_the_channel_closes),
        TEST(ends_are_counted_when_they_come),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
