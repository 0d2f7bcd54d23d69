/* call_ringing.c - POST /dapi/call/ringing: a device of the callee rings */
#include "gateway/copy_text.h"
#include "gateway/request.h"
#include "gateway/verbs.h"

#include "common/messages/call.h"

void verb_call_ringing(struct request *request)
{
    const struct call_ringing_request *asked = request_parameters(request);
    struct call_ring ring = { 0 };

    COPY_TEXT(ring.uid, asked->uid);
    COPY_TEXT(ring.channel, asked->channel);
    COPY_TEXT(ring.device_id, asked->device_id);
    request_ask(request, PEER_CALLSVC, call_ring_message(), &ring, request_answer_call);
}
