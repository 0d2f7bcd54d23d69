/* whip_enter.c - POST /dapi/channel/{channel}/whip: a party's client enters the channel's room */
#include "gateway/copy_text.h"
#include "gateway/ice_servers.h"
#include "gateway/request.h"
#include "gateway/verbs.h"

#include "common/clock.h"
#include "common/messages/robot.h"

#include <string.h>

static void add_location(struct request *request)
{
    AUTO(buffer_done) struct buffer location = { 0 };
    struct bytes path = request_path(request);

    buffer_add(&location, path.data, path.size);
    buffer_add_text(&location, "/");
    buffer_add(&location, request_exchange(request)->session, EXCHANGE_SESSION_LENGTH + 1);
    request_add_header(request, "Location", location.data);
}

static void add_links(struct request *request)
{
    const struct ice_servers *servers = request_gateway(request)->ice_servers;
    AUTO(buffer_done) struct buffer link = { 0 };

    for (size_t i = 0; i < ice_servers_count(servers); i++) {
        buffer_clear(&link);
        ice_servers_add_link(servers, i, request_exchange(request)->uid, clock_wall_ms() / 1000,
                             &link);
        buffer_add(&link, "", 1);
        request_add_header(request, "Link", link.data);
    }
}

static void on_joined(struct request *request, const struct bus_reply *reply)
{
    static const struct fault no_answer = { "bulk", "is empty" };
    struct media_joined joined;

    if (!request_read_reply(request, reply, media_joined_message(), &joined))
        return;
    if (reply->bulk.size == 0) {
        request_fail_reply(request, &no_answer);
        return;
    }
    add_location(request);
    add_links(request);
    request_answer_plain(request, 201, "application/sdp", reply->bulk);
}

static void join(struct request *request)
{
    struct exchange_work *work = request_exchange(request);
    struct media_join join = { 0 };

    random_text(work->session, EXCHANGE_SESSION_LENGTH);
    COPY_TEXT(join.channel, work->channel);
    COPY_TEXT(join.uid, work->uid);
    memcpy(join.session, work->session, sizeof work->session);
    request_ask_with_bulk(request, PEER_ROBOTSVC, media_join_message(), &join,
                          request_offer(request), on_joined);
}

void verb_whip_enter(struct request *request)
{
    const struct whip_enter_request *asked = request_parameters(request);

    if (request_offer(request).size == 0)
        request_fail(request, ERROR_BAD_OFFER, NULL);
    else
        exchange_begin(request, asked->channel, true, join);
}
