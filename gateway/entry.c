/* entry.c - the answer that lets a client into its channel */
#include "gateway/entry.h"

#include "gateway/copy_text.h"
#include "gateway/request.h"

#include "common/messages/call.h"
#include "common/messages/token.h"

#include <string.h>

static void answer_if_complete(struct request *request)
{
    const struct entry_work *work = request_entry(request);
    struct buffer *out;

    if (!work->is_started || !work->is_signed)
        return;
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

static void ask_token(struct request *request)
{
    struct entry_work *work = request_entry(request);
    struct token_sign sign = { 0 };

    COPY_TEXT(sign.channel, work->entry.channel);
    COPY_TEXT(sign.uid, work->entry.uid);
    work->is_signed = false;
    request_ask(request, PEER_TOKENSVC, token_sign_message(), &sign, on_signed);
}

void entry_on_started(struct request *request, const struct bus_reply *reply)
{
    struct entry_work *work = request_entry(request);
    struct call_started started;

    if (!request_read_reply(request, reply, call_started_message(), &started))
        return;
    COPY_TEXT(work->entry.call_id, started.call_id);
    work->entry.ring_expires_at = started.ring_expires_at;
    work->marks = (struct entry_marks){ .redial = started.redial, .glare = started.glare };
    work->is_started = true;
    if (strcmp(started.channel, work->entry.channel) != 0) {
        COPY_TEXT(work->entry.channel, started.channel);
        request_forget(request, PEER_TOKENSVC);
        ask_token(request);
    }
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
