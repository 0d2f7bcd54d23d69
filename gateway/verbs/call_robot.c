/* call_robot.c - POST /dapi/call/robot: robotsvc makes the call and brings the robot into it */
#include "gateway/copy_text.h"
#include "gateway/minting.h"
#include "gateway/request.h"
#include "gateway/verbs.h"

#include "common/messages/robot.h"

static void ask_call(struct request *request)
{
    const struct call_robot_request *asked = request_parameters(request);
    struct robot_call call = { 0 };

    COPY_TEXT(call.channel, request_entry(request)->entry.channel);
    COPY_TEXT(call.src_uid, asked->src_uid);
    COPY_TEXT(call.audio, asked->audio);
    random_uuid(call.call_id);
    request_copy_key(request, call.idempotency_key);
    request_ask(request, PEER_ROBOTSVC, robot_call_message(), &call, entry_on_started);
}

void verb_call_robot(struct request *request)
{
    const struct call_robot_request *asked = request_parameters(request);
    char channel[CHANNEL_MOST + 1] = "";

    mint_channel(channel);
    entry_begin(request, channel, asked->src_uid, ask_call);
}
