/* store_stage.h - a fresh folder for a store's file, and operations as the verbs' handlers make
 * them. Include it once. */
#pragma once

#include "test.h"

#include "callsvc/store.h"
#include "common/memory.h"
#include "common/text.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NOW = 1700000000, SECOND = 1000 };

#define STAGE_URL           "sqlite:test.db"
#define COPY_TEXT(to, from) ((void)snprintf(to, sizeof(to), "%s", from))

static char stage_folder[64];

/* Be in a folder of the test's own from now on: 0 or -1. */
static inline int stage_enter_folder(void)
{
    COPY_TEXT(stage_folder, "/tmp/test_store.XXXXXX");
    return mkdtemp(stage_folder) && chdir(stage_folder) == 0 ? 0 : -1;
}

/* Remove it, with all that is in it: 0 or not. */
static inline int stage_leave_folder(void)
{
    AUTO(free_memory) char *command = must_format("rm -rf %s", stage_folder);

    return chdir("/") < 0 ? -1 : system(command);
}

static inline struct store *stage_open(const struct store_options *options)
{
    char problem[STORE_PROBLEM_MOST];
    struct store *store = NULL;

    assert_int_equal(store_open(options, &store, problem), 0);
    return store;
}

/* The only number that a question to the file has as its answer. */
static inline int stage_read_number(const char *question)
{
    struct sqlite3_stmt *statement;
    struct sqlite3 *database;
    int number;

    assert_int_equal(sqlite3_open("test.db", &database), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(database, question, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    number = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return number;
}

static inline struct operation to_start(const char *channel, const char *src_uid,
                                        const char *dst_uid)
{
    struct operation o = { .kind = OPERATION_START };

    o.asked.start.kind = CALL_USER;
    o.asked.start.ring_seconds = 60;
    random_uuid(o.asked.start.call_id);
    COPY_TEXT(o.asked.start.channel, channel);
    COPY_TEXT(o.asked.start.src_uid, src_uid);
    COPY_TEXT(o.asked.start.dst_uid, dst_uid);
    return o;
}

static inline struct operation to_ring(const char *channel, const char *uid)
{
    struct operation o = { .kind = OPERATION_RING };

    COPY_TEXT(o.asked.ring.channel, channel);
    COPY_TEXT(o.asked.ring.uid, uid);
    return o;
}

static inline struct operation to_answer(const char *channel, const char *uid)
{
    struct operation o = { .kind = OPERATION_ANSWER };

    COPY_TEXT(o.asked.answer.channel, channel);
    COPY_TEXT(o.asked.answer.uid, uid);
    return o;
}

static inline struct operation to_reject(const char *channel, const char *uid)
{
    struct operation o = { .kind = OPERATION_REJECT };

    COPY_TEXT(o.asked.reject.channel, channel);
    COPY_TEXT(o.asked.reject.uid, uid);
    return o;
}

static inline struct operation to_end(const char *channel, const char *uid)
{
    struct operation o = { .kind = OPERATION_END };

    COPY_TEXT(o.asked.end.channel, channel);
    COPY_TEXT(o.asked.end.uid, uid);
    return o;
}

static inline struct operation to_join(const char *channel, const char *uid)
{
    struct operation o = { .kind = OPERATION_JOIN };

    COPY_TEXT(o.asked.join.channel, channel);
    COPY_TEXT(o.asked.join.uid, uid);
    return o;
}
