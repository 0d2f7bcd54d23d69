/* test_call_logic.c - every rule of call_logic.h, at times of the test's choosing */
#include "test.h"

#include "callsvc/call_logic.h"

#include <stdio.h>
#include <string.h>

enum { NOW = 1000000, LATER = 1005000, MOST_CALL_MS = 600000, AUDIO_MS = 8000 };

static const struct call_rules rules = { .most_call_ms = MOST_CALL_MS };
static struct changes changes;

static struct call_start start_of(const char *src_uid, const char *dst_uid)
{
    struct call_start asked = { .kind = CALL_USER, .ring_seconds = 60, .channel = "ch_1" };

    strcpy(asked.call_id, "0190163d-8694-739b-aea5-966c26f8ad91");
    snprintf(asked.src_uid, sizeof asked.src_uid, "%s", src_uid);
    snprintf(asked.dst_uid, sizeof asked.dst_uid, "%s", dst_uid);
    return asked;
}

static struct call_record new_call(const char *src_uid, const char *dst_uid)
{
    struct call_start asked = start_of(src_uid, dst_uid);
    struct call_record record;

    changes = (struct changes){ 0 };
    call_logic_make(&asked, false, NOW, &record, &changes);
    return record;
}

static struct call_record robot_call(void)
{
    struct call_start asked = start_of("anna", "");
    struct call_record record;

    asked.kind = CALL_ROBOT;
    strcpy(asked.robot_id, "r1");
    strcpy(asked.audio, "greeting");
    changes = (struct changes){ 0 };
    call_logic_make(&asked, false, NOW, &record, &changes);
    return record;
}

static enum error answer(struct call_record *record, const char *uid, const char *device_id)
{
    struct call_answer asked = { 0 };

    snprintf(asked.uid, sizeof asked.uid, "%s", uid);
    snprintf(asked.device_id, sizeof asked.device_id, "%s", device_id);
    changes = (struct changes){ 0 };
    return call_logic_answer(record, &asked, LATER, &changes);
}

static enum error end(struct call_record *record, const char *uid, const char *device_id)
{
    struct call_end asked = { 0 };

    snprintf(asked.uid, sizeof asked.uid, "%s", uid);
    snprintf(asked.device_id, sizeof asked.device_id, "%s", device_id);
    changes = (struct changes){ 0 };
    return call_logic_end(record, &asked, LATER, &changes);
}

static enum error reject(struct call_record *record, const char *uid, const char *device_id)
{
    struct call_reject asked = { 0 };

    snprintf(asked.uid, sizeof asked.uid, "%s", uid);
    snprintf(asked.device_id, sizeof asked.device_id, "%s", device_id);
    changes = (struct changes){ 0 };
    return call_logic_reject(record, &asked, LATER, &changes);
}

static enum error claim(struct call_record *record, const char *robot_id, const char *instead_of)
{
    struct robot_claim asked = { .audio = "greeting" };

    snprintf(asked.robot_id, sizeof asked.robot_id, "%s", robot_id);
    snprintf(asked.instead_of, sizeof asked.instead_of, "%s", instead_of);
    changes = (struct changes){ 0 };
    return call_logic_robot_claim(record, &asked, LATER, &changes);
}

static enum error claim_as(struct call_record *record, const char *uid)
{
    struct robot_claim asked = { .audio = "greeting", .robot_id = "r1" };

    snprintf(asked.uid, sizeof asked.uid, "%s", uid);
    changes = (struct changes){ 0 };
    return call_logic_robot_claim(record, &asked, LATER, &changes);
}

static enum error update(struct call_record *record, const char *robot_id, enum robot_state robot)
{
    struct robot_update asked = { .robot = robot };

    snprintf(asked.robot_id, sizeof asked.robot_id, "%s", robot_id);
    changes = (struct changes){ 0 };
    return call_logic_robot_update(record, &asked, LATER, &changes);
}

static void expire(struct call_record *record, int64_t now_ms)
{
    changes = (struct changes){ 0 };
    call_logic_expire(record, &rules, now_ms, &changes);
}

