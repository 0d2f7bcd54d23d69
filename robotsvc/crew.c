/* crew.c - all robots of this process and the channels they are in */
#include "robotsvc/crew.h"

#include "common/clock.h"
#include "common/memory.h"
#include "robotsvc/channels.h"
#include "robotsvc/copy_text.h"
#include "robotsvc/list.h"
#include "robotsvc/reply.h"

#include <stdlib.h>
#include <string.h>

enum { TELL_MOST_MS = 5000, TELL_LEAST_MS = 500 };

struct waiter {
    struct list entry;
    crew_wait_function *function;
    void *context;
};

/* A robot, and what is kept beside it. */
struct member {
    struct list entry; /* of its channel's members */
    struct crew *crew;
    struct channel *channel;
    struct robot *robot;
    uint64_t number;
    struct list waiters;
};

struct crew {
    struct crew_options options;
    struct robot_world world;
    struct channels channels;
    size_t members;
    uint64_t youngest;
};

static void forget_channel_if_done(struct channel *channel)
{
    if (channel->is_closed && list_is_empty(&channel->members))
        channels_forget(channel);
}

static void free_member(struct member *member)
{
    struct list *first;

    while ((first = list_take_first(&member->waiters)) != NULL)
        free(LIST_MEMBER(first, struct waiter, entry));
    list_remove(&member->entry);
    member->crew->members--;
    robot_free(member->robot);
    free(member);
}

/* Call `function` with each robot of the channel; it may end that one. */
static void each_robot(struct channel *channel, void (*function)(struct robot *robot))
{
    struct list *at = list_first(&channel->members);

    while (at) {
        struct member *member = LIST_MEMBER(at, struct member, entry);

        at = list_after(&channel->members, at);
        function(member->robot);
    }
}

/* Robots leave first, and none of them can take the channel along: it is marked as closed only
 * then. */
static void close_channel(struct crew *crew, struct channel *channel)
{
    struct media *media = crew->options.media;

    if (channel->is_closed)
        return;
    each_robot(channel, robot_dismiss);
    channel->is_closed = true;
    media->plane->close_room(media, channel->node, channel->name);
    forget_channel_if_done(channel);
}

/* A robot call is over with its robot: its end is not waited for, as this process may be ending. */
static void on_told(void *context, const struct bus_reply *reply)
{
    struct member *member = context;
    struct crew *crew = member->crew;
    struct channel *channel = member->channel;
    struct call call = { 0 };
    enum error error = reply_read(reply, call_message(), &call);
    bool is_over = error == ERROR_NONE && call.kind == CALL_ROBOT && call.ended_at != 0;
    bool must_close = is_over && !channel->is_closed;

    robot_told(member->robot, error, &call);
    if (must_close)
        close_channel(crew, channel);
}

static int64_t tell_deadline_ms(const struct robot *robot, enum robot_state state)
{
    int64_t now_ms = clock_steady_ms();

    if (state != ROBOT_WAITING)
        return now_ms + TELL_MOST_MS;
    return robot->join_until_ms > now_ms + TELL_LEAST_MS ? robot->join_until_ms
                                                         : now_ms + TELL_LEAST_MS;
}

static void tell(void *context, struct robot *robot, enum robot_state state)
{
    struct crew *crew = context;
    struct robot_update update = { .robot = state, .audio_ms = recording_ms(robot->recording) };
    struct bus_ask ask = {
        .message = robot_update_message(),
        .body = &update,
        .deadline_ms = tell_deadline_ms(robot, state),
        .traceparent = state == ROBOT_WAITING ? robot->traceparent : "",
        .on_reply = on_told,
        .context = robot->mark,
    };

    COPY_TEXT(update.channel, robot->channel);
    COPY_TEXT(update.robot_id, robot->robot_id);
    bus_client_ask(crew->options.callsvc, &ask);
}

static void on_settled(void *context, struct robot *robot, enum error error,
                       const struct call *call)
{
    struct member *member = robot->mark;
    struct list *first;

    (void)context;
    while ((first = list_take_first(&member->waiters)) != NULL) {
        struct waiter *waiter = LIST_MEMBER(first, struct waiter, entry);

        waiter->function(waiter->context, robot, error, call);
        free(waiter);
    }
}

static void on_gone(void *context, struct robot *robot)
{
    struct crew *crew = context;
    struct member *member = robot->mark;
    struct channel *channel = member->channel;

    free_member(member);
    forget_channel_if_done(channel);
    if (crew->members == 0)
        crew->options.on_empty(crew->options.context);
}

struct crew *crew_new(const struct crew_options *options)
{
    struct crew *crew = must_alloc(1, sizeof *crew);

    crew->options = *options;
    crew->world = (struct robot_world){
        .loop = options->loop,
        .media = options->media,
        .patience_ms = ROBOT_PATIENCE_MS,
        .tell_again_ms = ROBOT_TELL_AGAIN_MS,
        .adrift_ms = ROBOT_ADRIFT_MS,
        .owner = {.tell = tell, .on_settled = on_settled, .on_gone = on_gone, .context = crew},
    };
    robot_world_init(&crew->world);
    channels_init(&crew->channels);
    return crew;
}

