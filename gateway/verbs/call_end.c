/* call_end.c - POST /dapi/call/end: a party hangs up */
#include "gateway/copy_text.h"
#include "gateway/request.h"
#include "gateway/verbs.h"

#include "common/messages/call.h"

void verb_call_end(struct request *request)
{
    const struct call_end_request *asked = request_parameters(request);
    struct call_end end = { 0 };

    COPY_TEXT(end.uid, asked->uid);
    COPY_TEXT(end.channel, asked->channel);
    COPY_TEXT(end.device_id, asked->device_id);
    request_ask(request, PEER_CALLSVC, call_end_message(), &end, request_answer_call);
}