static void assert_events(unsigned count, enum event_type first, enum event_type second)
{
    assert_int_equal(changes.count, count);
    if (count > 0)
        assert_int_equal(changes.events[0], first);
    if (count > 1)
        assert_int_equal(changes.events[1], second);
}

static void assert_nothing_changed(void)
{
    assert_false(changes.is_changed);
    assert_int_equal(changes.count, 0);
}

static void assert_ended(const struct call_record *record, enum call_state state,
                         enum call_reason reason, enum call_ender ended_by)
{
    assert_int_equal(record->state, state);
    assert_int_equal(record->reason, reason);
    assert_int_equal(record->ended_by, ended_by);
    assert_int_not_equal(record->ended_at, 0);
    assert_int_equal(call_is_open(record), state == CALL_REJECTED || state == CALL_MISSED);
}

/* A rejected call whose caller brought a robot that plays. */
static struct call_record robot_after_reject(void)
{
    struct call_record record = new_call("anna", "bert");

    assert_int_equal(end(&record, "bert", ""), ERROR_NONE);
    assert_int_equal(claim(&record, "r1", ""), ERROR_NONE);
    assert_int_equal(update(&record, "r1", ROBOT_WAITING), ERROR_NONE);
    assert_int_equal(update(&record, "r1", ROBOT_PLAYING), ERROR_NONE);
    return record;
}

static void assert_start_refused(struct call_start asked, const char *field, const char *problem)
{
    struct fault fault = { 0 };

    assert_int_equal(call_logic_check_start(&asked, &fault), ERROR_BAD_FIELD);
    assert_string_equal(fault.field, field);
    assert_string_equal(fault.problem, problem);
}

static void a_start_that_makes_no_sense_is_refused_by_field(void **context)
{
    struct call_start no_uuid = start_of("anna", "bert");
    struct call_start no_robot = start_of("anna", "");
    struct call_start robot_and_user = start_of("anna", "bert");

    (void)context;
    memset(no_uuid.call_id, 'x', CALL_ID_LENGTH);
    no_robot.kind = robot_and_user.kind = CALL_ROBOT;
    assert_start_refused(start_of("anna", "anna"), "dst_uid", "is the caller");
    assert_start_refused(no_uuid, "call_id", "is not a lower-case UUID");
    assert_start_refused(no_robot, "robot_id", "is missing");
    assert_start_refused(robot_and_user, "dst_uid", "is given, but a robot is called");
}

static void a_new_call_rings_as_long_as_was_asked(void **context)
{
    struct call_record record = new_call("anna", "bert");

    (void)context;
    assert_int_equal(record.state, CALL_CREATED);
    assert_int_equal(record.ring_expires_at, NOW + 60000);
    assert_true(call_is_open(&record));
    assert_events(1, EVENT_CALL_CREATED, 0);
}

static void a_robot_call_begins_answered_with_its_robot_joining(void **context)
{
    struct call_record record = robot_call();

    (void)context;
    assert_int_equal(record.state, CALL_ANSWERED);
    assert_int_equal(record.robot, ROBOT_JOINING);
    assert_int_equal(record.answered_at, NOW);
    assert_events(1, EVENT_CALL_CREATED, 0);
}

static void a_call_to_somebody_busy_is_over_at_once(void **context)
{
    struct call_start asked = start_of("anna", "bert");
    struct call_record record;

    (void)context;
    changes = (struct changes){ 0 };
    call_logic_make(&asked, true, NOW, &record, &changes);
    assert_ended(&record, CALL_BUSY, REASON_BUSY, ENDED_BY_SYSTEM);
    assert_events(1, EVENT_CALL_BUSY, 0);
}

