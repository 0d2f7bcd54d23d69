/* call_recieve.c - POST /dapi/call/recieve and /dapi/call/receive: the callee answers */
#include "gateway/copy_text.h"
#include "gateway/request.h"
#include "gateway/verbs.h"

#include "common/messages/call.h"

static void ask_call(struct request *request)
{
    const struct call_recieve_request *asked = request_parameters(request);
    struct call_answer answer = { 0 };

    COPY_TEXT(answer.uid, asked->uid);
    COPY_TEXT(answer.channel, asked->channel);
    COPY_TEXT(answer.device_id, asked->device_id);
    request_ask(request, PEER_CALLSVC, call_answer_message(), &answer, entry_on_started);
}

void verb_call_recieve(struct request *request)
{
    const struct call_recieve_request *asked = request_parameters(request);

    entry_begin(request, asked->channel, asked->uid, ask_call);
}
