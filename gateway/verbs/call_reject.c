/* call_reject.c - POST /dapi/call/reject: the callee declines */
#include "gateway/copy_text.h"
#include "gateway/request.h"
#include "gateway/verbs.h"

#include "common/messages/call.h"

void verb_call_reject(struct request *request)
{
    const struct call_reject_request *asked = request_parameters(request);
    struct call_reject reject = { 0 };

    COPY_TEXT(reject.uid, asked->uid);
    COPY_TEXT(reject.channel, asked->channel);
    COPY_TEXT(reject.device_id, asked->device_id);
    request_ask(request, PEER_CALLSVC, call_reject_message(), &reject, request_answer_call);
}