static void a_start_is_told_from_those_before_it(void **context)
{
    struct call_start asked = start_of("anna", "bert");
    struct call_record own = new_call("anna", "bert");
    struct call_record back = new_call("bert", "anna");
    struct call_record ended = own;
    struct call_record foreign = new_call("carl", "bert");

    (void)context;
    assert_int_equal(end(&ended, "anna", ""), ERROR_NONE);
    assert_int_equal(call_logic_decide_start(&asked, NULL, NULL, NULL), START_NEW);
    assert_int_equal(call_logic_decide_start(&asked, &own, NULL, NULL), START_SAME);
    assert_int_equal(call_logic_decide_start(&asked, &ended, &own, &back), START_SAME);
    assert_int_equal(call_logic_decide_start(&asked, &foreign, NULL, NULL), START_TAKEN);
    assert_int_equal(call_logic_decide_start(&asked, NULL, &own, &back), START_REDIAL);
    assert_int_equal(call_logic_decide_start(&asked, NULL, &ended, NULL), START_NEW);
    assert_int_equal(call_logic_decide_start(&asked, NULL, NULL, &back), START_GLARE);
    assert_int_equal(call_logic_decide_start(&asked, NULL, NULL, &ended), START_NEW);
}

static void glare_answers_the_call_and_is_known_again(void **context)
{
    struct call_record record = new_call("bert", "anna");
    struct call_start asked = start_of("anna", "bert");

    (void)context;
    strcpy(asked.channel, "ch_2");
    changes = (struct changes){ 0 };
    call_logic_glare(&record, &asked, LATER, &changes);
    assert_int_equal(record.state, CALL_ANSWERED);
    assert_int_equal(record.answered_at, LATER);
    assert_events(1, EVENT_CALL_ANSWERED, 0);
    assert_int_equal(call_logic_decide_start(&asked, NULL, NULL, &record), START_GLARE);
    changes = (struct changes){ 0 };
    call_logic_glare(&record, &asked, LATER, &changes);
    assert_nothing_changed();
    strcpy(asked.channel, "ch_3");
    assert_int_equal(call_logic_decide_start(&asked, NULL, NULL, &record), START_NEW);
}

static void a_redial_is_known_again_when_the_call_is_answered(void **context)
{
    struct call_record record = new_call("anna", "bert");
    struct call_start asked = start_of("anna", "bert");

    (void)context;
    strcpy(asked.channel, "ch_2");
    changes = (struct changes){ 0 };
    call_logic_redial(&record, &asked, &changes);
    assert_true(changes.is_changed);
    assert_int_equal(changes.count, 0);
    assert_int_equal(answer(&record, "bert", ""), ERROR_NONE);
    assert_int_equal(call_logic_decide_start(&asked, NULL, &record, NULL), START_REDIAL);
    changes = (struct changes){ 0 };
    call_logic_redial(&record, &asked, &changes);
    assert_nothing_changed();
    strcpy(asked.channel, "ch_3");
    assert_int_equal(call_logic_decide_start(&asked, NULL, &record, NULL), START_NEW);
}

static void a_call_rings_when_the_callees_device_says_so(void **context)
{
    struct call_record record = new_call("anna", "bert");

    (void)context;
    changes = (struct changes){ 0 };
    assert_int_equal(call_logic_ring(&record, "anna", LATER, &changes), ERROR_NOT_A_PARTY);
    assert_int_equal(call_logic_ring(&record, "bert", LATER, &changes), ERROR_NONE);
    assert_int_equal(record.state, CALL_RINGING);
    assert_events(1, EVENT_CALL_RINGING, 0);
    changes = (struct changes){ 0 };
    assert_int_equal(call_logic_ring(&record, "bert", LATER, &changes), ERROR_NONE);
    assert_nothing_changed();
    assert_int_equal(end(&record, "anna", ""), ERROR_NONE);
    assert_int_equal(call_logic_ring(&record, "bert", LATER, &changes), ERROR_CALL_ENDED);
}

