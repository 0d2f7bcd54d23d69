/* call_events.c - GET /dapi/call/events: a WebSocket that is told what happens to a uid's calls
 *
 * Without `since` it begins with what is committed after its 101 was sent: callsvc is asked for the
 * number of the uid's latest event first, and the hub tells every later one. */
#include "gateway/copy_text.h"
#include "gateway/hub.h"
#include "gateway/limits.h"
#include "gateway/request.h"
#include "gateway/verbs.h"
#include "gateway/websocket_accept.h"
#include "gateway/websocket_handshake.h"

#include "common/messages/call.h"

static struct websocket_handshake read_handshake(const struct request *request)
{
    return (struct websocket_handshake){
        .connection = request_header(request, "Connection"),
        .upgrade = request_header(request, "Upgrade"),
        .version = request_header(request, "Sec-WebSocket-Version"),
        .key = request_header(request, "Sec-WebSocket-Key"),
        .protocols = request_header(request, "Sec-WebSocket-Protocol"),
    };
}

/* Its connection was counted while it spoke HTTP; over TLS it still is. A proxy's was not. */
static connection_place take_place(struct request *request, const struct http_socket *connection)
{
    const struct live_work *work = request_live(request);

    if (connection->tie && !work->is_forwarded)
        return 0;
    return limits_connect(request_gateway(request)->limits, &work->client);
}

static void take_socket(struct request *request, struct http_socket connection, struct bytes early)
{
    const struct call_events_request *asked = request_parameters(request);
    struct hub_listener listener = {
        .since = request_live(request)->since,
        .token_ends_seconds = request_token_ends_seconds(request),
        .place = take_place(request, &connection),
    };

    COPY_TEXT(listener.uid, asked->uid);
    hub_add(request_gateway(request)->hub, connection, &listener, early);
}

static void upgrade(struct request *request, int64_t since)
{
    struct websocket_handshake asked = read_handshake(request);
    char accept[WEBSOCKET_ACCEPT_LENGTH + 1];

    request_live(request)->since = since;
    websocket_accept(asked.key, accept);
    request_add_header(request, "Upgrade", "websocket");
    request_add_header(request, "Sec-WebSocket-Accept", accept);
    if (websocket_handshake_offers_protocol(&asked))
        request_add_header(request, "Sec-WebSocket-Protocol", WEBSOCKET_PROTOCOL);
    request_upgrade(request, take_socket);
}

static void on_list(struct request *request, const struct bus_reply *reply)
{
    struct event_list list;

    if (request_read_reply(request, reply, event_list_message(), &list))
        upgrade(request, list.seq);
}

static void ask_for_latest(struct request *request, const struct call_events_request *asked)
{
    struct events_since since = { .since = INT64_MAX, .limit = 1 };

    COPY_TEXT(since.uid, asked->uid);
    request_ask(request, PEER_CALLSVC, events_since_message(), &since, on_list);
}

/* A client behind a proxy is counted from here on. */
static bool has_place(struct request *request)
{
    struct live_work *work = request_live(request);

    work->is_forwarded = request_client(request, &work->client);
    return !work->is_forwarded ||
           limits_may_connect(request_gateway(request)->limits, &work->client);
}

/* Whether the uid may listen here: what else decides that belongs here, too. */
static enum error check(struct request *request, struct fault *reterr)
{
    struct websocket_handshake asked = read_handshake(request);
    enum error error = websocket_handshake_check(&asked, reterr);

    if (error == ERROR_NONE && !request_can_upgrade(request))
        error = ERROR_UPGRADE_REQUIRED;
    if (error == ERROR_NONE && !hub_has_room(request_gateway(request)->hub))
        error = ERROR_OVERLOADED;
    if (error == ERROR_NONE && !has_place(request))
        error = ERROR_RATE_LIMITED;
    return error;
}

void verb_call_events(struct request *request)
{
    const struct call_events_request *asked = request_parameters(request);
    struct fault fault = { NULL, NULL };
    enum error error = check(request, &fault);

    if (error == ERROR_UPGRADE_REQUIRED) {
        request_add_header(request, "Connection", "Upgrade");
        request_add_header(request, "Upgrade", "websocket");
        request_add_header(request, "Sec-WebSocket-Version", WEBSOCKET_VERSION);
    }
    if (error != ERROR_NONE)
        request_fail(request, error, &fault);
    else if (asked->since < 0)
        ask_for_latest(request, asked);
    else
        upgrade(request, asked->since);
}
