/* keeper_survey.c - looks at all rooms, then asks callsvc about their channels */
#include "robotsvc/keeper_survey.h"

#include "common/clock.h"
#include "common/memory.h"
#include "robotsvc/copy_text.h"
#include "robotsvc/reply.h"

#include <stdlib.h>
#include <string.h>

enum { CHANNELS_MOST = 1000 }; /* of one channels_check */

static const struct media_plane *plane_of(const struct keeper_survey *survey)
{
    return survey->media->plane;
}

void keeper_survey_init(struct keeper_survey *survey)
{
    size_t count = 0;

    while (plane_of(survey)->node_at(survey->media, count))
        count++;
    survey->nodes = must_alloc(count + 1, sizeof *survey->nodes);
    survey->node_count = count;
    for (size_t i = 0; i < count; i++) {
        survey->nodes[i].survey = survey;
        survey->nodes[i].url = plane_of(survey)->node_at(survey->media, i);
    }
}

void keeper_survey_done(struct keeper_survey *survey)
{
    for (size_t i = 0; i < survey->node_count; i++)
        keeper_list_done(&survey->nodes[i].list);
    free(survey->nodes);
    keeper_book_done(&survey->book);
}

/* One more answer is there: true if it was the last, and all were good. */
static bool has_all(struct keeper_survey *survey, bool is_good)
{
    survey->has_failed |= !is_good;
    if (--survey->asking > 0)
        return false;
    if (survey->has_failed)
        survey->function(survey->context, false);
    return !survey->has_failed;
}

static void ask(struct keeper_survey *survey, const struct message *message, const void *body,
                struct bytes bulk, bus_reply_function *on_reply)
{
    struct bus_ask question = {
        .message = message,
        .body = body,
        .bulk = bulk,
        .deadline_ms = clock_steady_ms() + SURVEY_ASK_MS,
        .traceparent = "",
        .on_reply = on_reply,
        .context = survey,
    };

    bus_client_ask(survey->callsvc, &question);
    survey->asking++;
}

static void finish(struct keeper_survey *survey)
{
    keeper_book_sort(&survey->book);
    survey->function(survey->context, true);
}

/* What callsvc did not get to say is not in the book, and nothing is decided on it. */
static void on_states(void *context, const struct bus_reply *reply)
{
    struct keeper_survey *survey = context;
    struct bytes list = reply->bulk;
    struct channel_state state;
    struct call_list answer;
    struct fault fault;
    bool is_good = reply_read(reply, call_list_message(), &answer) == ERROR_NONE;

    while (is_good && message_next(channel_state_message(), &list, &state, &fault) == 0)
        keeper_book_add_checked(&survey->book, &state);
    if (has_all(survey, is_good))
        finish(survey);
}

/* The channels_check that is being put together. */
struct checking {
    struct keeper_survey *survey;
    struct channels_check check;
    struct buffer names;
};

static void send_check(struct checking *checking)
{
    if (checking->check.count == 0)
        return;
    ask(checking->survey, channels_check_message(), &checking->check,
        (struct bytes){ checking->names.data, checking->names.size }, on_states);
    checking->check.count = 0;
    buffer_clear(&checking->names);
}

static void check_channel(struct checking *checking, const char *channel)
{
    struct channel_name name = { 0 };

    if (keeper_book_find(&checking->survey->book, channel))
        return;
    COPY_TEXT(name.channel, channel);
    message_to_msgpack(channel_name_message(), &name, &checking->names);
    if (++checking->check.count == CHANNELS_MOST)
        send_check(checking);
}

/* Rooms whose channel is not open on any node: is it closed, or known at all? */
static void check_rooms(struct keeper_survey *survey)
{
    struct checking checking = { .survey = survey };

    keeper_book_sort(&survey->book);
    for (size_t i = 0; i < survey->node_count; i++) {
        const struct keeper_list *list = &survey->nodes[i].list;

        for (size_t k = 0; survey->nodes[i].is_listed && k < list->count; k++)
            check_channel(&checking, list->rooms[k].channel);
    }
    send_check(&checking);
    buffer_done(&checking.names);
    if (survey->asking == 0)
        finish(survey);
}

/* True if all rows could be read, and their ids ascend: the next page brings others. */
static bool take_page(struct keeper_survey *survey, struct bytes list, int64_t count)
{
    struct media_channel channel;
    struct fault fault;

    for (int64_t i = 0; i < count; i++) {
        if (message_next(media_channel_message(), &list, &channel, &fault) < 0 ||
            channel.id <= survey->after)
            return false;
        survey->after = channel.id;
        keeper_book_add_open(&survey->book, &channel);
        survey->open_count++;
    }
    return true;
}

static void on_page(void *context, const struct bus_reply *reply);

static void ask_page(struct keeper_survey *survey)
{
    const struct media_list page = { .after = survey->after };

    ask(survey, media_list_message(), &page, (struct bytes){ 0 }, on_page);
}

static void on_page(void *context, const struct bus_reply *reply)
{
    struct keeper_survey *survey = context;
    struct call_list answer = { 0 };
    bool is_good = reply_read(reply, call_list_message(), &answer) == ERROR_NONE &&
                   take_page(survey, reply->bulk, answer.count);

    if (!has_all(survey, is_good))
        return;
    if (answer.count > 0)
        ask_page(survey);
    else
        check_rooms(survey);
}

static bool has_list(const struct keeper_survey *survey)
{
    for (size_t i = 0; i < survey->node_count; i++) {
        if (survey->nodes[i].is_listed)
            return true;
    }
    return false;
}

/* Nodes that could not be listed do not keep the others from being looked after. */
static void on_list(void *context, enum error error, const struct media_room *rooms, size_t count)
{
    struct survey_node *node = context;
    struct keeper_survey *survey = node->survey;

    node->is_listed = error == ERROR_NONE;
    if (node->is_listed)
        keeper_list_take(&node->list, rooms, count);
    survey->asking--;
    if (survey->asking > 0)
        return;
    if (has_list(survey))
        ask_page(survey);
    else
        survey->function(survey->context, false);
}

void keeper_survey_begin(struct keeper_survey *survey)
{
    if (survey->asking > 0)
        return;
    survey->has_failed = false;
    survey->after = 0;
    survey->open_count = 0;
    keeper_book_clear(&survey->book);
    for (size_t i = 0; i < survey->node_count; i++) {
        struct survey_node *node = &survey->nodes[i];

        node->is_listed = false;
        if (!plane_of(survey)->is_node_there(survey->media, node->url))
            continue;
        survey->asking++;
        plane_of(survey)->list(survey->media, node->url, on_list, node);
    }
    if (survey->asking == 0)
        survey->function(survey->context, false);
}

void keeper_survey_spoil(struct keeper_survey *survey, const char *node)
{
    for (size_t i = 0; i < survey->node_count; i++) {
        if (strcmp(survey->nodes[i].url, node) == 0)
            survey->nodes[i].is_listed = false;
    }
}