static void the_first_device_that_answers_wins(void **context)
{
    struct call_record record = new_call("anna", "bert");

    (void)context;
    assert_int_equal(answer(&record, "bert", "phone"), ERROR_NONE);
    assert_int_equal(record.answered_at, LATER);
    assert_string_equal(record.device_id, "phone");
    assert_events(1, EVENT_CALL_ANSWERED, 0);
    assert_int_equal(answer(&record, "bert", "tablet"), ERROR_ANSWERED_ELSEWHERE);
    assert_nothing_changed();
    assert_int_equal(answer(&record, "bert", "phone"), ERROR_NONE);
    assert_nothing_changed();
    assert_int_equal(answer(&record, "bert", ""), ERROR_NONE);
    assert_nothing_changed();
}

static void only_the_callee_may_answer(void **context)
{
    struct call_record record = new_call("anna", "bert");
    struct call_record robot = robot_call();

    (void)context;
    assert_int_equal(answer(&record, "anna", ""), ERROR_NOT_A_PARTY);
    assert_int_equal(answer(&record, "carl", ""), ERROR_NOT_A_PARTY);
    assert_int_equal(answer(&robot, "carl", ""), ERROR_NOT_A_PARTY);
    assert_nothing_changed();
}

static void a_call_to_nobody_is_claimed_by_the_first_who_answers(void **context)
{
    struct call_record record = new_call("anna", "");

    (void)context;
    assert_int_equal(answer(&record, "anna", ""), ERROR_NOT_A_PARTY);
    assert_int_equal(answer(&record, "carl", ""), ERROR_NONE);
    assert_true(changes.has_claimed);
    assert_string_equal(record.dst_uid, "carl");
    assert_int_equal(answer(&record, "bert", ""), ERROR_NOT_A_PARTY);
}

static void an_ended_call_cannot_be_answered(void **context)
{
    struct call_record record = new_call("anna", "bert");

    (void)context;
    assert_int_equal(end(&record, "anna", ""), ERROR_NONE);
    assert_int_equal(answer(&record, "bert", ""), ERROR_CALL_ENDED);
    assert_int_equal(answer(&record, "carl", ""), ERROR_NOT_A_PARTY);
}

static void the_callee_rejects(void **context)
{
    struct call_record record = new_call("anna", "bert");
    struct call_record talking = new_call("anna", "bert");

    (void)context;
    assert_int_equal(reject(&record, "anna", ""), ERROR_NOT_A_PARTY);
    assert_int_equal(reject(&record, "bert", ""), ERROR_NONE);
    assert_ended(&record, CALL_REJECTED, REASON_REJECTED, ENDED_BY_CALLEE);
    assert_int_equal(reject(&record, "bert", ""), ERROR_NONE);
    assert_nothing_changed();
    assert_int_equal(answer(&talking, "bert", "phone"), ERROR_NONE);
    assert_int_equal(reject(&talking, "bert", "tablet"), ERROR_ANSWERED_ELSEWHERE);
    assert_int_equal(reject(&talking, "bert", "phone"), ERROR_WRONG_STATE);
    assert_int_equal(talking.state, CALL_ANSWERED);
}

static void an_end_before_the_answer_cancels_or_rejects(void **context)
{
    struct call_record cancelled = new_call("anna", "bert");
    struct call_record rejected = new_call("anna", "bert");

    (void)context;
    assert_int_equal(end(&cancelled, "anna", ""), ERROR_NONE);
    assert_ended(&cancelled, CALL_CANCELLED, REASON_CANCELLED, ENDED_BY_CALLER);
    assert_events(1, EVENT_CALL_CANCELLED, 0);
    assert_int_equal(end(&rejected, "bert", ""), ERROR_NONE);
    assert_ended(&rejected, CALL_REJECTED, REASON_REJECTED, ENDED_BY_CALLEE);
    assert_events(1, EVENT_CALL_REJECTED, 0);
}

static void either_side_completes_an_answered_call(void **context)
{
    struct call_record record = new_call("anna", "bert");

    (void)context;
    assert_int_equal(answer(&record, "bert", ""), ERROR_NONE);
    assert_int_equal(end(&record, "carl", ""), ERROR_NOT_A_PARTY);
    assert_int_equal(end(&record, "bert", ""), ERROR_NONE);
    assert_ended(&record, CALL_COMPLETED, REASON_COMPLETED, ENDED_BY_CALLEE);
    assert_int_equal(end(&record, "anna", ""), ERROR_NONE);
    assert_nothing_changed();
}

