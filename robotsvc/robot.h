/* robot.h - one robot's life, from the way into a channel to the last word to callsvc.
 *
 * A robot knows the media plane and its owner, nothing else: the owner tells callsvc for it,
 * answers who waits for it, and frees it when it is gone. Its steps are in robot_life.def. */
#pragma once

#include "common/bus.h"
#include "common/loop.h"
#include "common/messages/call.h"
#include "common/metrics.h"
#include "robotsvc/media.h"

enum {
    ROBOT_ID_LENGTH = 20, /* of those that are made here */
    ROBOT_PATIENCE_MS = 30000,
    ROBOT_TELL_AGAIN_MS = 500,
    ROBOT_ADRIFT_MS = 60000, /* how long a robot's node may be away */
    ROBOT_JOIN_MS = 10000,   /* for the way into the channel when it is back */
};

enum robot_life {
#define LIFE(id, label, meaning) id,
#define INPUT(id, meaning)
#define STEP(from, input, to, action)
#include "robotsvc/robot_life.def"
#undef LIFE
#undef INPUT
#undef STEP
    LIVES,
};

struct robot;

/* A robot's owner. Called from loop turns, and from within robot_told and robot_dismiss. */
struct robot_owner {
    /* Tell callsvc where the robot stands now, with a robot_update; robot_told answers, once. */
    void (*tell)(void *context, struct robot *robot, enum robot_state state);
    /* Once: callsvc knows that it is in the channel (ERROR_NONE and the call as it is then), or it
     * will never be there. */
    void (*on_settled)(void *context, struct robot *robot, enum error error,
                       const struct call *call);
    /* The last call for it: it has left, and callsvc knows. robot_free is allowed here. */
    void (*on_gone)(void *context, struct robot *robot);
    void *context;
};

/* What all robots of a process share. */
struct robot_world {
    struct loop *loop;
    struct media *media;
    int64_t patience_ms; /* for a listener: ROBOT_PATIENCE_MS */
    int64_t tell_again_ms;
    int64_t adrift_ms; /* ROBOT_ADRIFT_MS */
    struct robot_owner owner;
    int64_t living[LIVES];
    struct metric *gauges[LIVES];
};

/* Make the metrics; the rest is the caller's. */
void robot_world_init(struct robot_world *world);

struct robot {
    struct robot_world *world;
    void *mark; /* the owner's own */
    char channel[CHANNEL_MOST + 1];
    char node[MEDIA_NODE_MOST + 1]; /* that the channel is on */
    char robot_id[ROBOT_ID_MOST + 1];
    char traceparent[TRACEPARENT_LENGTH + 1]; /* of the request that made it */
    int64_t since_seq; /* what callsvc published of the call up to here is older than the robot */
    int64_t join_until_ms;
    const struct recording *recording;
    int64_t started_ms; /* steady time at which it began to play; 0 if it has not */
    enum robot_life life;
    enum robot_state told;    /* what callsvc has accepted */
    enum robot_state wanted;  /* what callsvc is to know in the end */
    enum robot_state telling; /* what it is asked about just now; unset: nothing */
    bool is_silent;           /* callsvc does not want to hear more */
    bool has_listener;
    bool is_settled;
    struct media_seat *seat;
    struct loop_timer timer;
    struct loop_timer tell_timer;
};

struct robot_plan {
    const char *channel;
    const char *node; /* of the media plane, where the channel is */
    const char *robot_id;
    const char *traceparent;
    int64_t since_seq;
    int64_t join_until_ms; /* steady time */
    const struct recording *recording;
    int64_t from_ms; /* where in it to begin: it takes the place of one that played */
    bool is_adopted; /* nobody waits for it to join: it takes its time if its node is away */
    void *mark;
};

/* A robot that begins to join; callsvc expects it. The owner frees it. */
struct robot *robot_new(struct robot_world *world, const struct robot_plan *plan);
struct robot *robot_free(struct robot *robot);

/* What callsvc said to what was told: ERROR_NONE and `call`, or an error. */
void robot_told(struct robot *robot, enum error error, const struct call *call);

/* Its node is there again. */
void robot_node_is_back(struct robot *robot);

/* It is not wanted any more: callsvc knows already. */
void robot_dismiss(struct robot *robot);

/* callsvc may know better after a while: it is away, or the store is. */
bool robot_may_tell_again(enum error error);
