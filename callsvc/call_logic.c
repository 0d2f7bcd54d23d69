/* call_logic.c - what the parties' verbs and the timers do to a call */
#include "callsvc/call_logic_inside.h"

#include "callsvc/uuid.h"

#include <assert.h>
#include <string.h>

void call_add_event(struct changes *changes, enum event_type event, unsigned hidden)
{
    changes->is_changed = true;
    if (event == event_type_unset)
        return;
    assert(changes->count < CHANGES_MOST);
    changes->hidden[changes->count] = hidden;
    changes->events[changes->count++] = event;
}

bool call_take_robot_step(struct call_record *record, enum robot_input input, int64_t now_ms,
                          struct changes *changes)
{
    enum event_type event;

    if (robot_step(&record->robot, input, &event) < 0)
        return false;
    record->robot_at = now_ms;
    call_add_event(changes, event, 0);
    return true;
}

void call_close_channel(struct call_record *record, int64_t now_ms, struct changes *changes)
{
    record->closed_at = now_ms;
    changes->is_changed = true;
    (void)call_take_robot_step(record, ROBOT_INPUT_CLOSED, now_ms, changes);
}

/* After these ends the caller may stay and listen to a robot. */
static bool stays_open(const struct call_record *record)
{
    return record->state == CALL_REJECTED || record->state == CALL_MISSED;
}

bool call_take_step(struct call_record *record, enum call_input input, int64_t now_ms,
                    struct changes *changes)
{
    if (call_step(&record->state, record->kind, input, &record->reason) < 0)
        return false;
    call_add_event(changes, call_state_event(record->state), 0);
    if (record->state == CALL_ANSWERED)
        record->answered_at = now_ms;
    if (call_is_live(record))
        return true;
    record->ended_at = now_ms;
    record->ended_by = call_input_ender(input);
    if (!stays_open(record))
        call_close_channel(record, now_ms, changes);
    return true;
}

static enum error refuse(struct fault *reterr, const char *field, const char *problem)
{
    *reterr = (struct fault){ field, problem };
    return ERROR_BAD_FIELD;
}

enum error call_logic_check_start(const struct call_start *asked, struct fault *reterr)
{
    if (!uuid_is_valid(asked->call_id))
        return refuse(reterr, "call_id", "is not a lower-case UUID");
    if (strcmp(asked->src_uid, asked->dst_uid) == 0)
        return refuse(reterr, "dst_uid", "is the caller");
    if (asked->kind != CALL_ROBOT)
        return ERROR_NONE;
    if (*asked->dst_uid)
        return refuse(reterr, "dst_uid", "is given, but a robot is called");
    if (!*asked->robot_id)
        return refuse(reterr, "robot_id", "is missing");
    return ERROR_NONE;
}

static bool is_same_request(const struct call_record *record, const struct call_start *asked)
{
    return record->kind == asked->kind && strcmp(record->src_uid, asked->src_uid) == 0;
}

static bool is_redial(const struct call_record *record, const struct call_start *asked)
{
    return call_is_unanswered(record) || strcmp(record->redial_channel, asked->channel) == 0;
}

static bool is_glare(const struct call_record *record, const struct call_start *asked)
{
    return call_is_unanswered(record) || strcmp(record->glare_channel, asked->channel) == 0;
}

enum start_decision call_logic_decide_start(const struct call_start *asked,
                                            const struct call_record *same,
                                            const struct call_record *redial,
                                            const struct call_record *glare)
{
    if (same)
        return is_same_request(same, asked) ? START_SAME : START_TAKEN;
    if (redial && is_redial(redial, asked))
        return START_REDIAL;
    if (glare && is_glare(glare, asked))
        return START_GLARE;
    return START_NEW;
}

void call_logic_make(const struct call_start *asked, bool is_busy, int64_t now_ms,
                     struct call_record *record, struct changes *changes)
{
    *record = (struct call_record){ .kind = asked->kind, .created_at = now_ms };
    COPY_TEXT(record->call_id, asked->call_id);
    COPY_TEXT(record->channel, asked->channel);
    COPY_TEXT(record->src_uid, asked->src_uid);
    if (asked->kind == CALL_ROBOT) {
        COPY_TEXT(record->robot_id, asked->robot_id);
        COPY_TEXT(record->audio, asked->audio);
        COPY_TEXT(record->robot_replica, asked->replica);
        record->robot = ROBOT_JOINING;
        record->robot_at = now_ms;
        record->ring_expires_at = now_ms;
        record->answered_at = now_ms;
        record->state = CALL_ANSWERED;
        call_add_event(changes, EVENT_CALL_CREATED, 0);
        return;
    }
    COPY_TEXT(record->dst_uid, asked->dst_uid);
    record->robot = ROBOT_NONE;
    record->ring_expires_at = now_ms + asked->ring_seconds * 1000;
    record->state = is_busy ? CALL_BUSY : CALL_CREATED;
    if (is_busy) {
        record->reason = REASON_BUSY;
        record->ended_by = ENDED_BY_SYSTEM;
        record->ended_at = now_ms;
        record->closed_at = now_ms;
    }
    call_add_event(changes, call_state_event(record->state), 0);
}

