/* crew.h - all robots of this process and the channels they are in, told to callsvc and corrected
 * by it */
#pragma once

#include "common/bus_client.h"
#include "robotsvc/robot.h"

struct crew;

/* Who waits for a robot: called once, from a loop turn. */
typedef void crew_wait_function(void *context, const struct robot *robot, enum error error,
                                const struct call *call);

struct crew_options {
    struct loop *loop;
    struct media *media;
    struct bus_client *callsvc;
    void (*on_empty)(void *context); /* the last robot is gone */
    void *context;
};

struct crew *crew_new(const struct crew_options *options);
struct crew *crew_free(struct crew *crew); /* nobody is called */
DEFINE_AUTO(struct crew *, crew_free)

/* A new robot, which callsvc expects, joins. `function` hears how that went; NULL for one that is
 * adopted. plan->mark is not used. */
void crew_add(struct crew *crew, const struct robot_plan *plan, crew_wait_function *function,
              void *context);

/* Wait for a robot that is on its way. False, and no call, if none such is here. */
bool crew_wait(struct crew *crew, const char *channel, const char *robot_id,
               crew_wait_function *function, void *context) MUST_CHECK;

/* The robot is here, whatever it does. */
bool crew_has(struct crew *crew, const char *channel, const char *robot_id);

/* The node is there again: the robots that it had join again. */
void crew_take_node(struct crew *crew, const char *node);

/* What callsvc has published of a call: the room of one that is over ends. */
void crew_take_event(struct crew *crew, const char *channel, const struct call_inside *inside);

/* The channels whose robot or room is here. */
void crew_each_channel(struct crew *crew, void (*function)(void *context, const char *channel),
                       void *context);

/* The number of the youngest robot: callsvc knows it, and all before it, when it is asked now. */
uint64_t crew_youngest(const struct crew *crew);

/* What callsvc answered when it was asked with `youngest` there. */
void crew_take_state(struct crew *crew, const struct channel_state *state, uint64_t youngest);

bool crew_is_empty(const struct crew *crew);
