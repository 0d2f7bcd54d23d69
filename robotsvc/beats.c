/* beats.c - tells callsvc that this robotsvc lives, and adopts what others have left */
#include "robotsvc/beats.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/metrics.h"
#include "robotsvc/claim.h"
#include "robotsvc/copy_text.h"
#include "robotsvc/list.h"
#include "robotsvc/reply.h"

#include <stdlib.h>
#include <string.h>

struct beats {
    struct beats_options options;
    struct loop_timer timer;
    struct buffer sessions; /* the next beat's bulk */
    struct list adoptions;
    struct metric *adopted;
    bool has_left;
    void (*on_alone)(void *context);
    void *alone_context;
};

/* A robot that callsvc is asked for. */
struct adoption {
    struct list entry;
    struct beats *beats;
    const struct recording *recording;
    int64_t started_ms; /* steady; 0 if it had not begun to play */
    int64_t since_seq;
    struct robot_claim claim;
};

static void free_adoption(struct adoption *adoption)
{
    list_remove(&adoption->entry);
    free(adoption);
}

/* The old stream ends first: it may still be there, for the plane has nobody to miss. */
static void bring_robot(const struct adoption *adoption, const char *node)
{
    const struct beats_options *options = &adoption->beats->options;
    const struct robot_claim *claim = &adoption->claim;
    int64_t now_ms = clock_steady_ms();
    struct robot_plan plan = {
        .channel = claim->channel,
        .robot_id = claim->robot_id,
        .node = node,
        .traceparent = "",
        .since_seq = adoption->since_seq,
        .join_until_ms = now_ms + BEATS_JOIN_MS,
        .recording = adoption->recording,
        .from_ms = adoption->started_ms ? now_ms - adoption->started_ms : 0,
        .is_adopted = true,
    };

    options->media->plane->remove_robot(options->media, node, claim->channel, claim->instead_of);
    crew_add(options->crew, &plan, NULL, NULL);
    metric_add(adoption->beats->adopted, 1);
}

/* A robot without a node, or whose node is away, waits a while and then says that it failed. */
static void on_node(void *context, enum error error, const char *node)
{
    struct adoption *adoption = context;

    (void)error;
    if (!adoption->beats->has_left)
        bring_robot(adoption, node);
    free_adoption(adoption);
}

/* Its robotsvc died before the channel had a room. False if no node can have it now. */
static bool find_node(struct adoption *adoption)
{
    const struct beats_options *options = &adoption->beats->options;

    return claim_node(&(struct claim_ask){ .media = options->media,
                                           .callsvc = options->callsvc,
                                           .channel = adoption->claim.channel,
                                           .deadline_ms = clock_steady_ms() + BEATS_CLAIM_MS,
                                           .traceparent = "",
                                           .function = on_node,
                                           .context = adoption });
}

/* True if the robot is this process' now. */
static bool read_claimed(const struct adoption *adoption, const struct bus_reply *reply,
                         struct call_inside *ret)
{
    struct bytes bulk = reply->bulk;
    struct fault fault;
    struct call call;

    return reply_read(reply, call_message(), &call) == ERROR_NONE &&
           message_next(call_inside_message(), &bulk, ret, &fault) == 0 &&
           strcmp(ret->robot_id, adoption->claim.robot_id) == 0;
}

/* Whatever callsvc refuses was another's, or is over. */
static void on_claimed(void *context, const struct bus_reply *reply)
{
    struct adoption *adoption = context;
    struct call_inside inside;

    if (read_claimed(adoption, reply, &inside) && !adoption->beats->has_left) {
        adoption->since_seq = inside.seq;
        if (!inside.node[0] && find_node(adoption))
            return;
        bring_robot(adoption, inside.node);
    }
    free_adoption(adoption);
}

static void claim(struct beats *beats, const struct orphan_robot *orphan,
                  const struct recording *recording)
{
    struct adoption *adoption = must_alloc(1, sizeof *adoption);
    struct bus_ask ask = {
        .message = robot_claim_message(),
        .body = &adoption->claim,
        .deadline_ms = clock_steady_ms() + BEATS_CLAIM_MS,
        .traceparent = "",
        .on_reply = on_claimed,
        .context = adoption,
    };

    adoption->beats = beats;
    adoption->recording = recording;
    if (orphan->robot == ROBOT_PLAYING || orphan->played_ms > 0)
        adoption->started_ms = clock_steady_ms() - orphan->played_ms;
    COPY_TEXT(adoption->claim.channel, orphan->channel);
    COPY_TEXT(adoption->claim.audio, orphan->audio);
    COPY_TEXT(adoption->claim.replica, beats->options.replica);
    COPY_TEXT(adoption->claim.instead_of, orphan->robot_id);
    random_text(adoption->claim.robot_id, ROBOT_ID_LENGTH);
    list_append(&beats->adoptions, &adoption->entry);
    bus_client_ask(beats->options.callsvc, &ask);
}

