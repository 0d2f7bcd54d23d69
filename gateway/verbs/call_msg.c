/* call_msg.c - POST /dapi/call/msg: the calls to a uid, each as a row of the contract */
#include "gateway/copy_text.h"
#include "gateway/local_time.h"
#include "gateway/request.h"
#include "gateway/verbs.h"

#include "common/messages/call.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The text of a call's enumerated field. */
static const char *case_text(const char *field, unsigned value)
{
    const struct message *m = call_message();

    for (size_t i = 0; i < m->field_count; i++)
        if (strcmp(m->fields[i].name, field) == 0)
            return m->fields[i].cases[value].text;
    return "";
}

static void make_row(const struct call *call, const struct call_inside *inside, struct msg_row *ret)
{
    *ret = (struct msg_row){
        .id = inside->id,
        .pk = inside->id,
        .status = call->status,
        .created_at = call->created_at,
        .ring_expires_at = call->ring_expires_at,
    };
    COPY_TEXT(ret->uid, call->dst_uid);
    COPY_TEXT(ret->channel, call->channel);
    COPY_TEXT(ret->_status_label, call->_status_label);
    COPY_TEXT(ret->call_id, call->call_id);
    COPY_TEXT(ret->src_uid, call->src_uid);
    local_time_text(call->created_at, ret->createtime);
    snprintf(ret->state, sizeof ret->state, "%s", case_text("state", call->state));
    snprintf(ret->reason, sizeof ret->reason, "%s", case_text("reason", call->reason));
}

/* Bulk: call and call_inside in turn. 0, -ENOENT at the end, or -EINVAL with *reterr. */
static int next_row(struct bytes *bulk, struct msg_row *ret, struct fault *reterr)
{
    struct call call;
    struct call_inside inside;
    int r = message_next(call_message(), bulk, &call, reterr);

    if (r < 0)
        return r;
    *reterr = (struct fault){ "call_inside", "is missing" };
    if (message_next(call_inside_message(), bulk, &inside, reterr) < 0)
        return -EINVAL;
    make_row(&call, &inside, ret);
    return 0;
}

static void on_list(struct request *request, const struct bus_reply *reply)
{
    struct bytes bulk = reply->bulk;
    struct buffer *out = request_begin_answer(request);
    struct msg_row row;
    struct fault fault;
    bool is_first = true;
    int r;

    buffer_add(out, "[", 1);
    while ((r = next_row(&bulk, &row, &fault)) == 0) {
        if (!is_first)
            buffer_add(out, ",", 1);
        is_first = false;
        message_to_json(msg_row_message(), &row, out);
    }
    buffer_add(out, "]", 1);
    if (r == -ENOENT)
        request_answer(request);
    else
        request_fail_reply(request, &fault);
}

void verb_call_msg(struct request *request)
{
    const struct call_msg_request *asked = request_parameters(request);
    struct call_messages messages = { 0 };

    COPY_TEXT(messages.uid, asked->uid);
    request_ask(request, PEER_CALLSVC, call_messages_message(), &messages, on_list);
}
