/* janus_seat.c - a robot's place in a room of the bridge */
#include "robotsvc/janus_plane.h"

#include "common/clock.h"
#include "common/memory.h"
#include "robotsvc/copy_text.h"
#include "robotsvc/janus_link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPUS_PAYLOAD_TYPE = 111, /* the bridge's own, on its way from a robot */
    /* What Janus and the listener still hold when the last packet has had its time. */
    TAIL_MS = 200,
};

struct media_seat {
    struct list entry;
    struct janus_plane *plane;
    struct janus_node *node; /* NULL if it is not configured */
    char channel[CHANNEL_MOST + 1];
    char robot_id[ROBOT_ID_MOST + 1];
    const struct media_watcher *watcher;
    void *context;
    bool is_joining; /* Janus' answers are on their way: to the robot's request … */
    bool is_looking; /* … and to who is there already */
    bool is_joined;
    bool has_listener;
    bool is_lost;
    bool is_leaving;
    struct rtp_target target;
    struct pacer_stream *stream;
    struct loop_timer timer; /* the tail */
};

static void free_seat(struct media_seat *seat)
{
    list_remove(&seat->entry);
    loop_clear_timer(seat->plane->options.loop, &seat->timer);
    free(seat);
}

/* A request without an answer may have been heard: the robot is taken out of the room anyway. Not
 * so when the node is away: the robot may be in the room again by the time that is back. */
static void go_on_leaving(struct media_seat *seat)
{
    struct janus_plane *plane = seat->plane;

    if (seat->is_joining || seat->is_looking || seat->stream)
        return;
    if (seat->node && janus_session_is_there(seat->node->session))
        janus_chore_remove_robot(seat->node, seat->channel, seat->robot_id);
    free_seat(seat);
    janus_chores_go(plane);
    janus_plane_go_if_done(plane);
}

static void tell_lost(struct media_seat *seat)
{
    if (seat->is_leaving) {
        go_on_leaving(seat);
    } else if (!seat->is_lost) {
        seat->is_lost = true;
        seat->watcher->on_lost(seat->context);
    }
}

static void tell_of_listener(struct media_seat *seat)
{
    if (!seat->is_joined || seat->has_listener || seat->is_lost || seat->is_leaving)
        return;
    seat->has_listener = true;
    seat->watcher->on_listener(seat->context);
}

static int read_target(const struct janus_answer *answer, struct rtp_target *ret)
{
    uint64_t port = janus_read_number(answer->data, "port");
    uint64_t ssrc = janus_read_number(answer->data, "ssrc");
    int r = answer->r;

    if (r == 0 && (port > UINT16_MAX || ssrc == 0))
        r = -EPROTO;
    if (r == 0)
        r = rtp_target_from(janus_read_text(answer->data, "ip"), (int64_t)port, OPUS_PAYLOAD_TYPE,
                            ret);
    if (r == 0)
        ret->ssrc = (uint32_t)ssrc;
    return r;
}

static void on_looked(void *context, const struct janus_answer *answer)
{
    struct media_seat *seat = context;

    seat->is_looking = false;
    if (seat->is_leaving)
        go_on_leaving(seat);
    else if (janus_list_has_listener(answer->data, seat->channel))
        tell_of_listener(seat);
}

/* Who was up before the robot came is not told of. */
static void look_for_listener(struct media_seat *seat)
{
    seat->is_looking = true;
    janus_ask(seat->plane, seat->node,
              json_pack("{s:s, s:s}", "request", "list", "room", seat->channel), on_looked, seat);
}

static void on_join_answered(void *context, const struct janus_answer *answer)
{
    struct media_seat *seat = context;
    int r = read_target(answer, &seat->target);

    seat->is_joining = false;
    if (r < 0 || seat->is_leaving || seat->is_lost) {
        tell_lost(seat);
        return;
    }
    seat->is_joined = true;
    look_for_listener(seat);
    seat->watcher->on_joined(seat->context);
}