void call_logic_glare(struct call_record *record, const struct call_start *asked, int64_t now_ms,
                      struct changes *changes)
{
    if (!call_take_step(record, INPUT_ANSWER, now_ms, changes))
        return;
    COPY_TEXT(record->glare_channel, asked->channel);
}

void call_logic_redial(struct call_record *record, const struct call_start *asked,
                       struct changes *changes)
{
    if (strcmp(record->redial_channel, asked->channel) == 0)
        return;
    COPY_TEXT(record->redial_channel, asked->channel);
    changes->is_changed = true;
}

static bool is_caller(const struct call_record *record, const char *uid)
{
    return strcmp(record->src_uid, uid) == 0;
}

/* The uid is, or may become, the one who was called. */
static bool may_be_callee(const struct call_record *record, const char *uid)
{
    if (record->kind != CALL_USER || is_caller(record, uid))
        return false;
    return !*record->dst_uid || strcmp(record->dst_uid, uid) == 0;
}

/* Another of the callee's devices has answered. Who does not name his device is believed. */
static bool has_lost_race(const struct call_record *record, const char *uid, const char *device_id)
{
    return *device_id && *record->device_id && record->answered_at != 0 &&
           !is_caller(record, uid) && strcmp(record->device_id, device_id) != 0;
}

static void claim(struct call_record *record, const char *uid, struct changes *changes)
{
    if (*record->dst_uid)
        return;
    COPY_TEXT(record->dst_uid, uid);
    changes->has_claimed = true;
}

enum error call_logic_ring(struct call_record *record, const char *uid, int64_t now_ms,
                           struct changes *changes)
{
    if (!may_be_callee(record, uid))
        return ERROR_NOT_A_PARTY;
    if (!call_is_live(record))
        return ERROR_CALL_ENDED;
    (void)call_take_step(record, INPUT_RING, now_ms, changes);
    return ERROR_NONE;
}

enum error call_logic_answer(struct call_record *record, const struct call_answer *asked,
                             int64_t now_ms, struct changes *changes)
{
    if (!may_be_callee(record, asked->uid))
        return ERROR_NOT_A_PARTY;
    if (!call_is_live(record))
        return ERROR_CALL_ENDED;
    if (has_lost_race(record, asked->uid, asked->device_id))
        return ERROR_ANSWERED_ELSEWHERE;
    if (!call_take_step(record, INPUT_ANSWER, now_ms, changes))
        return ERROR_NONE;
    claim(record, asked->uid, changes);
    COPY_TEXT(record->device_id, asked->device_id);
    return ERROR_NONE;
}

enum error call_logic_reject(struct call_record *record, const struct call_reject *asked,
                             int64_t now_ms, struct changes *changes)
{
    if (!may_be_callee(record, asked->uid))
        return ERROR_NOT_A_PARTY;
    if (has_lost_race(record, asked->uid, asked->device_id))
        return ERROR_ANSWERED_ELSEWHERE;
    if (!call_is_live(record))
        return ERROR_NONE;
    if (!call_take_step(record, INPUT_REJECT, now_ms, changes))
        return ERROR_WRONG_STATE;
    claim(record, asked->uid, changes);
    return ERROR_NONE;
}

enum error call_logic_end(struct call_record *record, const struct call_end *asked, int64_t now_ms,
                          struct changes *changes)
{
    if (!call_has_party(record, asked->uid))
        return ERROR_NOT_A_PARTY;
    if (has_lost_race(record, asked->uid, asked->device_id))
        return ERROR_NONE;
    if (!is_caller(record, asked->uid))
        (void)call_take_step(record, INPUT_CALLEE_END, now_ms, changes);
    else if (!call_take_step(record, INPUT_CALLER_END, now_ms, changes) && call_is_open(record))
        call_close_channel(record, now_ms, changes);
    return ERROR_NONE;
}

enum error call_logic_join(const struct call_record *record, const char *uid)
{
    if (!call_has_party(record, uid))
        return ERROR_NOT_A_PARTY;
    return call_is_open(record) ? ERROR_NONE : ERROR_CALL_ENDED;
}
