/* call_logic.h - what each verb and each timer does to a call. Pure: no store, no clock.
 *
 * Functions that return an enum error leave the record and *changes as they were when they refuse;
 * `changes` is zeroed by the caller. */
#pragma once

#include "callsvc/call_record.h"
#include "common/errors.h"

enum {
    CHANGES_MOST = 4,
    ROBOT_JOIN_MS = 15 * 1000,    /* a robot joins within this time, or has failed */
    ROBOT_LISTEN_MS = 45 * 1000,  /* robotsvc itself gives up after 30 s without a listener */
    ROBOT_OVERDUE_MS = 90 * 1000, /* robotsvc itself gives up after 60 s without a media node */
    CHANNEL_LINGER_MS =
        120 * 1000, /* a declined or missed call's channel stays open without a robot */
};

struct call_rules {
    bool refuses_busy;       /* DAPI_BUSY=reject */
    int64_t most_call_ms;    /* DAPI_MAX_CALL_SECONDS */
    int64_t live_calls_most; /* of a uid, DAPI_LIVE_CALLS_PER_UID; 0: no limit */
    int64_t token_ms;        /* DAPI_TOKEN_SECONDS; 0: tokens are not watched */
};

/* What happened to a call: what the store must write and tell. */
struct changes {
    bool is_changed;  /* the call differs from what is stored */
    bool has_claimed; /* its dst_uid was set: there is a new party */
    unsigned count;
    enum event_type events[CHANGES_MOST];
    unsigned hidden[CHANGES_MOST]; /* of each event: enum event_hidden */
};

/* Refuses what no call can be made of: ERROR_BAD_FIELD with *reterr filled in. */
enum error call_logic_check_start(const struct call_start *asked, struct fault *reterr);

/* How a call_start is to be understood, given the calls that stand (NULL: there is none). */
enum start_decision {
    START_NEW,
    START_SAME,   /* the channel's call is this one: the request came before */
    START_TAKEN,  /* the channel's call is another one */
    START_REDIAL, /* the caller's own call to this uid */
    START_GLARE,  /* the callee's call to this caller */
};
enum start_decision call_logic_decide_start(const struct call_start *asked,
                                            const struct call_record *same,
                                            const struct call_record *redial,
                                            const struct call_record *glare);

/* Make *record of a checked call_start; a call to somebody who `is_busy` is over at once. */
void call_logic_make(const struct call_start *asked, bool is_busy, int64_t now_ms,
                     struct call_record *record, struct changes *changes);
/* The caller of `asked` answers by it the call that rings him; again: nothing changes. */
void call_logic_glare(struct call_record *record, const struct call_start *asked, int64_t now_ms,
                      struct changes *changes);

/* The caller of `asked` enters by it his call that rings; it is known again by its channel. */
void call_logic_redial(struct call_record *record, const struct call_start *asked,
                       struct changes *changes);

/* The uid's device rings, answers, or declines. `device_id` may be empty. */
enum error call_logic_ring(struct call_record *record, const char *uid, int64_t now_ms,
                           struct changes *changes);
enum error call_logic_answer(struct call_record *record, const struct call_answer *asked,
                             int64_t now_ms, struct changes *changes);
enum error call_logic_reject(struct call_record *record, const struct call_reject *asked,
                             int64_t now_ms, struct changes *changes);

enum error call_logic_end(struct call_record *record, const struct call_end *asked, int64_t now_ms,
                          struct changes *changes);
enum error call_logic_join(const struct call_record *record, const char *uid);
enum error call_logic_robot_claim(struct call_record *record, const struct robot_claim *asked,
                                  int64_t now_ms, struct changes *changes);
enum error call_logic_robot_update(struct call_record *record, const struct robot_update *asked,
                                   int64_t now_ms, struct changes *changes);

/* The channel's room is on this node, if it is on none yet. */
enum error call_logic_media_claim(struct call_record *record, const struct media_claim *asked,
                                  struct changes *changes);
/* A party entered the room; or one that had is lost, which ends an answered call. All else changes
 * nothing: an unanswered call has its timers, and a party may use another way to talk. */
enum error call_logic_media_update(struct call_record *record, const struct media_update *asked,
                                   int64_t now_ms, struct changes *changes);

/* A token is signed for the party now, if the channel is open. When the one before ends: the new
 * one ends no earlier. 0: there was none. */
int64_t call_logic_note_token(struct call_record *record, const char *uid,
                              const struct call_rules *rules, int64_t now_ms,
                              struct changes *changes);

/* When something happens to the call by itself; INT64_MAX: nothing does. */
int64_t call_logic_due(const struct call_record *record, const struct call_rules *rules);
/* Do what is due by now. */
void call_logic_expire(struct call_record *record, const struct call_rules *rules, int64_t now_ms,
                       struct changes *changes);