struct media_seat *janus_seat_join(struct media *media, const char *node, const char *channel,
                                   const char *robot_id, const struct media_watcher *watcher,
                                   void *context)
{
    struct janus_plane *plane = (struct janus_plane *)media;
    struct media_seat *seat = must_alloc(1, sizeof *seat);

    seat->plane = plane;
    seat->node = janus_find_node(plane, node);
    COPY_TEXT(seat->channel, channel);
    COPY_TEXT(seat->robot_id, robot_id);
    seat->watcher = watcher;
    seat->context = context;
    seat->is_joining = true;
    list_append(&plane->seats, &seat->entry);
    if (seat->node)
        janus_chore_spare_robot(seat->node, channel, robot_id);
    janus_ask(plane, seat->node,
              json_pack("{s:s, s:s, s:s, s:s, s:i}", "request", "robot", "room", channel, "id",
                        robot_id, "ip", plane->options.rtp_address, "port",
                        pacer_port(plane->pacer)),
              on_join_answered, seat);
    return seat;
}

static void on_tail_over(void *context)
{
    struct media_seat *seat = context;

    seat->watcher->on_played(seat->context);
}

static void on_stream_ended(void *context, bool is_whole)
{
    struct media_seat *seat = context;

    seat->stream = NULL;
    if (seat->is_leaving)
        go_on_leaving(seat);
    else if (is_whole && !seat->is_lost)
        loop_set_timer(seat->plane->options.loop, &seat->timer, clock_steady_ms() + TAIL_MS,
                       on_tail_over, seat);
}

void janus_seat_play(struct media_seat *seat, const struct recording *recording, int64_t from_ms)
{
    if (seat->is_joined && !seat->is_lost && !seat->stream)
        seat->stream = pacer_play(seat->plane->pacer, recording, from_ms, &seat->target,
                                  on_stream_ended, seat);
}

void janus_seat_leave(struct media_seat *seat)
{
    seat->is_leaving = true;
    loop_clear_timer(seat->plane->options.loop, &seat->timer);
    if (seat->stream)
        pacer_stop(seat->stream);
    else
        go_on_leaving(seat);
}

void janus_seats_hear_of_listener(struct janus_node *node, const char *channel)
{
    const struct list *seats = &node->plane->seats;
    struct list *at = list_first(seats);

    while (at) {
        struct media_seat *seat = LIST_MEMBER(at, struct media_seat, entry);

        at = list_after(seats, at);
        if (seat->node == node && strcmp(seat->channel, channel) == 0)
            tell_of_listener(seat);
    }
}

/* Who is told so leaves at once: nobody else does. */
void janus_seats_lose(struct janus_node *node)
{
    const struct list *seats = &node->plane->seats;
    struct list *at = list_first(seats);

    while (at) {
        struct media_seat *seat = LIST_MEMBER(at, struct media_seat, entry);

        at = list_after(seats, at);
        if (seat->node != node || seat->is_leaving)
            continue;
        if (seat->stream)
            pacer_stop(seat->stream);
        tell_lost(seat);
    }
}

bool janus_seats_hold(const struct janus_node *node)
{
    const struct list *seats = &node->plane->seats;

    for (struct list *at = list_first(seats); at; at = list_after(seats, at)) {
        if (LIST_MEMBER(at, struct media_seat, entry)->node == node)
            return true;
    }
    return false;
}

bool janus_seats_are_on_their_way(const struct janus_node *node, const char *channel)
{
    const struct list *seats = &node->plane->seats;

    for (struct list *at = list_first(seats); at; at = list_after(seats, at)) {
        const struct media_seat *seat = LIST_MEMBER(at, struct media_seat, entry);

        if (seat->is_joining && seat->node == node && strcmp(seat->channel, channel) == 0)
            return true;
    }
    return false;
}

void janus_seats_free(struct janus_plane *plane)
{
    struct list *first;

    while ((first = list_first(&plane->seats)) != NULL)
        free_seat(LIST_MEMBER(first, struct media_seat, entry));
}
