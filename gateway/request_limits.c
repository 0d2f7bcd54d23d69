/* request_limits.c - where a request comes from, and whether it comes too often */
#include "gateway/request_inside.h"

#include "gateway/limits.h"

#include <string.h>

enum { MS = 1000 };

bool request_client(const struct request *request, struct client_address *ret)
{
    const struct networks *trusted = limits_trusted(request->requests->gateway->limits);
    AUTO(buffer_done) struct buffer forwarded = { 0 };

    client_address_from_socket(http_exchange_peer(&request->exchange), ret);
    if (!networks_hold(trusted, ret))
        return false;
    http_exchange_join_headers(&request->exchange, "X-Forwarded-For", &forwarded);
    client_address_forward(trusted, (struct bytes){ forwarded.data, forwarded.size }, ret);
    return true;
}

enum error request_check_rate(struct request *request)
{
    struct client_address address;
    const char *uid;
    int64_t wait_ms;

    if (!request->route->takes_key)
        return ERROR_NONE;
    uid = request_actor(request);
    (void)request_client(request, &address);
    wait_ms = limits_take_call(request->requests->gateway->limits, uid ? uid : "",
                               request->claims.is_service ? NULL : &address);
    if (wait_ms == 0)
        return ERROR_NONE;
    request->retry_seconds = (wait_ms + MS - 1) / MS;
    return ERROR_RATE_LIMITED;
}