/* True unless the list could not be read so far: what comes after it cannot be read either. */
static bool take_robots(struct beats *beats, struct bytes *list, int64_t count)
{
    struct orphan_robot orphan;
    struct fault fault;

    for (int64_t i = 0; i < count; i++) {
        const struct recording *recording;

        if (message_next(orphan_robot_message(), list, &orphan, &fault) < 0)
            return false;
        recording = catalogue_find(beats->options.catalogue, orphan.audio);
        if (recording && media_is_there(beats->options.media))
            claim(beats, &orphan, recording);
    }
    return true;
}

static void take_sessions(struct beats *beats, struct bytes list, int64_t count)
{
    struct media_session session;
    struct fault fault;

    for (int64_t i = 0; i < count; i++) {
        if (message_next(media_session_message(), &list, &session, &fault) < 0)
            return;
        keeper_adopt(beats->options.keeper, session.node, session.session);
    }
}

static void take_orphans(struct beats *beats, const struct replica_orphans *orphans,
                         struct bytes bulk)
{
    if (orphans->robots > 0 || orphans->sessions > 0)
        log_info("a robotsvc is gone: %lld robots and %lld sessions to adopt",
                 (long long)orphans->robots, (long long)orphans->sessions);
    if (take_robots(beats, &bulk, orphans->robots))
        take_sessions(beats, bulk, orphans->sessions);
}

/* What is offered again after a lost answer is claimed again: callsvc decides. */
static void on_beaten(void *context, const struct bus_reply *reply)
{
    struct beats *beats = context;
    struct replica_orphans orphans;

    if (!beats->has_left && reply_read(reply, replica_orphans_message(), &orphans) == ERROR_NONE)
        take_orphans(beats, &orphans, reply->bulk);
}

/* What a beat is put together from. */
struct roll {
    struct beats *beats;
    int64_t count;
};

static void add_session(void *context, const char *node, int64_t number)
{
    struct roll *roll = context;
    struct media_session session = { .session = number };

    if (roll->count == BEATS_MOST_SESSIONS)
        return;
    COPY_TEXT(session.node, node);
    message_to_msgpack(media_session_message(), &session, &roll->beats->sessions);
    roll->count++;
}

static void on_left(void *context, const struct bus_reply *reply)
{
    struct beats *beats = context;
    struct replica_orphans orphans;

    if (reply_read(reply, replica_orphans_message(), &orphans) != ERROR_NONE || orphans.others == 0)
        beats->on_alone(beats->alone_context);
}

static void say(struct beats *beats, bool is_leaving)
{
    struct media *media = beats->options.media;
    struct roll roll = { .beats = beats };
    struct replica_beat body = { .leaving = is_leaving, .cut_off = !media_is_there(media) };
    struct bus_ask ask = {
        .message = replica_beat_message(),
        .body = &body,
        .deadline_ms = clock_steady_ms() + BEATS_ASK_MS,
        .traceparent = "",
        .on_reply = is_leaving ? on_left : on_beaten,
        .context = beats,
    };

    buffer_clear(&beats->sessions);
    media->plane->each_session(media, add_session, &roll);
    COPY_TEXT(body.replica, beats->options.replica);
    body.sessions = roll.count;
    ask.bulk = (struct bytes){ beats->sessions.data, beats->sessions.size };
    bus_client_ask(beats->options.callsvc, &ask);
}

static void beat(void *context)
{
    struct beats *beats = context;

    say(beats, false);
    loop_set_timer(beats->options.loop, &beats->timer, clock_steady_ms() + beats->options.pause_ms,
                   beat, beats);
}

struct beats *beats_new(const struct beats_options *options)
{
    struct beats *beats = must_alloc(1, sizeof *beats);

    beats->options = *options;
    list_init(&beats->adoptions);
    beats->adopted = metric_counter("dapi_robots_adopted_total", "",
                                    "robots of robotsvcs that died, which came here");
    loop_set_timer(options->loop, &beats->timer, clock_steady_ms(), beat, beats);
    return beats;
}

struct beats *beats_free(struct beats *beats)
{
    struct list *first;

    if (!beats)
        return NULL;
    loop_clear_timer(beats->options.loop, &beats->timer);
    while ((first = list_first(&beats->adoptions)) != NULL)
        free_adoption(LIST_MEMBER(first, struct adoption, entry));
    buffer_done(&beats->sessions);
    free(beats);
    return NULL;
}

void beats_take_node(struct beats *beats)
{
    if (!beats->has_left)
        loop_set_timer(beats->options.loop, &beats->timer, clock_steady_ms(), beat, beats);
}

void beats_leave(struct beats *beats, void (*on_alone)(void *context), void *context)
{
    beats->has_left = true;
    beats->on_alone = on_alone;
    beats->alone_context = context;
    loop_clear_timer(beats->options.loop, &beats->timer);
    say(beats, true);
}
