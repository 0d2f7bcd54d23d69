/* delivery.h - one row of the outbox in somebody's hand: what is to be sent, and what came of it
 *
 * A value of its own, without a pointer into the store: it travels from the store's thread to the
 * lane's and back. */
#pragma once

#include "callsvc/call_record.h"

enum {
    DEVICE_TOKEN_MOST = 1024,
    ALERT_TOKEN_MOST = 512,
    APP_MOST = 155,
    DELIVERY_SAID_MOST = 95,
};

/* Numbers are stored. */
enum delivery_kind {
    DELIVERY_RING = 1, /* wake the callee's device */
    DELIVERY_MISSED,   /* tell it of a call that nobody answered */
    DELIVERY_WEBHOOK,
};

enum delivery_outcome {
    OUTCOME_NONE,
    OUTCOME_SENT,
    OUTCOME_LATER,   /* again at `due_at` */
    OUTCOME_DROPPED, /* never: `reason` */
};

/* Why a delivery was given up. */
enum drop_reason {
    DROP_NONE,
    DROP_LATE,        /* its time has passed */
    DROP_CALL_OVER,   /* nothing rings any more */
    DROP_DEVICE_GONE, /* unregistered, or somebody else's now */
    DROP_DEVICE_DEAD, /* the push service does not know it any more */
    DROP_REFUSED,     /* the receiver will never take it: a dead letter */
    DROP_REASONS
};

/* What was learned of the device. */
enum device_verdict {
    DEVICE_KEPT,
    DEVICE_DEAD,  /* remove it, unless it was registered after `verdict_at` */
    DEVICE_MOVED, /* it is of the delivery's environment, the same */
};

struct delivery {
    struct delivery *next;

    int64_t row;
    int64_t lease;
    char message_id[CALL_ID_LENGTH + 1]; /* the receiver's, the same in every attempt */
    unsigned queue;                      /* outbox_plan.h */
    enum delivery_kind kind;
    unsigned attempts;  /* that have failed */
    int64_t made_at;    /* when what it tells of happened */
    int64_t expires_at; /* not sent after that */
    int64_t call;       /* number of the call */

    /* of a push */
    int64_t device;
    int64_t registered_at;
    enum push_environment environment;
    char token[DEVICE_TOKEN_MOST + 1]; /* of a missed call: the one for alerts, if there is one */
    char app[APP_MOST + 1];
    char call_id[CALL_ID_LENGTH + 1];
    char channel[CHANNEL_MOST + 1];
    char caller_uid[UID_MOST + 1];
    int64_t ring_expires_at;

    char *body; /* of a webhook */

    /* What came of it. */
    enum delivery_outcome outcome;
    enum drop_reason reason;
    int64_t due_at;
    char said[DELIVERY_SAID_MOST + 1]; /* the receiver's last answer, for the log */
    enum device_verdict verdict;
    int64_t verdict_at;

    /* The sender's, while he has it. */
    int64_t sent_at_us; /* steady clock: when the latest attempt began */
    unsigned moves;     /* to another connection, without an answer */
    bool has_tried_other_environment;
    bool has_tried_fresh_token;
};

struct delivery *delivery_new(void);
struct delivery *delivery_free(struct delivery *delivery); /* this one alone */
DEFINE_AUTO(struct delivery *, delivery_free)
struct delivery *delivery_free_all(struct delivery *first); /* and all that are linked to it */
DEFINE_AUTO(struct delivery *, delivery_free_all)

/* First in, first out. Zeroed, it is empty. */
struct delivery_list {
    struct delivery *first;
    struct delivery *last;
    size_t count;
};
void delivery_list_add(struct delivery_list *list, struct delivery *delivery);
struct delivery *delivery_list_take(struct delivery_list *list);     /* NULL: it is empty */
struct delivery *delivery_list_take_all(struct delivery_list *list); /* linked */

/* What came of it, for who sent it. */
void delivery_sent(struct delivery *delivery);
void delivery_drop(struct delivery *delivery, enum drop_reason reason);
/* Again at once, by way of the store, which knows whether it is still to be sent. */
void delivery_return(struct delivery *delivery, int64_t now_ms);
/* Again after so long; dropped as too late if that is after it expires. */
void delivery_postpone(struct delivery *delivery, int64_t now_ms, int64_t wait_ms);

/* "ring", "missed", "webhook"; "late", "call_over" … */
const char *delivery_kind_name(enum delivery_kind kind);
const char *drop_reason_name(enum drop_reason reason);
