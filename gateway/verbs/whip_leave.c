/* whip_leave.c - DELETE /dapi/channel/{channel}/whip/{session}: a party's client leaves. Also after
 * the channel was closed, so that a page can clean up: whoever was let in is let out. */
#include "gateway/copy_text.h"
#include "gateway/request.h"
#include "gateway/verbs.h"

#include "common/messages/robot.h"

static void on_left(struct request *request, const struct bus_reply *reply)
{
    struct media_left left;

    if (!request_read_reply(request, reply, media_left_message(), &left))
        return;
    if (left.was_there)
        request_answer_plain(request, 200, NULL, (struct bytes){ NULL, 0 });
    else
        request_fail(request, ERROR_SESSION_NOT_FOUND, NULL);
}

/* robotsvc ends the session only if it is this uid's. */
static void leave(struct request *request)
{
    const struct whip_leave_request *asked = request_parameters(request);
    struct media_leave leave = { 0 };

    COPY_TEXT(leave.channel, asked->channel);
    COPY_TEXT(leave.uid, request_exchange(request)->uid);
    COPY_TEXT(leave.session, asked->session);
    request_ask(request, PEER_ROBOTSVC, media_leave_message(), &leave, on_left);
}

void verb_whip_leave(struct request *request)
{
    const struct whip_leave_request *asked = request_parameters(request);

    exchange_begin(request, asked->channel, false, leave);
}
