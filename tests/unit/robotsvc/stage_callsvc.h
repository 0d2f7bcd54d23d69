/* stage_callsvc.h - callsvc as robotsvc's parts see it in tests: what it is asked waits until the
 * test answers. What is done to it, and to others, is written down in `story`, one word each.
 * Include it once. */
#pragma once

#include "common/bus_client.h"
#include "common/messages/call.h"

#include <stdio.h>
#include <string.h>

enum { STAGE_ASKS = 32 };

/* A question to callsvc that is not answered yet. */
struct stage_ask {
    bus_reply_function *on_reply;
    void *context;
    union { /* by its message */
        struct call_start start;
        struct robot_claim claim;
        struct robot_update update;
        struct media_claim media_claim;
        _Alignas(max_align_t) char body[MESSAGE_MOST_BYTES];
    };
};

static char story[512];
static struct stage_ask asks[STAGE_ASKS];
static size_t asked;
static size_t answered;

static inline void stage_callsvc_begin(void)
{
    story[0] = '\0';
    asked = 0;
    answered = 0;
}

static inline void tell_story(const char *word, const char *what)
{
    size_t length = strlen(story);

    snprintf(story + length, sizeof story - length, "%s%s%s", length ? " " : "", word, what);
}

static inline void assert_story(const char *expected)
{
    assert_string_equal(story, expected);
    story[0] = '\0';
}

static const char *state_word(enum robot_state state)
{
    return robot_update_message()->fields[2].cases[state].text;
}

/* In the place of the real one. */
uint64_t bus_client_ask(struct bus_client *client, const struct bus_ask *ask)
{
    struct stage_ask *kept = &asks[asked++];

    (void)client;
    *kept = (struct stage_ask){ .on_reply = ask->on_reply, .context = ask->context };
    memcpy(kept->body, ask->body, ask->message->size);
    if (ask->message == robot_update_message())
        tell_story("tell:", state_word(kept->update.robot));
    else
        tell_story(ask->message->name, "");
    return asked;
}

/* callsvc answers the oldest question with `body`, or with an error; body and bulk may be NULL. */
static inline void answer(enum error error, const struct message *message, const void *body,
                          const struct buffer *bulk)
{
    struct stage_ask ask = asks[answered++];
    struct buffer packed = { 0 };
    struct bus_reply reply = { .error = error };
    msgpack_unpacked unpacked;
    size_t offset = 0;

    msgpack_unpacked_init(&unpacked);
    if (body) {
        message_to_msgpack(message, body, &packed);
        assert_int_equal(msgpack_unpack_next(&unpacked, packed.data, packed.size, &offset),
                         MSGPACK_UNPACK_SUCCESS);
        reply.body = &unpacked.data;
    }
    if (bulk)
        reply.bulk = (struct bytes){ bulk->data, bulk->size };
    ask.on_reply(ask.context, &reply);
    msgpack_unpacked_destroy(&unpacked);
    buffer_done(&packed);
}

static inline void answer_error(enum error error)
{
    answer(error, NULL, NULL, NULL);
}
