/* describe_api.c - the HTTP interface, from the gateway's tables */
#include "docs/describe.h"

#include "common/errors.h"
#include "common/messages/call.h"
#include "gateway/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef const struct message *accessor(void);

enum row_kind { ROW_ROUTE, ROW_KEYED, ROW_VIEW, ROW_MEDIA, ROW_PAGE };

struct row {
    enum row_kind kind;
    const char *method;
    const char *path;
    const char *access;
    accessor *parameters; /* NULL: takes none */
    const char *answer;
    const char *meaning;
};

// clang-format off
#define ROW(kind_, method_, path_, access_, parameters_, answer_, meaning_) \
    { .kind = (kind_), .method = #method_, .path = (path_), .access = #access_, \
      .parameters = (parameters_), .answer = #answer_, .meaning = (meaning_) },
#define ROUTE(method, path, access, parameters, handler, answer, meaning) \
    ROW(ROW_ROUTE, method, path, access, parameters##_message, answer, meaning)
#define KEYED(method, path, access, parameters, handler, answer, meaning) \
    ROW(ROW_KEYED, method, path, access, parameters##_message, answer, meaning)
#define VIEW(method, path, access, parameters, handler, answer, meaning) \
    ROW(ROW_VIEW, method, path, access, parameters##_message, answer, meaning)
#define MEDIA(method, path, access, parameters, handler, answer, meaning) \
    ROW(ROW_MEDIA, method, path, access, parameters##_message, answer, meaning)
#define PAGE(method, path, handler, meaning) \
    ROW(ROW_PAGE, method, path, OPEN, NULL, ANSWER_PAGE, meaning)
#define FILES(method, path, handler, meaning) \
    ROW(ROW_PAGE, method, path, OPEN, NULL, ANSWER_FILE, meaning)
static const struct row rows[] = {
#include "gateway/routes.def"
};

static const struct {
    int status;
    const char *code;
    const char *message;
} errors[] = {
#define ERROR(number, name, status, code, message) { status, code, message },
#include "common/errors.def"
};

static const struct {
    const char *name;
    accessor *message;
} objects[] = {
    { "call",              call_message },
    { "entry",             entry_message },
    { "entry_marks",       entry_marks_message },
    { "msg_row",           msg_row_message },
    { "history_row",       history_row_message },
    { "device_registered", device_registered_message },
};

static const struct {
    const char *answer;
    const char *text;
} answers[] = {
    { "ANSWER_ENTRY",    "an [entry](#entry)" },
    { "ANSWER_MESSAGES", "a list of [rows](#the-rows-of-callmsg), newest first" },
    { "ANSWER_CALL",     "the [call](#call) as it is now" },
    { "ANSWER_HISTORY",  "a list of [calls](#call), each with `talk_seconds`, newest first" },
    { "ANSWER_DEVICES",  "`devices`: how many the uid has now" },
    { "ANSWER_PAGE",     "a JSON document" },
    { "ANSWER_FILE",     "the file" },
    { "ANSWER_SDP",      "201, the SDP answer; `Location` names the connection, `Link` the ICE servers" },
    { "ANSWER_NOTHING",  "200 without a body" },
    { "ANSWER_EVENTS",   "101, and then [events](#live-events)" },
    { "ANSWER_OPTIONS",  "204; its headers say what is allowed" },
};

static const struct {
    const char *access;
    const char *text;
} accesses[] = {
    { "SRC_UID", "Acts as `src_uid`." },
    { "UID",     "Acts as `uid`." },
    { "TOKEN",   "Acts as the party whose channel token it bears." },
    { "OPEN",    "For everyone." },
};
// clang-format on

static const char *answer_text(const char *answer)
{
    for (size_t i = 0; i < COUNT_OF(answers); i++)
        if (strcmp(answers[i].answer, answer) == 0)
            return answers[i].text;
    fprintf(stderr, "describe: what is %s?\n", answer);
    exit(1);
}

static const char *access_text(const char *access)
{
    for (size_t i = 0; i < COUNT_OF(accesses); i++)
        if (strcmp(accesses[i].access, access) == 0)
            return accesses[i].text;
    fprintf(stderr, "describe: what is %s?\n", access);
    exit(1);
}

static const char *source_text(enum row_kind kind)
{
    static const char *const texts[] = {
        [ROW_ROUTE] = "",
        [ROW_KEYED] = " Takes an [`Idempotency-Key`](#asking-again).",
        [ROW_VIEW] = " Its parameters stand in the path and the query.",
        [ROW_MEDIA] = " Its parameters stand in the path, its body is SDP.",
        [ROW_PAGE] = "",
    };

    return texts[kind];
}

void describe_verbs(const char *rest, struct buffer *out)
{
    (void)rest;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct row *row = &rows[i];

        buffer_add_format(out, "### %s %s\n\n%s. %s%s\n\n", row->method, row->path, row->meaning,
                          access_text(row->access), source_text(row->kind));
        if (row->parameters)
            message_describe_fields(row->parameters(), out);
        buffer_add_format(out, "Answers %s.\n\n", answer_text(row->answer));
    }
}

void describe_object(const char *rest, struct buffer *out)
{
    for (size_t i = 0; i < COUNT_OF(objects); i++) {
        if (strcmp(objects[i].name, rest) != 0)
            continue;
        message_describe_fields(objects[i].message(), out);
        return;
    }
    fprintf(stderr, "describe: there is no object %s\n", rest);
    exit(1);
}

void describe_errors(const char *rest, struct buffer *out)
{
    (void)rest;
    buffer_add_text(out, "| status | `code` | meaning |\n|---|---|---|\n");
    for (int status = 400; status < 600; status++)
        for (size_t i = 0; i < COUNT_OF(errors); i++)
            if (errors[i].status == status)
                buffer_add_format(out, "| %d | `%s` | %s |\n", status, errors[i].code,
                                  errors[i].message);
}
