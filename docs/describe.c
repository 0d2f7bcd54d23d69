/* describe.c - writes docs/messages.md from the tables: `make docs` */
#include "common/messages/call.h"
#include "common/messages/robot.h"
#include "common/messages/token.h"

#include <stdio.h>

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
static accessor *const call_messages_list[] = {
#include "common/messages/call.def"
    NULL };
static accessor *const token_messages_list[] = {
#include "common/messages/token.def"
    NULL };
static accessor *const robot_messages_list[] = {
#include "common/messages/robot.def"
    NULL };
// clang-format on

static void describe_list(const char *title, accessor *const *list, struct buffer *out)
{
    buffer_add_format(out, "## %s\n\n", title);
    for (; *list; list++)
        message_describe((*list)(), out);
}

int main(void)
{
    struct buffer out = { 0 };
    size_t written;

    buffer_add_text(&out, "# Messages on the bus\n\n"
                          "Made by `make docs` from `common/messages/*.def`: change those.\n"
                          "How they travel is told in `common/bus.h`.\n\n");
    describe_list("callsvc", call_messages_list, &out);
    describe_list("tokensvc", token_messages_list, &out);
    describe_list("robotsvc", robot_messages_list, &out);
    written = fwrite(out.data, 1, out.size, stdout);
    return written != out.size;
}
