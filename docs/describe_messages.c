/* describe_messages.c - the messages of common/messages/, and the values of their fields */
#include "docs/describe.h"

#include "common/messages/call.h"
#include "common/messages/robot.h"
#include "common/messages/token.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef const struct message *accessor(void);

// clang-format off
/* A .def file read once more: as the list of its messages. */
#define ENUM(name)
#define CASE(id, text, meaning)
#define ENUM_END(name)
#define MESSAGE(name, meaning) name##_message,
#define TEXT(...)
#define UID(...)
#define NUMBER_UID(...)
#define CHANNEL(...)
#define INT(...)
#define BOOL(...)
#define TIME(...)
#define ENUMERATED(...)
#define MESSAGE_END(name)
static accessor *const call_list_of_messages[] = {
#include "common/messages/call.def"
    NULL };
static accessor *const token_list_of_messages[] = {
#include "common/messages/token.def"
    NULL };
static accessor *const robot_list_of_messages[] = {
#include "common/messages/robot.def"
    NULL };
static const struct {
    const char *name;
    accessor *const *messages;
} lists[] = {
    { "call",  call_list_of_messages },
    { "token", token_list_of_messages },
    { "robot", robot_list_of_messages },
};
// clang-format on

void describe_messages(const char *rest, struct buffer *out)
{
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        if (strcmp(lists[i].name, rest) != 0)
            continue;
        for (accessor *const *message = lists[i].messages; *message; message++)
            message_describe((*message)(), out);
        return;
    }
    fprintf(stderr, "describe: there is no list %s\n", rest);
    exit(1);
}

void describe_cases(const char *rest, struct buffer *out)
{
    bool is_of_event = strcmp(rest, "type") == 0;
    const struct field *f = find_field(is_of_event ? event_message() : call_message(), rest);

    buffer_add_format(out, "| `%s` | meaning |\n|---|---|\n", rest);
    for (int64_t i = 1; i <= f->most; i++)
        buffer_add_format(out, "| `%s` | %s |\n", f->cases[i].text, f->cases[i].meaning);
}
