/* invite_robot.c - POST /dapi/invite/robot: a robot joins an open channel */
#include "gateway/copy_text.h"
#include "gateway/request.h"
#include "gateway/verbs.h"

#include "common/messages/call.h"
#include "common/messages/robot.h"

static void on_invited(struct request *request, const struct bus_reply *reply)
{
    struct bytes bulk = reply->bulk;
    struct fault fault;
    struct call_inside inside;

    if (message_next(call_inside_message(), &bulk, &inside, &fault) == 0 && inside.replayed)
        request_mark_replayed(request);
    request_answer_call(request, reply);
}

void verb_invite_robot(struct request *request)
{
    const struct invite_robot_request *asked = request_parameters(request);
    struct robot_invite invite = { 0 };

    COPY_TEXT(invite.channel, asked->channel);
    COPY_TEXT(invite.uid, asked->uid);
    COPY_TEXT(invite.audio, asked->audio);
    request_copy_key(request, invite.idempotency_key);
    request_ask(request, PEER_ROBOTSVC, robot_invite_message(), &invite, on_invited);
}
