/* http_server_peer.c - where connections come from, and how many an address has */
#include "gateway/http_server_inside.h"

#include "gateway/limits.h"

#include <stdint.h>
#include <strings.h>

const struct sockaddr *http_exchange_peer(const struct http_exchange *exchange)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    return info ? info->client_addr : NULL;
}

struct joining {
    const char *name;
    struct buffer *out;
};

static enum MHD_Result add_value(void *context, enum MHD_ValueKind kind, const char *name,
                                 const char *value)
{
    const struct joining *joining = context;

    (void)kind;
    if (strcasecmp(name, joining->name) != 0)
        return MHD_YES;
    if (joining->out->size > 0)
        buffer_add_text(joining->out, ",");
    buffer_add_text(joining->out, value ? value : "");
    return MHD_YES;
}

void http_exchange_join_headers(const struct http_exchange *exchange, const char *name,
                                struct buffer *out)
{
    struct joining joining = { name, out };

    MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, add_value, &joining);
}

enum MHD_Result http_server_may_connect(void *server_, const struct sockaddr *peer, socklen_t size)
{
    const struct http_server *server = server_;
    struct client_address address;

    (void)size;
    client_address_from_socket(peer, &address);
    return limits_may_connect(server->limits, &address) ? MHD_YES : MHD_NO;
}

void http_server_count_connection(void *server_, struct MHD_Connection *connection, void **place,
                                  enum MHD_ConnectionNotificationCode code)
{
    const struct http_server *server = server_;
    const union MHD_ConnectionInfo *info;
    struct client_address address;

    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        limits_disconnect(server->limits, (connection_place)(uintptr_t)*place);
        return;
    }
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    client_address_from_socket(info ? info->client_addr : NULL, &address);
    *place = (void *)(uintptr_t)limits_connect(server->limits, &address);
}
