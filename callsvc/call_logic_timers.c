/* call_logic_timers.c - what happens to a call by itself: ringing, calls and channels end, tokens
 * do */
#include "callsvc/call_logic_inside.h"

#include <string.h>

/* Who plays on in the place of another ends when that one would have. */
static int64_t playing_due(const struct call_record *record)
{
    int64_t ends_at = record->robot_started_at + record->robot_audio_ms;

    return (ends_at > record->robot_at ? ends_at : record->robot_at) + ROBOT_OVERDUE_MS;
}

/* When a robot that says nothing has failed: its robotsvc is gone, and no other has taken over. */
static int64_t robot_due(const struct call_record *record)
{
    if (record->robot == ROBOT_JOINING)
        return record->robot_at + ROBOT_JOIN_MS;
    if (record->robot == ROBOT_WAITING)
        return record->robot_at + ROBOT_LISTEN_MS;
    if (record->robot == ROBOT_PLAYING && record->robot_audio_ms > 0)
        return playing_due(record);
    return INT64_MAX;
}

/* When the call ends by itself or, if it was declined or missed, its channel closes. */
static int64_t end_due(const struct call_record *record, const struct call_rules *rules)
{
    int64_t quiet_since = record->robot_at > record->ended_at ? record->robot_at : record->ended_at;

    if (call_is_unanswered(record))
        return record->ring_expires_at;
    if (record->state == CALL_ANSWERED)
        return record->answered_at + rules->most_call_ms;
    return quiet_since + (call_has_robot(record) ? rules->most_call_ms : CHANNEL_LINGER_MS);
}

static int64_t least(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

/* When a party must be told that its token soon ends: three quarters of its life have passed. */
static int64_t token_due(const struct call_record *record, const struct call_rules *rules,
                         enum token_party party)
{
    int64_t until = party == TOKEN_CALLER ? record->src_token_until : record->dst_token_until;

    if (until == 0 || rules->token_ms == 0 || record->token_warned & party)
        return INT64_MAX;
    return until - rules->token_ms / 4;
}

int64_t call_logic_due(const struct call_record *record, const struct call_rules *rules)
{
    int64_t due = least(robot_due(record), end_due(record, rules));

    if (!call_is_open(record))
        return INT64_MAX;
    due = least(due, token_due(record, rules, TOKEN_CALLER));
    return least(due, token_due(record, rules, TOKEN_CALLEE));
}

int64_t call_logic_note_token(struct call_record *record, const char *uid,
                              const struct call_rules *rules, int64_t now_ms,
                              struct changes *changes)
{
    bool is_caller = strcmp(record->src_uid, uid) == 0;
    int64_t *until = is_caller ? &record->src_token_until : &record->dst_token_until;
    int64_t before = *until;
    int64_t now_until = now_ms - now_ms % 1000 + rules->token_ms; /* tokens count whole seconds */

    if (rules->token_ms == 0 || !call_is_open(record) || !call_has_party(record, uid))
        return 0;
    if (before < now_until) {
        *until = now_until;
        record->token_warned &= ~(int64_t)(is_caller ? TOKEN_CALLER : TOKEN_CALLEE);
        changes->is_changed = true;
    }
    return before;
}

static void warn_of_token(struct call_record *record, enum token_party party,
                          const struct call_rules *rules, int64_t now_ms, struct changes *changes)
{
    if (!call_is_open(record) || token_due(record, rules, party) > now_ms)
        return;
    record->token_warned |= party;
    call_add_event(changes, EVENT_TOKEN_EXPIRING,
                   party == TOKEN_CALLER ? HIDDEN_FROM_CALLEE : HIDDEN_FROM_CALLER);
}

static void end_what_is_due(struct call_record *record, const struct call_rules *rules,
                            int64_t now_ms, struct changes *changes)
{
    if (!call_is_open(record) || end_due(record, rules) > now_ms)
        return;
    if (!call_take_step(record, INPUT_RING_TIMEOUT, now_ms, changes) &&
        !call_take_step(record, INPUT_MAX_DURATION, now_ms, changes))
        call_close_channel(record, now_ms, changes);
}

void call_logic_expire(struct call_record *record, const struct call_rules *rules, int64_t now_ms,
                       struct changes *changes)
{
    if (call_is_open(record) && robot_due(record) <= now_ms) {
        (void)call_take_robot_step(record, ROBOT_INPUT_FAILED, now_ms, changes);
        call_follow_robot(record, now_ms, changes);
    }
    end_what_is_due(record, rules, now_ms, changes);
    warn_of_token(record, TOKEN_CALLER, rules, now_ms, changes);
    warn_of_token(record, TOKEN_CALLEE, rules, now_ms, changes);
}
