/* exchange.c - who may use a channel's media over HTTP */
#include "gateway/exchange.h"

#include "gateway/copy_text.h"
#include "gateway/request.h"

#include "common/messages/call.h"
#include "common/messages/token.h"

#include <string.h>

static void on_verified(struct request *request, const struct bus_reply *reply)
{
    struct exchange_work *work = request_exchange(request);
    struct token_verified verified;

    if (!request_read_reply(request, reply, token_verified_message(), &verified))
        return;
    COPY_TEXT(work->uid, verified.uid);
    work->on_allowed(request);
}

static void verify_token(struct request *request, const struct call *call)
{
    struct bytes token = request_bearer(request);
    struct token_verify verify = { 0 };

    memcpy(verify.token, token.data, token.size); /* its size was checked with the header */
    COPY_TEXT(verify.channel, request_exchange(request)->channel);
    COPY_TEXT(verify.uid, call->src_uid);
    COPY_TEXT(verify.other_uid, call->dst_uid);
    request_ask(request, PEER_TOKENSVC, token_verify_message(), &verify, on_verified);
}

static void on_parties(struct request *request, const struct bus_reply *reply)
{
    struct bytes bulk = reply->bulk;
    struct fault fault = { "call_inside", "is missing" };
    struct call_inside inside;
    struct call call;

    if (!request_read_reply(request, reply, call_message(), &call))
        return;
    if (message_next(call_inside_message(), &bulk, &inside, &fault) < 0)
        request_fail_reply(request, &fault);
    else if (request_exchange(request)->must_be_open && !inside.open)
        request_fail(request, ERROR_CHANNEL_CLOSED, NULL);
    else
        verify_token(request, &call);
}

void exchange_begin(struct request *request, const char channel[CHANNEL_MOST + 1],
                    bool must_be_open, exchange_function *on_allowed)
{
    struct exchange_work *work = request_exchange(request);
    struct call_parties parties;

    *work = (struct exchange_work){ .on_allowed = on_allowed, .must_be_open = must_be_open };
    memcpy(work->channel, channel, sizeof work->channel);
    COPY_TEXT(parties.channel, work->channel);
    request_ask(request, PEER_CALLSVC, call_parties_message(), &parties, on_parties);
}
