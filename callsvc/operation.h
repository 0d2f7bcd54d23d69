/* operation.h - one thing that the store is asked to do, and what came of it */
#pragma once

#include "callsvc/call_logic.h"
#include "callsvc/delivery.h"

enum operation_kind {
    OPERATION_START = 1,
    OPERATION_MESSAGES,
    OPERATION_RING,
    OPERATION_ANSWER,
    OPERATION_REJECT,
    OPERATION_END,
    OPERATION_JOIN,
    OPERATION_HISTORY,
    OPERATION_EVENTS,
    OPERATION_ROBOT_CLAIM,
    OPERATION_ROBOT_UPDATE,
    OPERATION_CHANNELS_CHECK,
    OPERATION_PARTIES,
    OPERATION_MEDIA_CLAIM,
    OPERATION_MEDIA_UPDATE,
    OPERATION_MEDIA_LIST,
    OPERATION_REPLICA_BEAT,
    OPERATION_DEVICE_REGISTER,
    OPERATION_DEVICE_UNREGISTER,
    OPERATION_OUTBOX_TAKE,   /* the outbox's own: rows that are due, under a lease */
    OPERATION_OUTBOX_SETTLE, /* what came of rows that were taken */
    OPERATION_EXPIRE,        /* a timer: asked by the store itself (store_take_due) */
    OPERATION_KINDS
};

enum {
    MESSAGES_MOST = 100,
    MESSAGES_RECENT_MS = 60 * 1000,
    MEDIA_LIST_MOST = 500, /* channels of one page */
    SESSIONS_MOST = 1000,  /* of one replica */
    ORPHANS_MOST = 100,    /* robots, and as many sessions, of one answer */
};

/* An event that was written, in the order in which it happened. */
struct operation_event {
    int64_t seq;
    enum event_type type;
    unsigned hidden; /* enum event_hidden */
};

/* A new call's keys in the store's indexes. */
struct start_keys {
    int64_t channel;
    int64_t caller;
    int64_t callee; /* of nobody, if nobody is called by his uid */
    int64_t pair;   /* of caller and callee */
    int64_t back;   /* of callee and caller */
};

struct operation {
    enum operation_kind kind;
    union {
        struct call_start start;
        struct call_messages messages;
        struct call_ring ring;
        struct call_answer answer;
        struct call_reject reject;
        struct call_end end;
        struct call_join join;
        struct call_history history;
        struct events_since events_since;
        struct robot_claim claim;
        struct robot_update update;
        struct call_parties parties;
        struct media_claim media_claim;
        struct media_update media_update;
        struct media_list media_list;
        struct replica_beat beat;
        struct device_register *device;      /* large, so held apart; freed by operation_done */
        struct device_unregister *no_device; /* the same */
        const unsigned *outbox_room;         /* take: how many rows of each queue */
        const struct delivery *settled;      /* settle: linked */
        int64_t expire;                      /* the call's id */
    } asked;

    /* What came of it; zero before. */
    enum error error;          /* refused: nothing was changed */
    struct fault fault;        /* with ERROR_BAD_FIELD */
    struct call_record record; /* the call after it, where it was about one */
    bool is_redial;
    bool is_glare;
    bool is_replayed;    /* the Idempotency-Key was seen before: the record is what came of it */
    int64_t token_floor; /* when the asker's last token for the channel ends; 0: there is none */
    enum call_state state_before; /* unset: the call is new */
    bool was_open;                /* the channel, before; false of a new call */
    int64_t due_before;           /* the store's own */
    struct start_keys keys;       /* the same */
    unsigned event_count;
    struct operation_event events[CHANGES_MOST];

    /* messages, history: the calls, newest first; media_list: by ascending id; events: the call of
     * each event as it was just after it. Freed by operation_done. */
    struct call_record *records;
    size_t record_count;
    struct event *happened; /* events: as many as records, by ascending seq. Freed too. */
    struct event_list told; /* events: what is said of them */
    /* channels_check: each with its channel, from the asker; the rest is filled in. Freed too. */
    struct channel_state *channels;
    size_t channel_count;
    /* replica_beat: the asker's sessions; what he should adopt takes their place. Freed too. */
    struct media_session *sessions;
    size_t session_count;
    struct orphan_robot *robots;
    size_t robot_count;
    size_t other_count;              /* robotsvcs that live beside the asker */
    struct delivery_list deliveries; /* outbox_take. Freed too. */
    int64_t device_count;            /* device_register, device_unregister: the uid's devices now */
};

/* Free what it holds. */
void operation_done(struct operation *operation);

bool operation_writes(enum operation_kind kind);