static void a_device_that_lost_the_race_ends_nothing(void **context)
{
    struct call_record record = new_call("anna", "bert");

    (void)context;
    assert_int_equal(answer(&record, "bert", "phone"), ERROR_NONE);
    assert_int_equal(end(&record, "bert", "tablet"), ERROR_NONE);
    assert_nothing_changed();
    assert_int_equal(end(&record, "anna", "tablet"), ERROR_NONE);
    assert_int_equal(record.state, CALL_COMPLETED);
}

static void the_caller_closes_a_rejected_call_and_its_robot_leaves(void **context)
{
    struct call_record record = robot_after_reject();

    (void)context;
    assert_int_equal(end(&record, "bert", ""), ERROR_NONE);
    assert_nothing_changed();
    assert_true(call_is_open(&record));
    assert_int_equal(end(&record, "anna", ""), ERROR_NONE);
    assert_events(1, EVENT_ROBOT_DONE, 0);
    assert_int_equal(record.state, CALL_REJECTED);
    assert_int_equal(record.ended_by, ENDED_BY_CALLEE);
    assert_int_equal(record.robot, ROBOT_DONE);
    assert_false(call_is_open(&record));
}

static void a_robot_leaves_when_the_call_completes(void **context)
{
    struct call_record record = new_call("anna", "bert");

    (void)context;
    assert_int_equal(answer(&record, "bert", ""), ERROR_NONE);
    assert_int_equal(claim(&record, "r1", ""), ERROR_NONE);
    assert_int_equal(end(&record, "bert", ""), ERROR_NONE);
    assert_events(2, EVENT_CALL_COMPLETED, EVENT_ROBOT_DONE);
    assert_int_equal(record.robot, ROBOT_DONE);
}

static void a_party_joins_while_the_channel_is_open(void **context)
{
    struct call_record record = new_call("anna", "bert");

    (void)context;
    assert_int_equal(call_logic_join(&record, "anna"), ERROR_NONE);
    assert_int_equal(call_logic_join(&record, "carl"), ERROR_NOT_A_PARTY);
    assert_int_equal(end(&record, "bert", ""), ERROR_NONE);
    assert_int_equal(call_logic_join(&record, "bert"), ERROR_NONE);
    assert_int_equal(end(&record, "anna", ""), ERROR_NONE);
    assert_int_equal(call_logic_join(&record, "bert"), ERROR_CALL_ENDED);
}

static void the_first_robot_that_claims_may_join(void **context)
{
    struct call_record record = new_call("anna", "bert");

    (void)context;
    assert_int_equal(claim(&record, "r1", ""), ERROR_NONE);
    assert_int_equal(record.robot, ROBOT_JOINING);
    assert_true(changes.is_changed);
    assert_int_equal(claim(&record, "r2", ""), ERROR_NONE);
    assert_nothing_changed();
    assert_string_equal(record.robot_id, "r1");
}

static void a_robot_claims_again_after_one_that_failed(void **context)
{
    struct call_record record = new_call("anna", "bert");

    (void)context;
    assert_int_equal(claim(&record, "r1", ""), ERROR_NONE);
    assert_int_equal(update(&record, "r1", ROBOT_FAILED), ERROR_NONE);
    assert_events(1, EVENT_ROBOT_FAILED, 0);
    assert_int_equal(claim(&record, "r2", ""), ERROR_NONE);
    assert_int_equal(record.robot, ROBOT_JOINING);
    assert_string_equal(record.robot_id, "r2");
}

