/* keeper.c - compares what is in the rooms with what callsvc knows, and puts it right */
#include "robotsvc/keeper.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/metrics.h"
#include "robotsvc/copy_text.h"
#include "robotsvc/keeper_parties.h"
#include "robotsvc/keeper_rooms.h"
#include "robotsvc/keeper_sessions.h"
#include "robotsvc/keeper_survey.h"
#include "robotsvc/reply.h"

#include <stdlib.h>
#include <string.h>

enum kind {
    KIND_CLOSED,
    KIND_EMPTY,
    KIND_ROBOT,
    KIND_PARTY,
    KIND_SESSION,
    KINDS,
};

static const char *const labels[KINDS] = {
    [KIND_CLOSED] = "kind=\"closed\"",   [KIND_EMPTY] = "kind=\"empty\"",
    [KIND_ROBOT] = "kind=\"robot\"",     [KIND_PARTY] = "kind=\"party\"",
    [KIND_SESSION] = "kind=\"session\"",
};

/* What is remembered of a node from survey to survey. */
struct node {
    struct keeper *keeper;
    const struct survey_node *survey;
    struct keeper_rooms rooms;
    struct keeper_parties parties;
};

struct keeper {
    struct keeper_options options;
    struct keeper_survey survey;
    struct keeper_sessions sessions;
    struct node *nodes; /* in the survey's order */
    struct loop_timer timer;
    unsigned empty_answers;
    size_t budget;
    size_t done[KINDS]; /* after this survey, at one node, for the log */
    struct metric *strays[KINDS];
    bool is_stopped;
};

static void count(struct keeper *keeper, enum kind kind)
{
    keeper->done[kind]++;
    metric_add(keeper->strays[kind], 1);
}

/* What was not heard is said again after the next survey. */
static void on_entered_told(void *context, const struct bus_reply *reply)
{
    (void)context;
    (void)reply;
}

/* A call that still rings does not end by it: it is said again until that is answered, or over. */
static void on_lost_told(void *context, const struct bus_reply *reply)
{
    const struct keeper *keeper = context;
    struct call call;

    if (reply_read(reply, call_message(), &call) != ERROR_NONE || call.reason != REASON_MEDIA_LOST)
        return;
    metric_add(keeper->strays[KIND_PARTY], 1);
    log_info("ended a call: a party that was there is gone for %d s", KEEPER_LOST_MS / 1000);
}

static void tell(void *context, const char *channel, const char *uid, enum media_change change)
{
    struct keeper *keeper = context;
    struct media_update update = { .media = change };
    struct bus_ask ask = {
        .message = media_update_message(),
        .body = &update,
        .deadline_ms = clock_steady_ms() + KEEPER_TELL_MS,
        .traceparent = "",
        .on_reply = change == MEDIA_LOST ? on_lost_told : on_entered_told,
        .context = keeper,
    };

    COPY_TEXT(update.channel, channel);
    COPY_TEXT(update.uid, uid);
    bus_client_ask(keeper->options.callsvc, &ask);
}

static void on_stray(void *context, enum stray_room stray, const struct media_room *room)
{
    const struct node *node = context;
    struct keeper *keeper = node->keeper;
    struct media *media = keeper->options.media;

    if (stray != STRAY_ROBOT) {
        count(keeper, stray == STRAY_CLOSED ? KIND_CLOSED : KIND_EMPTY);
        media->plane->close_room(media, node->survey->url, room->channel);
    } else if (!crew_has(keeper->options.crew, room->channel, room->robot_id)) {
        count(keeper, KIND_ROBOT);
        media->plane->remove_robot(media, node->survey->url, room->channel, room->robot_id);
    }
}

static void on_idle_session(void *context, const char *node, int64_t session)
{
    struct keeper *keeper = context;
    struct media *media = keeper->options.media;

    count(keeper, KIND_SESSION);
    media->plane->drop(media, node, session);
}

static void log_done(const struct keeper *keeper, const char *node)
{
    const size_t *done = keeper->done;
    size_t sum = 0;

    for (int kind = 0; kind < KINDS; kind++)
        sum += done[kind];
    if (sum > 0)
        log_info("ended strays at %s: %zu rooms (closed channel), %zu rooms (empty), "
                 "%zu robots, %zu sessions (idle)",
                 node, done[KIND_CLOSED], done[KIND_EMPTY], done[KIND_ROBOT], done[KIND_SESSION]);
}

