/* http_server_upgrade.c - connections that leave HTTP
 *
 * Without TLS the socket is duplicated and libmicrohttpd told at once that it can close its own:
 * it keeps those that it carries on the list of suspended connections, and walks through all of
 * them whenever one is resumed, which 8,000 of them made cost a request four times as much. With
 * TLS there is no such way out: the session is libmicrohttpd's, and its end of a pair of sockets is
 * what the owner gets. */
#include "gateway/http_server_inside.h"

#include "gateway/http_server_tls.h"

#include "common/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the kernel may keep for a client that takes nothing; it counts its own part as as much. */
enum { SEND_BYTES = 16 * 1024 };

static void bound_sending(int fd)
{
    const int size = SEND_BYTES;

    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

static struct http_socket duplicate(int fd, struct MHD_UpgradeResponseHandle *handle)
{
    const int on = 1;
    struct http_socket ret = { fcntl(fd, F_DUPFD_CLOEXEC, 0), -1, NULL };

    MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
    if (ret.fd < 0)
        return ret;
    bound_sending(ret.fd);
    (void)setsockopt(ret.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return ret;
}

static struct http_socket tie(struct http_exchange *exchange, int fd,
                              struct MHD_UpgradeResponseHandle *handle)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct http_socket ret = { fd, -1, must_alloc(1, sizeof *ret.tie) };
    int flags = fcntl(fd, F_GETFL);

    exchange->is_tied = true;
    *ret.tie = (struct http_tie){ .server = exchange->server, .handle = handle };
    (void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    bound_sending(fd);
    if (info) {
        bound_sending(info->connect_fd);
        ret.network_fd = fcntl(info->connect_fd, F_DUPFD_CLOEXEC, 0);
    }
    return ret;
}

/* A MHD_UpgradeHandler: called within MHD_run. What it resumes is looked at in the next one. */
static void hand_over(void *context, struct MHD_Connection *connection, void *exchange_,
                      const char *early, size_t early_size, int fd,
                      struct MHD_UpgradeResponseHandle *handle)
{
    struct http_exchange *exchange = exchange_;
    struct http_server *server = context;
    struct http_socket taken =
        http_server_tls_is_open() ? tie(exchange, fd, handle) : duplicate(fd, handle);

    (void)connection;
    server->has_resumed = true;
    server->callbacks->upgraded(exchange, taken, (struct bytes){ early, early_size });
}

bool http_exchange_can_upgrade(const struct http_exchange *exchange)
{
    return exchange->can_upgrade;
}

void http_exchange_upgrade(struct http_exchange *exchange, const struct http_answer *answer)
{
    struct MHD_Response *response = MHD_create_response_for_upgrade(hand_over, exchange->server);

    if (!response)
        abort();
    http_server_add_headers(response, answer);
    http_server_queue(exchange, MHD_HTTP_SWITCHING_PROTOCOLS, response);
}

void http_socket_close(struct http_socket *socket)
{
    struct http_tie *tie = socket->tie;

    if (socket->network_fd >= 0)
        close(socket->network_fd);
    if (tie) {
        tie->next = atomic_load(&tie->server->done);
        while (!atomic_compare_exchange_weak(&tie->server->done, &tie->next, tie))
            ;
        loop_wake(tie->server->loop);
    } else if (socket->fd >= 0) {
        close(socket->fd);
    }
    *socket = HTTP_NO_SOCKET;
}

bool http_server_cut_ties(struct http_server *server)
{
    struct http_tie *tie;

    if (!atomic_load_explicit(&server->done, memory_order_relaxed))
        return false;
    tie = atomic_exchange(&server->done, NULL);
    while (tie) {
        struct http_tie *next = tie->next;

        MHD_upgrade_action(tie->handle, MHD_UPGRADE_ACTION_CLOSE);
        server->cut_count++;
        free(tie);
        tie = next;
    }
    return true;
}
