/* outcomes.c - events and metrics of operations */
#include "callsvc/outcomes.h"

#include "callsvc/call_state.h"
#include "common/memory.h"
#include "common/metrics.h"

#include <stdlib.h>
#include <string.h>

struct outcomes {
    struct metric *made[CALL_ROBOT + 1];
    struct metric *ended[CALL_FAILED + 1];
    struct metric *answer_seconds;
    struct metric *media_lost;
    struct metric *orphans;
};

// clang-format off
static const char *const kind_labels[] = {
    [CALL_USER]  = "kind=\"user\"",
    [CALL_ROBOT] = "kind=\"robot\"",
};
static const char *const state_labels[] = {
    [CALL_COMPLETED] = "state=\"completed\"",
    [CALL_REJECTED]  = "state=\"rejected\"",
    [CALL_CANCELLED] = "state=\"cancelled\"",
    [CALL_MISSED]    = "state=\"missed\"",
    [CALL_BUSY]      = "state=\"busy\"",
    [CALL_FAILED]    = "state=\"failed\"",
};
// clang-format on

struct outcomes *outcomes_new(void)
{
    struct outcomes *outcomes = must_alloc(1, sizeof *outcomes);

    for (enum call_kind kind = CALL_USER; kind <= CALL_ROBOT; kind++)
        outcomes->made[kind] =
            metric_counter("dapi_calls_made_total", kind_labels[kind], "calls that were made");
    for (enum call_state state = CALL_COMPLETED; state <= CALL_FAILED; state++)
        outcomes->ended[state] =
            metric_counter("dapi_calls_ended_total", state_labels[state], "calls that ended");
    outcomes->answer_seconds = metric_long_seconds(
        "dapi_call_answer_seconds", "", "from the beginning of a call to a user to its answer");
    outcomes->media_lost =
        metric_counter("dapi_calls_media_lost_total", "",
                       "calls that ended because a party was gone from the channel");
    outcomes->orphans =
        metric_counter("dapi_orphans_offered_total", "",
                       "robots and media sessions of robotsvcs that are gone, offered to others");
    return outcomes;
}

struct outcomes *outcomes_free(struct outcomes *outcomes)
{
    free(outcomes);
    return NULL;
}

static bool is_just_answered(const struct operation *o)
{
    return o->record.kind == CALL_USER && o->record.state == CALL_ANSWERED &&
           o->state_before != CALL_ANSWERED;
}

static void count(struct outcomes *outcomes, const struct operation *o)
{
    if (o->kind == OPERATION_REPLICA_BEAT)
        metric_add(outcomes->orphans, o->robot_count + o->session_count);
    if (o->event_count == 0)
        return;
    if (o->state_before == call_state_unset)
        metric_add(outcomes->made[o->record.kind], 1);
    if (is_just_answered(o))
        metric_observe_us(outcomes->answer_seconds,
                          (o->record.answered_at - o->record.created_at) * 1000);
    if (call_is_live(&o->record) || o->record.state == o->state_before)
        return;
    metric_add(outcomes->ended[o->record.state], 1);
    if (o->record.reason == REASON_MEDIA_LOST)
        metric_add(outcomes->media_lost, 1);
}

static void publish_to(struct event_publisher *events, const char *uid, struct event *event,
                       const struct call *call, const struct call_inside *inside)
{
    if (!*uid)
        return;
    memcpy(event->to, uid, sizeof event->to);
    event_publish(events, event_shard(uid), event, call, inside);
}

/* robotsvcs care for the call: it has or had a robot, or its room is on a media node. */
static bool is_robotsvcs(const struct call_record *record)
{
    return record->robot != ROBOT_NONE || *record->node;
}

/* A channel that outlives its call closes without an event, for its parties were told of the end:
 * robotsvcs are told the call's last one again, of which they take the state. */
static void tell_of_close(struct event_publisher *events, const struct operation *o,
                          struct event *event, const struct call *call, struct call_inside *inside)
{
    event->type = call_state_event(o->record.state);
    event->seq = inside->seq = o->record.seq;
    event_publish(events, EVENT_SHARD_ROBOTS, event, call, inside);
}

void outcomes_tell(struct outcomes *outcomes, struct event_publisher *events,
                   const struct operation *o, int64_t now_ms)
{
    bool is_theirs = is_robotsvcs(&o->record);
    bool must_tell_close = is_theirs && o->was_open && !call_is_open(&o->record);
    struct event event = { .at = now_ms };
    struct call_inside inside;
    struct call call;

    count(outcomes, o);
    if (o->event_count == 0 && !must_tell_close)
        return;
    call_record_to_call(&o->record, &call);
    call_record_to_inside(&o->record, &inside);
    for (unsigned i = 0; i < o->event_count; i++) {
        event.type = o->events[i].type;
        event.seq = inside.seq = o->events[i].seq;
        if (is_theirs && event.type != EVENT_TOKEN_EXPIRING) {
            event_publish(events, EVENT_SHARD_ROBOTS, &event, &call, &inside);
            must_tell_close = false;
        }
        if (!(o->events[i].hidden & HIDDEN_FROM_CALLER))
            publish_to(events, call.src_uid, &event, &call, &inside);
        if (!(o->events[i].hidden & HIDDEN_FROM_CALLEE))
            publish_to(events, call.dst_uid, &event, &call, &inside);
    }
    if (must_tell_close)
        tell_of_close(events, o, &event, &call, &inside);
}
