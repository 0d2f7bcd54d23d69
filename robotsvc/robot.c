/* robot.c - one robot's life */
#include "robotsvc/robot.h"

#include "common/clock.h"
#include "common/memory.h"
#include "robotsvc/copy_text.h"

#include <stdlib.h>

enum robot_input {
#define LIFE(id, label, meaning)
#define INPUT(id, meaning) id,
#define STEP(from, input, to, action)
#include "robotsvc/robot_life.def"
#undef LIFE
#undef INPUT
#undef STEP
};

static const char *const labels[LIVES] = {
#define LIFE(id, label, meaning) [id] = "state=\"" label "\"",
#define INPUT(id, meaning)
#define STEP(from, input, to, action)
#include "robotsvc/robot_life.def"
#undef LIFE
#undef INPUT
#undef STEP
};

void robot_world_init(struct robot_world *world)
{
    for (int life = 0; life < LIVES; life++) {
        world->living[life] = 0;
        world->gauges[life] = metric_gauge("dapi_robots", labels[life], "robots of this process");
    }
}

bool robot_may_tell_again(enum error error)
{
    return error == ERROR_UNAVAILABLE || error == ERROR_STORE_UNAVAILABLE ||
           error == ERROR_TIMEOUT || error == ERROR_OVERLOADED || error == ERROR_INTERNAL;
}

static void count(struct robot_world *world, enum robot_life life, int64_t more)
{
    world->living[life] += more;
    metric_set(world->gauges[life], world->living[life]);
}

static void settle(struct robot *robot, enum error error, const struct call *call)
{
    const struct robot_owner *owner = &robot->world->owner;

    if (robot->is_settled)
        return;
    robot->is_settled = true;
    owner->on_settled(owner->context, robot, error, call);
}

/* callsvc takes one step after the other; only failing is possible from anywhere. */
static enum robot_state next_to_tell(const struct robot *robot)
{
    static const enum robot_state after[] = {
        [ROBOT_JOINING] = ROBOT_WAITING,
        [ROBOT_WAITING] = ROBOT_PLAYING,
        [ROBOT_PLAYING] = ROBOT_DONE,
    };

    return robot->wanted == ROBOT_FAILED ? ROBOT_FAILED : after[robot->told];
}

/* Say what is still to be said. Nothing may touch the robot after this: it may be gone. */
static void tell_or_go(void *context)
{
    struct robot *robot = context;
    const struct robot_owner *owner = &robot->world->owner;

    if (robot->telling)
        return;
    if (!robot->is_silent && robot->told != robot->wanted) {
        robot->telling = next_to_tell(robot);
        owner->tell(owner->context, robot, robot->telling);
    } else if (robot->life == LIFE_OUT) {
        owner->on_gone(owner->context, robot);
    }
}

static void set_timer(struct robot *robot, int64_t steady_ms, loop_timer_function *function)
{
    loop_set_timer(robot->world->loop, &robot->timer, steady_ms, function, robot);
}

static void leave_channel(struct robot *robot)
{
    loop_clear_timer(robot->world->loop, &robot->timer);
    if (robot->seat)
        robot->world->media->plane->leave(robot->seat);
    robot->seat = NULL;
}

/* What the steps of robot_life.def do. */

/* One that has played before goes on where it would be by now. */
static void play(struct robot *robot)
{
    int64_t now_ms = clock_steady_ms();

    loop_clear_timer(robot->world->loop, &robot->timer);
    robot->wanted = ROBOT_PLAYING;
    if (!robot->started_ms)
        robot->started_ms = now_ms;
    robot->world->media->plane->play(robot->seat, robot->recording, now_ms - robot->started_ms);
}

static void finish(struct robot *robot)
{
    robot->wanted = ROBOT_DONE;
    leave_channel(robot);
}

static void fail(struct robot *robot)
{
    robot->wanted = ROBOT_FAILED;
    leave_channel(robot);
    settle(robot, ERROR_MEDIA_UNAVAILABLE, NULL);
}

static void go(struct robot *robot)
{
    robot->is_silent = true;
    leave_channel(robot);
    settle(robot, ERROR_CALL_ENDED, NULL);
}

static void announce(struct robot *robot);
static void await_listener(struct robot *robot);
static void drift(struct robot *robot);
static void join(struct robot *robot);

static const struct step {
    enum robot_life from;
    enum robot_input input;
    enum robot_life to;
    void (*action)(struct robot *robot);
} steps[] = {
#define LIFE(id, label, meaning)
#define INPUT(id, meaning)
#define STEP(from, input, to, action) { from, input, to, action },
#include "robotsvc/robot_life.def"
#undef LIFE
#undef INPUT
#undef STEP
};

static void take_step(struct robot *robot, enum robot_input input)
{
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        if (steps[i].from != robot->life || steps[i].input != input)
            continue;
        count(robot->world, robot->life, -1);
        robot->life = steps[i].to;
        count(robot->world, robot->life, 1);
        steps[i].action(robot);
        return;
    }
}

static void on_late(void *context)
{
    take_step(context, INPUT_LATE);
    tell_or_go(context);
}

