/* call_logic_media.c - what the robots and the media plane do to a call */
#include "callsvc/call_logic_inside.h"

#include <string.h>

enum error call_logic_robot_claim(struct call_record *record, const struct robot_claim *asked,
                                  int64_t now_ms, struct changes *changes)
{
    enum robot_input input = *asked->instead_of ? ROBOT_INPUT_REPLACE : ROBOT_INPUT_CLAIM;

    if (*asked->uid && !call_has_party(record, asked->uid))
        return ERROR_NOT_A_PARTY;
    if (!call_is_open(record))
        return ERROR_CALL_ENDED;
    if (*asked->instead_of && strcmp(record->robot_id, asked->instead_of) != 0)
        return ERROR_NONE;
    if (!call_take_robot_step(record, input, now_ms, changes))
        return ERROR_NONE;
    COPY_TEXT(record->robot_id, asked->robot_id);
    COPY_TEXT(record->audio, asked->audio);
    COPY_TEXT(record->robot_replica, asked->replica);
    /* One that takes another's place goes on where that one was. */
    if (input == ROBOT_INPUT_CLAIM)
        record->robot_started_at = 0;
    return ERROR_NONE;
}

void call_follow_robot(struct call_record *record, int64_t now_ms, struct changes *changes)
{
    if (record->robot == ROBOT_DONE && !call_take_step(record, INPUT_ROBOT_DONE, now_ms, changes) &&
        !call_is_live(record))
        call_close_channel(record, now_ms, changes);
    if (record->robot == ROBOT_FAILED)
        (void)call_take_step(record, INPUT_ROBOT_FAILED, now_ms, changes);
}

enum error call_logic_robot_update(struct call_record *record, const struct robot_update *asked,
                                   int64_t now_ms, struct changes *changes)
{
    static const struct {
        enum robot_state told;
        enum robot_input input;
    } meanings[] = {
        {ROBOT_WAITING,  ROBOT_INPUT_JOINED },
        { ROBOT_PLAYING, ROBOT_INPUT_PLAYING},
        { ROBOT_DONE,    ROBOT_INPUT_DONE   },
        { ROBOT_FAILED,  ROBOT_INPUT_FAILED },
    };

    if (strcmp(record->robot_id, asked->robot_id) != 0)
        return ERROR_WRONG_STATE;
    if (record->robot == asked->robot)
        return ERROR_NONE;
    for (size_t i = 0; i < COUNT_OF(meanings); i++) {
        if (meanings[i].told != asked->robot)
            continue;
        if (!call_take_robot_step(record, meanings[i].input, now_ms, changes))
            break;
        if (record->robot == ROBOT_PLAYING && record->robot_started_at == 0)
            record->robot_started_at = now_ms;
        if (record->robot == ROBOT_PLAYING)
            record->robot_audio_ms = asked->audio_ms;
        call_follow_robot(record, now_ms, changes);
        return ERROR_NONE;
    }
    return ERROR_WRONG_STATE;
}

enum error call_logic_media_claim(struct call_record *record, const struct media_claim *asked,
                                  struct changes *changes)
{
    if (!call_is_open(record))
        return ERROR_CALL_ENDED;
    if (*record->node)
        return ERROR_NONE;
    COPY_TEXT(record->node, asked->node);
    changes->is_changed = true;
    return ERROR_NONE;
}

/* When the party was in the room first. */
static int64_t *find_entered_at(struct call_record *record, const char *uid)
{
    return strcmp(record->src_uid, uid) == 0 ? &record->src_entered_at : &record->dst_entered_at;
}

enum error call_logic_media_update(struct call_record *record, const struct media_update *asked,
                                   int64_t now_ms, struct changes *changes)
{
    int64_t *entered_at = find_entered_at(record, asked->uid);

    if (!call_has_party(record, asked->uid))
        return ERROR_NOT_A_PARTY;
    if (!call_is_open(record))
        return ERROR_NONE;
    if (asked->media == MEDIA_ENTERED && *entered_at == 0) {
        *entered_at = now_ms;
        changes->is_changed = true;
    }
    if (asked->media == MEDIA_LOST && *entered_at != 0)
        (void)call_take_step(record, INPUT_MEDIA_LOST, now_ms, changes);
    return ERROR_NONE;
}
