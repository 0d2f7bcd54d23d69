/* call_show.c - GET /dapi/call/{channel}: one call. A phone that was woken looks here first. */
#include "gateway/copy_text.h"
#include "gateway/request.h"
#include "gateway/verbs.h"

#include "common/messages/call.h"

#include <string.h>

/* Whoever knows the channel of a call without a callee may become that. */
static bool may_see(const struct call *call, const char *uid)
{
    return strcmp(call->src_uid, uid) == 0 || !*call->dst_uid || strcmp(call->dst_uid, uid) == 0;
}

static void on_parties(struct request *request, const struct bus_reply *reply)
{
    const struct call_show_request *asked = request_parameters(request);
    struct call call;

    if (!request_read_reply(request, reply, call_message(), &call))
        return;
    if (may_see(&call, asked->uid))
        request_answer_call(request, reply);
    else
        request_fail(request, ERROR_NOT_A_PARTY, NULL);
}

void verb_call_show(struct request *request)
{
    const struct call_show_request *asked = request_parameters(request);
    struct call_parties parties = { 0 };

    COPY_TEXT(parties.channel, asked->channel);
    request_ask(request, PEER_CALLSVC, call_parties_message(), &parties, on_parties);
}
