/* entry.c - the answer that lets a client into its channel */
#include "gateway/entry.h"

#include "gateway/copy_text.h"
#include "gateway/request.h"

#include "common/messages/call.h"
#include "common/messages/token.h"

#include <errno.h>
#include <string.h>

/* A renewal never ends earlier than what it renews, as far as tokens may live: once is enough. */
static bool must_last_longer(const struct entry_work *work)
{
    return work->entry.token_expires_at < work->token_floor && !work->is_floor_asked;
}

static void on_signed(struct request *request, const struct bus_reply *reply);

static void ask_token(struct request *request)
{
    struct entry_work *work = request_entry(request);
    struct token_sign sign = { .least_expires_at = work->token_floor };

    COPY_TEXT(sign.channel, work->entry.channel);
    COPY_TEXT(sign.uid, work->entry.uid);
    work->is_signed = false;
    request_ask(request, PEER_TOKENSVC, token_sign_message(), &sign, on_signed);
}

static void answer_if_complete(struct request *request)
{
    struct entry_work *work = request_entry(request);
    struct buffer *out;

    if (!work->is_started || !work->is_signed)
        return;
    if (must_last_longer(work)) {
        work->is_floor_asked = true;
        ask_token(request);
        return;
    }
    out = request_begin_answer(request);
    buffer_add(out, "{", 1);
    (void)message_members_to_json(entry_message(), &work->entry, out);
    if (work->marks.redial)
        buffer_add_text(out, ",\"redial\":true");
    if (work->marks.glare)
        buffer_add_text(out, ",\"glare\":true");
    buffer_add(out, "}", 1);
    request_answer(request);
}

static void ask_call_once(struct request *request)
{
    struct entry_work *work = request_entry(request);
    entry_ask_function *ask_call = work->ask_call;

    work->ask_call = NULL;
    if (ask_call)
        ask_call(request);
}

static void on_signed(struct request *request, const struct bus_reply *reply)
{
    struct entry_work *work = request_entry(request);
    struct token_signed token;

    if (!request_read_reply(request, reply, token_signed_message(), &token))
        return;
    COPY_TEXT(work->entry.appID, token.app_id);
    COPY_TEXT(work->entry.token, token.token);
    work->entry.token_expires_at = token.expires_at;
    work->is_signed = true;
    ask_call_once(request);
    answer_if_complete(request);
}

/* The call that a replayed key made is over: that is all there is to say, and nobody enters it. */
static bool answer_if_over(struct request *request, const struct bus_reply *reply)
{
    struct bytes bulk = reply->bulk;
    struct fault fault;
    struct call call;
    int r = message_next(call_message(), &bulk, &call, &fault);

    if (r == -ENOENT)
        return false;
    if (r < 0) {
        request_fail_reply(request, &fault);
        return true;
    }
    message_to_json(call_message(), &call, request_begin_answer(request));
    request_answer(request);
    return true;
}

static void take_started(struct request *request, const struct call_started *started)
{
    struct entry_work *work = request_entry(request);

    COPY_TEXT(work->entry.call_id, started->call_id);
    work->entry.ring_expires_at = started->ring_expires_at;
    work->marks = (struct entry_marks){ .redial = started->redial, .glare = started->glare };
    work->token_floor = started->token_floor;
    work->is_started = true;
    if (strcmp(started->channel, work->entry.channel) != 0) {
        COPY_TEXT(work->entry.channel, started->channel);
        request_forget(request, PEER_TOKENSVC);
        ask_token(request);
    }
}

void entry_on_started(struct request *request, const struct bus_reply *reply)
{
    struct call_started started;

    if (!request_read_reply(request, reply, call_started_message(), &started))
        return;
    if (started.replayed)
        request_mark_replayed(request);
    if (answer_if_over(request, reply))
        return;
    take_started(request, &started);
    answer_if_complete(request);
}

void entry_begin(struct request *request, const char channel[CHANNEL_MOST + 1],
                 const char uid[UID_MOST + 1], entry_ask_function *ask_call)
{
    struct entry_work *work = request_entry(request);

    *work = (struct entry_work){ .ask_call = ask_call };
    memcpy(work->entry.channel, channel, sizeof work->entry.channel);
    memcpy(work->entry.uid, uid, sizeof work->entry.uid);
    ask_token(request);
    if (request_is_ready(request, PEER_TOKENSVC))
        ask_call_once(request);
}
