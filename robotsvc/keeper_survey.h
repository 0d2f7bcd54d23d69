/* keeper_survey.h - looks at all rooms, then asks callsvc about their channels. In this order: what
 * callsvc says is then newer than what was seen, and a room that is about to be made is no stray.
 */
#pragma once

#include "common/bus_client.h"
#include "robotsvc/keeper_rooms.h"

enum { SURVEY_ASK_MS = 3000 };

struct keeper_survey;

struct survey_node {
    struct keeper_survey *survey;
    const char *url; /* the plane's */
    bool is_listed;  /* by this survey, and it was there all the time since */
    struct keeper_list list;
};

/* All of it may be read when `function` is called; the rest of the time it changes. */
struct keeper_survey {
    struct media *media;
    struct bus_client *callsvc;
    /* The survey is over. Not whole: callsvc did not answer, or no node could be asked. */
    void (*function)(void *context, bool is_whole);
    void *context;
    struct survey_node *nodes; /* all of the plane's, in its order */
    size_t node_count;
    struct keeper_book book;
    size_t open_count; /* channels that callsvc says are open */
    size_t asking;     /* answers that are still to come */
    bool has_failed;
    int64_t after; /* the last page's last id */
};

/* `media`, `callsvc`, `function` and `context` are set; the rest is 0. */
void keeper_survey_init(struct keeper_survey *survey);
void keeper_survey_done(struct keeper_survey *survey);

/* Begin, unless one is going on. */
void keeper_survey_begin(struct keeper_survey *survey);

/* A node came or went: what was seen of it does not count. */
void keeper_survey_spoil(struct keeper_survey *survey, const char *node);
