/* call_record.h - everything that is stored of a call, and how it looks in messages */
#pragma once

#include "common/messages/call.h"

enum {
    DEVICE_MOST = 128,
    ROBOT_ID_MOST = 32,
    AUDIO_MOST = 64,
    REPLICA_MOST = 16,
    NODE_MOST = 128,
};

/* A value, with every text inside. Texts are empty and times 0 when there is nothing. */
struct call_record {
    int64_t id;
    char call_id[CALL_ID_LENGTH + 1];
    char channel[CHANNEL_MOST + 1];
    char src_uid[UID_MOST + 1];
    char dst_uid[UID_MOST + 1]; /* empty: nobody yet, or a robot call */
    enum call_kind kind;
    enum call_state state;
    enum call_reason reason;
    enum call_ender ended_by;
    enum robot_state robot;
    int64_t created_at;
    int64_t answered_at;
    int64_t ended_at;
    int64_t closed_at; /* when the channel closed; 0 while it is open */
    int64_t ring_expires_at;
    int64_t robot_at;                      /* the robot's last change */
    int64_t robot_started_at;              /* when it began to play; kept when another takes over */
    int64_t robot_audio_ms;                /* how long what it plays is; 0: it did not say */
    int64_t src_entered_at;                /* when the caller was in the channel's room first */
    int64_t dst_entered_at;                /* the same of the callee */
    char device_id[DEVICE_MOST + 1];       /* the callee's device that answered */
    char robot_id[ROBOT_ID_MOST + 1];      /* the robot's participant, also of one that has left */
    char robot_replica[REPLICA_MOST + 1];  /* the robotsvc that plays it */
    char audio[AUDIO_MOST + 1];            /* what the robot plays */
    char node[NODE_MOST + 1];              /* the media node that holds the channel's room */
    char glare_channel[CHANNEL_MOST + 1];  /* minted for the call that answered this one by glare */
    char redial_channel[CHANNEL_MOST + 1]; /* minted for the latest redial that entered this one */
    int64_t src_token_until; /* when the caller's last token ends; 0: none was signed */
    int64_t dst_token_until; /* the same of the callee */
    int64_t token_warned;    /* who was told that it soon ends: enum token_party */
    int64_t seq;             /* the latest event's number */
};

enum token_party { TOKEN_CALLER = 1, TOKEN_CALLEE = 2 };

/* What of an event a party was not told, or the call did not have yet: bits. */
enum event_hidden {
    HIDDEN_FROM_CALLER = 1, /* the caller was not told */
    HIDDEN_FROM_CALLEE = 2, /* the callee was not told */
    HIDDEN_CALLEE = 4,      /* nobody was the callee yet */
};

/* States 0 and 1: it may still be answered. */
bool call_is_unanswered(const struct call_record *record);
/* States 0 to 2. */
bool call_is_live(const struct call_record *record);
/* Tokens, rooms and robots are allowed in the channel: all the time the call lives; when it was
 * declined or missed also afterwards, until closed_at. */
bool call_is_open(const struct call_record *record);
/* A robot is in the channel or on its way. */
bool call_has_robot(const struct call_record *record);
bool call_has_party(const struct call_record *record, const char *uid);

void call_record_to_call(const struct call_record *record, struct call *ret);
void call_record_to_inside(const struct call_record *record, struct call_inside *ret);
/* `redial` and `glare` are left false. */
void call_record_to_started(const struct call_record *record, struct call_started *ret);
/* Of a channel that is known. */
void call_record_to_channel_state(const struct call_record *record, struct channel_state *ret);
/* Of an open channel that a node holds. */
void call_record_to_media_channel(const struct call_record *record, struct media_channel *ret);
/* Of a call with a robot. */
void call_record_to_orphan(const struct call_record *record, int64_t now_ms,
                           struct orphan_robot *ret);