static void only_the_robot_that_is_meant_is_replaced(void **context)
{
    struct call_record record = new_call("anna", "bert");

    (void)context;
    assert_int_equal(claim(&record, "r1", ""), ERROR_NONE);
    assert_int_equal(update(&record, "r1", ROBOT_WAITING), ERROR_NONE);
    assert_int_equal(claim(&record, "r3", "r2"), ERROR_NONE);
    assert_string_equal(record.robot_id, "r1");
    assert_int_equal(claim(&record, "r3", "r1"), ERROR_NONE);
    assert_string_equal(record.robot_id, "r3");
    assert_int_equal(record.robot, ROBOT_JOINING);
    assert_int_equal(update(&record, "r3", ROBOT_FAILED), ERROR_NONE);
    assert_int_equal(claim(&record, "r4", "r3"), ERROR_NONE);
    assert_string_equal(record.robot_id, "r3");
}

static void a_claim_needs_a_party_and_an_open_channel(void **context)
{
    struct call_record record = new_call("anna", "bert");

    (void)context;
    assert_int_equal(claim_as(&record, "carl"), ERROR_NOT_A_PARTY);
    assert_int_equal(claim_as(&record, "bert"), ERROR_NONE);
    assert_int_equal(end(&record, "anna", ""), ERROR_NONE);
    assert_int_equal(claim_as(&record, "bert"), ERROR_CALL_ENDED);
}

static void a_robot_says_where_it_stands(void **context)
{
    struct call_record record = robot_call();

    (void)context;
    assert_int_equal(update(&record, "r2", ROBOT_WAITING), ERROR_WRONG_STATE);
    assert_int_equal(update(&record, "r1", ROBOT_PLAYING), ERROR_WRONG_STATE);
    assert_int_equal(update(&record, "r1", ROBOT_NONE), ERROR_WRONG_STATE);
    assert_nothing_changed();
    assert_int_equal(update(&record, "r1", ROBOT_WAITING), ERROR_NONE);
    assert_events(1, EVENT_ROBOT_JOINED, 0);
    assert_int_equal(update(&record, "r1", ROBOT_WAITING), ERROR_NONE);
    assert_nothing_changed();
    assert_int_equal(update(&record, "r1", ROBOT_PLAYING), ERROR_NONE);
    assert_events(1, EVENT_ROBOT_PLAYING, 0);
}

static void a_robot_call_ends_with_its_robot(void **context)
{
    struct call_record done = robot_call();
    struct call_record failed = robot_call();

    (void)context;
    assert_int_equal(update(&done, "r1", ROBOT_WAITING), ERROR_NONE);
    assert_int_equal(update(&done, "r1", ROBOT_PLAYING), ERROR_NONE);
    assert_int_equal(update(&done, "r1", ROBOT_DONE), ERROR_NONE);
    assert_events(2, EVENT_ROBOT_DONE, EVENT_CALL_COMPLETED);
    assert_ended(&done, CALL_COMPLETED, REASON_ROBOT_DONE, ENDED_BY_SYSTEM);
    assert_int_equal(update(&failed, "r1", ROBOT_FAILED), ERROR_NONE);
    assert_events(2, EVENT_ROBOT_FAILED, EVENT_CALL_FAILED);
    assert_ended(&failed, CALL_FAILED, REASON_FAILED, ENDED_BY_SYSTEM);
}

static void a_rejected_calls_channel_closes_when_its_robot_is_done(void **context)
{
    struct call_record record = robot_after_reject();

    (void)context;
    assert_int_equal(update(&record, "r1", ROBOT_DONE), ERROR_NONE);
    assert_events(1, EVENT_ROBOT_DONE, 0);
    assert_false(call_is_open(&record));
    assert_int_equal(record.state, CALL_REJECTED);
}

static void a_live_calls_channel_stays_open_when_its_robot_is_done(void **context)
{
    struct call_record record = new_call("anna", "bert");

    (void)context;
    assert_int_equal(claim(&record, "r1", ""), ERROR_NONE);
    assert_int_equal(update(&record, "r1", ROBOT_WAITING), ERROR_NONE);
    assert_int_equal(update(&record, "r1", ROBOT_PLAYING), ERROR_NONE);
    assert_int_equal(update(&record, "r1", ROBOT_DONE), ERROR_NONE);
    assert_int_equal(record.state, CALL_CREATED);
    assert_true(call_is_open(&record));
}

