/* call_record.c - how a stored call looks in messages */
#include "callsvc/call_record.h"

#include "callsvc/call_state.h"

#include <string.h>

/* Whole arrays are copied where both sides have the same size: cheaper than looking for the end. */
#define COPY_TEXT(to, from)                                             \
    do {                                                                \
        _Static_assert(sizeof(to) == sizeof(from), "sizes must match"); \
        memcpy(to, from, sizeof(to));                                   \
    } while (0)

bool call_is_unanswered(const struct call_record *record)
{
    return record->state == CALL_CREATED || record->state == CALL_RINGING;
}

bool call_is_live(const struct call_record *record)
{
    return call_is_unanswered(record) || record->state == CALL_ANSWERED;
}

bool call_is_open(const struct call_record *record)
{
    return record->closed_at == 0;
}

bool call_has_robot(const struct call_record *record)
{
    return record->robot == ROBOT_JOINING || record->robot == ROBOT_WAITING ||
           record->robot == ROBOT_PLAYING;
}

bool call_has_party(const struct call_record *record, const char *uid)
{
    return *uid && (strcmp(record->src_uid, uid) == 0 || strcmp(record->dst_uid, uid) == 0);
}

void call_record_to_call(const struct call_record *record, struct call *ret)
{
    *ret = (struct call){ 0 };
    COPY_TEXT(ret->call_id, record->call_id);
    COPY_TEXT(ret->channel, record->channel);
    COPY_TEXT(ret->src_uid, record->src_uid);
    COPY_TEXT(ret->dst_uid, record->dst_uid);
    ret->kind = record->kind;
    ret->status = call_state_status(record->state);
    *stpncpy(ret->_status_label, call_state_label(record->state), sizeof ret->_status_label - 1) =
        '\0';
    ret->state = record->state;
    ret->reason = record->reason;
    ret->ended_by = record->ended_by;
    ret->robot = record->robot;
    ret->created_at = record->created_at;
    ret->answered_at = record->answered_at;
    ret->ended_at = record->ended_at;
    ret->ring_expires_at = record->ring_expires_at;
}

void call_record_to_inside(const struct call_record *record, struct call_inside *ret)
{
    *ret = (struct call_inside){ 0 };
    ret->id = record->id;
    ret->open = call_is_open(record);
    COPY_TEXT(ret->robot_id, record->robot_id);
    COPY_TEXT(ret->audio, record->audio);
    ret->seq = record->seq;
    COPY_TEXT(ret->node, record->node);
}

void call_record_to_started(const struct call_record *record, struct call_started *ret)
{
    *ret = (struct call_started){ 0 };
    COPY_TEXT(ret->call_id, record->call_id);
    COPY_TEXT(ret->channel, record->channel);
    ret->ring_expires_at = record->ring_expires_at;
    ret->state = record->state;
    ret->robot = record->robot;
    COPY_TEXT(ret->robot_id, record->robot_id);
}

void call_record_to_channel_state(const struct call_record *record, struct channel_state *ret)
{
    *ret = (struct channel_state){ 0 };
    COPY_TEXT(ret->channel, record->channel);
    ret->known = true;
    ret->open = call_is_open(record);
    ret->robot = record->robot;
    COPY_TEXT(ret->robot_id, record->robot_id);
}

void call_record_to_media_channel(const struct call_record *record, struct media_channel *ret)
{
    *ret = (struct media_channel){ 0 };
    ret->id = record->id;
    COPY_TEXT(ret->channel, record->channel);
    COPY_TEXT(ret->node, record->node);
    COPY_TEXT(ret->src_uid, record->src_uid);
    COPY_TEXT(ret->dst_uid, record->dst_uid);
    ret->src_entered = record->src_entered_at != 0;
    ret->dst_entered = record->dst_entered_at != 0;
    ret->robot = record->robot;
    COPY_TEXT(ret->robot_id, record->robot_id);
}

void call_record_to_orphan(const struct call_record *record, int64_t now_ms,
                           struct orphan_robot *ret)
{
    *ret = (struct orphan_robot){ 0 };
    COPY_TEXT(ret->channel, record->channel);
    COPY_TEXT(ret->robot_id, record->robot_id);
    COPY_TEXT(ret->audio, record->audio);
    ret->robot = record->robot;
    if (record->robot_started_at != 0 && now_ms > record->robot_started_at)
        ret->played_ms = now_ms - record->robot_started_at;
}