/* callsvc knows already of one that was there before its node went away. */
static void announce(struct robot *robot)
{
    if (robot->told == ROBOT_JOINING)
        robot->wanted = ROBOT_WAITING;
    else
        take_step(robot, INPUT_ACCEPTED);
}

static bool is_over(const struct robot *robot)
{
    const struct recording *recording = robot->recording;
    int64_t played_ms = clock_steady_ms() - robot->started_ms;

    return robot->started_ms && recording_packet_at(recording, played_ms) == recording->count;
}

/* It may have been there before the robot was. */
static void await_listener(struct robot *robot)
{
    set_timer(robot, clock_steady_ms() + robot->world->patience_ms, on_late);
    if (is_over(robot))
        take_step(robot, INPUT_PLAYED);
    else if (robot->has_listener)
        take_step(robot, INPUT_LISTENER);
}

static void drift(struct robot *robot)
{
    leave_channel(robot);
    robot->has_listener = false;
    set_timer(robot, clock_steady_ms() + robot->world->adrift_ms, on_late);
}

static void on_joined(void *context)
{
    take_step(context, INPUT_JOINED);
    tell_or_go(context);
}

static void on_listener(void *context)
{
    struct robot *robot = context;

    robot->has_listener = true;
    take_step(robot, INPUT_LISTENER);
    tell_or_go(robot);
}

static void on_played(void *context)
{
    take_step(context, INPUT_PLAYED);
    tell_or_go(context);
}

/* Who waits for the robot is not kept waiting for its node. */
static void on_lost(void *context)
{
    struct robot *robot = context;
    const struct media *media = robot->world->media;
    bool is_cut = robot->is_settled && !media->plane->is_node_there(media, robot->node);

    take_step(robot, is_cut ? INPUT_CUT : INPUT_LOST);
    tell_or_go(robot);
}

static const struct media_watcher watcher = {
    .on_joined = on_joined,
    .on_listener = on_listener,
    .on_played = on_played,
    .on_lost = on_lost,
};

static void enter(struct robot *robot, int64_t until_ms)
{
    struct media *media = robot->world->media;

    set_timer(robot, until_ms, on_late);
    robot->seat =
        media->plane->join(media, robot->node, robot->channel, robot->robot_id, &watcher, robot);
}

static void join(struct robot *robot)
{
    enter(robot, clock_steady_ms() + ROBOT_JOIN_MS);
}

struct robot *robot_new(struct robot_world *world, const struct robot_plan *plan)
{
    struct robot *robot = must_alloc(1, sizeof *robot);

    robot->world = world;
    robot->mark = plan->mark;
    COPY_TEXT(robot->channel, plan->channel);
    COPY_TEXT(robot->node, plan->node);
    COPY_TEXT(robot->robot_id, plan->robot_id);
    COPY_TEXT(robot->traceparent, plan->traceparent);
    robot->since_seq = plan->since_seq;
    robot->join_until_ms = plan->join_until_ms;
    robot->recording = plan->recording;
    robot->started_ms = plan->from_ms > 0 ? clock_steady_ms() - plan->from_ms : 0;
    robot->is_settled = plan->is_adopted;
    robot->life = LIFE_JOINING;
    robot->told = ROBOT_JOINING;
    robot->wanted = ROBOT_JOINING;
    count(world, LIFE_JOINING, 1);
    enter(robot, plan->join_until_ms);
    return robot;
}

struct robot *robot_free(struct robot *robot)
{
    if (!robot)
        return NULL;
    leave_channel(robot);
    loop_clear_timer(robot->world->loop, &robot->tell_timer);
    count(robot->world, robot->life, -1);
    free(robot);
    return NULL;
}

/* callsvc is away. Who waits for the robot cannot be kept waiting; a robot that plays plays on. */
static void tell_again_later(struct robot *robot, enum error error)
{
    if (robot->life == LIFE_ANNOUNCED && !robot->is_settled) {
        settle(robot, error, NULL);
        take_step(robot, INPUT_LOST);
    }
    loop_set_timer(robot->world->loop, &robot->tell_timer,
                   clock_steady_ms() + robot->world->tell_again_ms, tell_or_go, robot);
}

void robot_told(struct robot *robot, enum error error, const struct call *call)
{
    enum robot_state told = robot->telling;

    robot->telling = robot_state_unset;
    if (robot_may_tell_again(error)) {
        tell_again_later(robot, error);
        return;
    }
    if (error == ERROR_NONE) {
        robot->told = told;
        settle(robot, ERROR_NONE, call);
        take_step(robot, INPUT_ACCEPTED);
    } else {
        robot->is_silent = true;
        settle(robot, error, NULL);
        take_step(robot, INPUT_UNWANTED);
    }
    tell_or_go(robot);
}

void robot_node_is_back(struct robot *robot)
{
    take_step(robot, INPUT_BACK);
    tell_or_go(robot);
}

void robot_dismiss(struct robot *robot)
{
    take_step(robot, INPUT_UNWANTED);
    tell_or_go(robot);
}
