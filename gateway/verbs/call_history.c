/* call_history.c - POST /dapi/call/history: the past calls of a uid, and how long it talked */
#include "gateway/copy_text.h"
#include "gateway/request.h"
#include "gateway/verbs.h"

#include "common/messages/call.h"

#include <errno.h>

/* Bulk: call and call_inside in turn. 0, -ENOENT at the end, or -EINVAL with *reterr. */
static int next_call(struct bytes *bulk, struct call *ret, struct fault *reterr)
{
    struct call_inside inside;
    int r = message_next(call_message(), bulk, ret, reterr);

    if (r < 0)
        return r;
    *reterr = (struct fault){ "call_inside", "is missing" };
    return message_next(call_inside_message(), bulk, &inside, reterr) < 0 ? -EINVAL : 0;
}

static void add_row(struct buffer *out, const struct call *call)
{
    struct history_row row = { 0 };

    if (call->answered_at > 0 && call->ended_at > call->answered_at)
        row.talk_seconds = (call->ended_at - call->answered_at) / 1000;
    buffer_add_text(out, "{");
    (void)message_members_to_json(call_message(), call, out);
    buffer_add_text(out, ",");
    (void)message_members_to_json(history_row_message(), &row, out);
    buffer_add_text(out, "}");
}

static void on_list(struct request *request, const struct bus_reply *reply)
{
    struct bytes bulk = reply->bulk;
    struct buffer *out = request_begin_answer(request);
    bool is_first = true;
    struct fault fault;
    struct call call;
    int r;

    buffer_add_text(out, "[");
    while ((r = next_call(&bulk, &call, &fault)) == 0) {
        if (!is_first)
            buffer_add_text(out, ",");
        is_first = false;
        add_row(out, &call);
    }
    buffer_add_text(out, "]");
    if (r == -ENOENT)
        request_answer(request);
    else
        request_fail_reply(request, &fault);
}

void verb_call_history(struct request *request)
{
    const struct call_history_request *asked = request_parameters(request);
    struct call_history history = { .before = asked->before, .limit = asked->limit };

    COPY_TEXT(history.uid, asked->uid);
    request_ask(request, PEER_CALLSVC, call_history_message(), &history, on_list);
}
