/* channel_join.c - POST /dapi/channel/join: a party enters its open channel again */
#include "gateway/copy_text.h"
#include "gateway/request.h"
#include "gateway/verbs.h"

#include "common/messages/call.h"

static void ask_call(struct request *request)
{
    const struct channel_join_request *asked = request_parameters(request);
    struct call_join join = { 0 };

    COPY_TEXT(join.uid, asked->uid);
    COPY_TEXT(join.channel, asked->channel);
    request_ask(request, PEER_CALLSVC, call_join_message(), &join, entry_on_started);
}

void verb_channel_join(struct request *request)
{
    const struct channel_join_request *asked = request_parameters(request);

    entry_begin(request, asked->channel, asked->uid, ask_call);
}