static void free_channel(void *context, struct channel *channel)
{
    struct list *first;

    (void)context;
    while ((first = list_first(&channel->members)) != NULL)
        free_member(LIST_MEMBER(first, struct member, entry));
    channels_forget(channel);
}

struct crew *crew_free(struct crew *crew)
{
    if (!crew)
        return NULL;
    channels_each(&crew->channels, free_channel, NULL);
    free(crew);
    return NULL;
}

static void add_waiter(struct member *member, crew_wait_function *function, void *context)
{
    struct waiter *waiter = must_alloc(1, sizeof *waiter);

    waiter->function = function;
    waiter->context = context;
    list_append(&member->waiters, &waiter->entry);
}

void crew_add(struct crew *crew, const struct robot_plan *plan, crew_wait_function *function,
              void *context)
{
    struct member *member = must_alloc(1, sizeof *member);
    struct robot_plan marked = *plan;

    member->crew = crew;
    member->channel = channels_make(&crew->channels, plan->channel);
    COPY_TEXT(member->channel->node, plan->node);
    member->number = ++crew->youngest;
    list_init(&member->waiters);
    list_append(&member->channel->members, &member->entry);
    crew->members++;
    if (function)
        add_waiter(member, function, context);
    marked.mark = member;
    member->robot = robot_new(&crew->world, &marked);
}

static struct member *find_member(const struct channel *channel, const char *robot_id)
{
    const struct list *members = &channel->members;

    for (struct list *at = list_first(members); at; at = list_after(members, at)) {
        struct member *member = LIST_MEMBER(at, struct member, entry);

        if (strcmp(member->robot->robot_id, robot_id) == 0)
            return member;
    }
    return NULL;
}

bool crew_wait(struct crew *crew, const char *channel_name, const char *robot_id,
               crew_wait_function *function, void *context)
{
    const struct channel *channel = channels_find(&crew->channels, channel_name);
    struct member *member = channel ? find_member(channel, robot_id) : NULL;

    if (!member || member->robot->is_settled)
        return false;
    add_waiter(member, function, context);
    return true;
}

bool crew_has(struct crew *crew, const char *channel_name, const char *robot_id)
{
    const struct channel *channel = channels_find(&crew->channels, channel_name);

    return channel && find_member(channel, robot_id);
}

static void bring_back(void *context, struct channel *channel)
{
    const char *const *node = context;

    if (strcmp(channel->node, *node) == 0)
        each_robot(channel, robot_node_is_back);
}

void crew_take_node(struct crew *crew, const char *node)
{
    channels_each(&crew->channels, bring_back, &node);
}

/* callsvc says which robot has the channel's place; those that are younger than its word do not
 * mind. */
static void keep_only(struct channel *channel, const char *robot_id, uint64_t youngest, int64_t seq)
{
    struct list *at = list_first(&channel->members);

    while (at) {
        const struct member *member = LIST_MEMBER(at, struct member, entry);
        struct robot *robot = member->robot;

        at = list_after(&channel->members, at);
        if (member->number <= youngest && seq > robot->since_seq &&
            strcmp(robot->robot_id, robot_id) != 0)
            robot_dismiss(robot);
    }
}

/* A channel without a robot may have a room all the same: whichever robotsvc let clients in. */
void crew_take_event(struct crew *crew, const char *channel_name, const struct call_inside *inside)
{
    struct channel *channel = channels_find(&crew->channels, channel_name);
    struct media *media = crew->options.media;

    if (channel && inside->open)
        keep_only(channel, inside->robot_id, crew->youngest, inside->seq);
    else if (channel)
        close_channel(crew, channel);
    else if (media && !inside->open && inside->node[0])
        media->plane->close_room(media, inside->node, channel_name);
}

/* What crew_each_channel was given. */
struct visit {
    void (*function)(void *context, const char *channel);
    void *context;
};

static void visit_if_open(void *context, struct channel *channel)
{
    const struct visit *visit = context;

    if (!channel->is_closed)
        visit->function(visit->context, channel->name);
}

void crew_each_channel(struct crew *crew, void (*function)(void *context, const char *channel),
                       void *context)
{
    struct visit visit = { function, context };

    channels_each(&crew->channels, visit_if_open, &visit);
}

uint64_t crew_youngest(const struct crew *crew)
{
    return crew->youngest;
}

void crew_take_state(struct crew *crew, const struct channel_state *state, uint64_t youngest)
{
    struct channel *channel = channels_find(&crew->channels, state->channel);

    if (!channel)
        return;
    if (!state->known || !state->open)
        close_channel(crew, channel);
    else
        keep_only(channel, state->robot_id, youngest, INT64_MAX);
}

bool crew_is_empty(const struct crew *crew)
{
    return crew->members == 0;
}