static void an_unanswered_call_is_missed(void **context)
{
    struct call_record record = new_call("anna", "bert");

    (void)context;
    assert_int_equal(call_logic_due(&record, &rules), NOW + 60000);
    expire(&record, NOW + 59999);
    assert_nothing_changed();
    expire(&record, NOW + 60000);
    assert_events(1, EVENT_CALL_MISSED, 0);
    assert_ended(&record, CALL_MISSED, REASON_MISSED, ENDED_BY_SYSTEM);
    assert_int_equal(call_logic_due(&record, &rules), NOW + 60000 + 120000);
    expire(&record, NOW + 180000);
    assert_true(changes.is_changed);
    assert_false(call_is_open(&record));
    assert_int_equal(call_logic_due(&record, &rules), INT64_MAX);
}

static void an_answered_call_ends_after_the_longest_time(void **context)
{
    struct call_record record = new_call("anna", "bert");

    (void)context;
    assert_int_equal(answer(&record, "bert", ""), ERROR_NONE);
    assert_int_equal(call_logic_due(&record, &rules), LATER + MOST_CALL_MS);
    expire(&record, LATER + MOST_CALL_MS - 1);
    assert_nothing_changed();
    expire(&record, LATER + MOST_CALL_MS);
    assert_ended(&record, CALL_COMPLETED, REASON_MAX_DURATION, ENDED_BY_SYSTEM);
}

static void a_robot_that_does_not_join_has_failed(void **context)
{
    struct call_record record = robot_call();

    (void)context;
    assert_int_equal(call_logic_due(&record, &rules), NOW + 15000);
    expire(&record, NOW + 15000);
    assert_events(2, EVENT_ROBOT_FAILED, EVENT_CALL_FAILED);
    assert_ended(&record, CALL_FAILED, REASON_FAILED, ENDED_BY_SYSTEM);
}

static void a_robot_that_nobody_hears_has_failed(void **context)
{
    struct call_record record = robot_call();

    (void)context;
    assert_int_equal(update(&record, "r1", ROBOT_WAITING), ERROR_NONE);
    assert_int_equal(call_logic_due(&record, &rules), LATER + 45000);
    expire(&record, LATER + 45000);
    assert_int_equal(record.robot, ROBOT_FAILED);
}

static void play(struct call_record *record, const char *robot_id, int64_t now_ms)
{
    struct robot_update asked = { .robot = ROBOT_PLAYING, .audio_ms = AUDIO_MS };

    assert_int_equal(update(record, robot_id, ROBOT_WAITING), ERROR_NONE);
    snprintf(asked.robot_id, sizeof asked.robot_id, "%s", robot_id);
    assert_int_equal(call_logic_robot_update(record, &asked, now_ms, &changes), ERROR_NONE);
}

static void a_robot_that_never_says_that_it_is_done_has_failed(void **context)
{
    struct call_record record = robot_call();
    int64_t due = LATER + AUDIO_MS + ROBOT_OVERDUE_MS;

    (void)context;
    play(&record, "r1", LATER);
    assert_int_equal(call_logic_due(&record, &rules), due);
    expire(&record, due - 1);
    assert_nothing_changed();
    expire(&record, due);
    assert_events(2, EVENT_ROBOT_FAILED, EVENT_CALL_FAILED);
    assert_ended(&record, CALL_FAILED, REASON_FAILED, ENDED_BY_SYSTEM);
}

static void a_robot_that_takes_over_has_the_rest_of_the_audio_for_it(void **context)
{
    struct call_record record = robot_call();
    int64_t much_later = LATER + 2 * AUDIO_MS;

    (void)context;
    play(&record, "r1", LATER);
    assert_int_equal(claim(&record, "r2", "r1"), ERROR_NONE);
    play(&record, "r2", LATER + 1000);
    assert_int_equal(call_logic_due(&record, &rules), LATER + AUDIO_MS + ROBOT_OVERDUE_MS);
    assert_int_equal(claim(&record, "r3", "r2"), ERROR_NONE);
    play(&record, "r3", much_later);
    assert_int_equal(call_logic_due(&record, &rules), much_later + ROBOT_OVERDUE_MS);
}

