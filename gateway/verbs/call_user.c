/* call_user.c - POST /dapi/call/user: a new call, or the one that stands between the two already */
#include "gateway/copy_text.h"
#include "gateway/minting.h"
#include "gateway/request.h"
#include "gateway/verbs.h"

#include "common/messages/call.h"

static void ask_call(struct request *request)
{
    const struct call_user_request *asked = request_parameters(request);
    struct call_start start = { .kind = CALL_USER, .ring_seconds = asked->ring_seconds };

    COPY_TEXT(start.channel, request_entry(request)->entry.channel);
    COPY_TEXT(start.src_uid, asked->src_uid);
    COPY_TEXT(start.dst_uid, asked->dst_uid);
    random_uuid(start.call_id);
    request_copy_key(request, start.idempotency_key);
    request_ask(request, PEER_CALLSVC, call_start_message(), &start, entry_on_started);
}

void verb_call_user(struct request *request)
{
    const struct call_user_request *asked = request_parameters(request);
    char channel[CHANNEL_MOST + 1] = "";

    mint_channel(channel);
    entry_begin(request, channel, asked->src_uid, ask_call);
}
