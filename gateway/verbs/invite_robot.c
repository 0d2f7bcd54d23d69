/* invite_robot.c - POST /dapi/invite/robot: a robot joins an open channel */
#include "gateway/copy_text.h"
#include "gateway/request.h"
#include "gateway/verbs.h"

#include "common/messages/robot.h"

void verb_invite_robot(struct request *request)
{
    const struct invite_robot_request *asked = request_parameters(request);
    struct robot_invite invite = { 0 };

    COPY_TEXT(invite.channel, asked->channel);
    COPY_TEXT(invite.uid, asked->uid);
    COPY_TEXT(invite.audio, asked->audio);
    request_ask(request, PEER_ROBOTSVC, robot_invite_message(), &invite, request_answer_call);
}