static void a_rejected_call_waits_for_another_robot_after_one_that_failed(void **context)
{
    struct call_record record = new_call("anna", "bert");

    (void)context;
    assert_int_equal(end(&record, "bert", ""), ERROR_NONE);
    assert_int_equal(claim(&record, "r1", ""), ERROR_NONE);
    expire(&record, LATER + 15000);
    assert_int_equal(record.robot, ROBOT_FAILED);
    assert_true(call_is_open(&record));
    assert_int_equal(call_logic_due(&record, &rules), LATER + 15000 + 120000);
}

static void a_channel_does_not_stay_open_for_a_robot_for_ever(void **context)
{
    struct call_record record = robot_after_reject();

    (void)context;
    assert_int_equal(call_logic_due(&record, &rules), LATER + MOST_CALL_MS);
    expire(&record, LATER + MOST_CALL_MS);
    assert_events(1, EVENT_ROBOT_DONE, 0);
    assert_false(call_is_open(&record));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_that_makes_no_sense_is_refused_by_field),
        cmocka_unit_test(a_new_call_rings_as_long_as_was_asked),
        cmocka_unit_test(a_robot_call_begins_answered_with_its_robot_joining),
        cmocka_unit_test(a_call_to_somebody_busy_is_over_at_once),
        cmocka_unit_test(a_start_is_told_from_those_before_it),
        cmocka_unit_test(glare_answers_the_call_and_is_known_again),
        cmocka_unit_test(a_redial_is_known_again_when_the_call_is_answered),
        cmocka_unit_test(a_call_rings_when_the_callees_device_says_so),
        cmocka_unit_test(the_first_device_that_answers_wins),
        cmocka_unit_test(only_the_callee_may_answer),
        cmocka_unit_test(a_call_to_nobody_is_claimed_by_the_first_who_answers),
        cmocka_unit_test(an_ended_call_cannot_be_answered),
        cmocka_unit_test(the_callee_rejects),
        cmocka_unit_test(an_end_before_the_answer_cancels_or_rejects),
        cmocka_unit_test(either_side_completes_an_answered_call),
        cmocka_unit_test(a_device_that_lost_the_race_ends_nothing),
        cmocka_unit_test(the_caller_closes_a_rejected_call_and_its_robot_leaves),
        cmocka_unit_test(a_robot_leaves_when_the_call_completes),
        cmocka_unit_test(a_party_joins_while_the_channel_is_open),
        cmocka_unit_test(the_first_robot_that_claims_may_join),
        cmocka_unit_test(a_robot_claims_again_after_one_that_failed),
        cmocka_unit_test(only_the_robot_that_is_meant_is_replaced),
        cmocka_unit_test(a_claim_needs_a_party_and_an_open_channel),
        cmocka_unit_test(a_robot_says_where_it_stands),
        cmocka_unit_test(a_robot_call_ends_with_its_robot),
        cmocka_unit_test(a_rejected_calls_channel_closes_when_its_robot_is_done),
        cmocka_unit_test(a_live_calls_channel_stays_open_when_its_robot_is_done),
        cmocka_unit_test(an_unanswered_call_is_missed),
        cmocka_unit_test(an_answered_call_ends_after_the_longest_time),
        cmocka_unit_test(a_robot_that_does_not_join_has_failed),
        cmocka_unit_test(a_robot_that_nobody_hears_has_failed),
        cmocka_unit_test(a_robot_that_never_says_that_it_is_done_has_failed),
        cmocka_unit_test(a_robot_that_takes_over_has_the_rest_of_the_audio_for_it),
        cmocka_unit_test(a_rejected_call_waits_for_another_robot_after_one_that_failed),
        cmocka_unit_test(a_channel_does_not_stay_open_for_a_robot_for_ever),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