static void look_after(struct node *node, int64_t now_ms)
{
    struct keeper *keeper = node->keeper;
    const struct keeper_list *list = &node->survey->list;
    const struct keeper_book *book = &keeper->survey.book;
    const char *url = node->survey->url;

    memset(keeper->done, 0, sizeof keeper->done);
    keeper_rooms_look(&node->rooms, list, book, now_ms, &keeper->budget, on_stray, node);
    keeper_parties_look(&node->parties, url, list, book, now_ms, tell, keeper);
    keeper_sessions_look(&keeper->sessions, url, list, on_idle_session, keeper);
    log_done(keeper, url);
}

/* The next survey has none before it to agree with. */
static void pass_over(struct node *node)
{
    keeper_rooms_forget(&node->rooms);
    keeper_parties_pause(&node->parties);
}

/* A store that was lost, or put back from a copy, would have everybody put out. */
static bool is_believable(struct keeper *keeper, bool is_whole)
{
    if (!is_whole)
        return false;
    if (keeper->survey.open_count > 0)
        keeper->empty_answers = 0;
    else if (keeper->empty_answers < KEEPER_EMPTY_ANSWERS)
        keeper->empty_answers++;
    return keeper->survey.open_count > 0 || keeper->empty_answers == KEEPER_EMPTY_ANSWERS;
}

static void begin_survey(void *context)
{
    struct keeper *keeper = context;

    keeper_survey_begin(&keeper->survey);
}

static void on_survey(void *context, bool is_whole)
{
    struct keeper *keeper = context;
    bool can_act = is_believable(keeper, is_whole);
    int64_t now_ms = clock_steady_ms();

    if (keeper->is_stopped)
        return;
    keeper->budget = KEEPER_BUDGET;
    for (size_t i = 0; i < keeper->survey.node_count; i++) {
        if (can_act && keeper->survey.nodes[i].is_listed)
            look_after(&keeper->nodes[i], now_ms);
        else
            pass_over(&keeper->nodes[i]);
    }
    loop_set_timer(keeper->options.loop, &keeper->timer, now_ms + keeper->options.pause_ms,
                   begin_survey, keeper);
}

struct keeper *keeper_new(const struct keeper_options *options)
{
    struct keeper *keeper = must_alloc(1, sizeof *keeper);
    int64_t now_ms = clock_steady_ms();

    keeper->options = *options;
    keeper->survey = (struct keeper_survey){ .media = options->media,
                                             .callsvc = options->callsvc,
                                             .function = on_survey,
                                             .context = keeper };
    keeper_survey_init(&keeper->survey);
    keeper->nodes = must_alloc(keeper->survey.node_count + 1, sizeof *keeper->nodes);
    for (size_t i = 0; i < keeper->survey.node_count; i++) {
        keeper->nodes[i].keeper = keeper;
        keeper->nodes[i].survey = &keeper->survey.nodes[i];
        keeper_parties_take_back(&keeper->nodes[i].parties, now_ms);
    }
    for (int kind = 0; kind < KINDS; kind++)
        keeper->strays[kind] = metric_counter("dapi_media_strays_total", labels[kind],
                                              "what was left in the media plane and ended");
    loop_set_timer(options->loop, &keeper->timer, now_ms + options->pause_ms, begin_survey, keeper);
    return keeper;
}

struct keeper *keeper_free(struct keeper *keeper)
{
    if (!keeper)
        return NULL;
    loop_clear_timer(keeper->options.loop, &keeper->timer);
    for (size_t i = 0; i < keeper->survey.node_count; i++) {
        keeper_rooms_forget(&keeper->nodes[i].rooms);
        keeper_parties_done(&keeper->nodes[i].parties);
    }
    free(keeper->nodes);
    keeper_sessions_done(&keeper->sessions);
    keeper_survey_done(&keeper->survey);
    free(keeper);
    return NULL;
}

void keeper_take_node(struct keeper *keeper, const char *node)
{
    keeper_survey_spoil(&keeper->survey, node);
    for (size_t i = 0; i < keeper->survey.node_count; i++) {
        if (strcmp(keeper->survey.nodes[i].url, node) == 0)
            keeper_parties_take_back(&keeper->nodes[i].parties, clock_steady_ms());
    }
}

void keeper_take_entered(struct keeper *keeper, const char *channel, const char *uid)
{
    tell(keeper, channel, uid, MEDIA_ENTERED);
}

/* A node that this process does not know is another's to adopt. */
void keeper_adopt(struct keeper *keeper, const char *node, int64_t session)
{
    struct media *media = keeper->options.media;

    for (size_t i = 0; i < keeper->survey.node_count; i++) {
        const char *url = keeper->survey.nodes[i].url;

        if (strcmp(url, node) == 0 && keeper_sessions_add(&keeper->sessions, url, session))
            media->plane->adopt(media, url, session);
    }
}

void keeper_stop(struct keeper *keeper)
{
    keeper->is_stopped = true;
    loop_clear_timer(keeper->options.loop, &keeper->timer);
}
