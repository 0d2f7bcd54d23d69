/* http_server_shut.c - closes the door, so that who finds it closed can knock elsewhere
 *
 * Closing a socket that listens resets the connections that the kernel made and nobody accepted
 * yet, with requests in them perhaps: behind a proxy a failed call. */
#include "gateway/http_server_inside.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    TCP_FLAGS_AT = 13, /* in TCP's header, with which a filter of such a socket begins */
    TCP_SYN = 0x02,
};

static int listen_fd_of(const struct http_server *server)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_LISTEN_FD);

    return info ? info->listen_fd : -1;
}

/* Who is not heard asks again in a second, and is told then that nobody listens. */
void http_server_begin_shut(struct http_server *server)
{
    struct sock_filter drop_first_packets[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, TCP_FLAGS_AT),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, TCP_SYN, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };
    struct sock_fprog program = { sizeof drop_first_packets / sizeof *drop_first_packets,
                                  drop_first_packets };

    /* Where the kernel takes no filters, a few who come just now fail. */
    (void)setsockopt(listen_fd_of(server), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static void take_who_waits(struct http_server *server, int listen_fd)
{
    struct sockaddr_storage address;

    for (;;) {
        socklen_t size = sizeof address;
        int fd =
            accept4(listen_fd, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0)
            return;
        /* It closes what it does not take. */
        (void)MHD_add_connection(server->daemon, fd, (struct sockaddr *)&address, size);
    }
}

void http_server_shut(struct http_server *server)
{
    int listen_fd = MHD_quiesce_daemon(server->daemon);

    if (listen_fd < 0)
        return;
    take_who_waits(server, listen_fd);
    close(listen_fd);
    server->is_readable = true;
}

unsigned http_server_connections(const struct http_server *server)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);

    return info ? info->num_connections : 0;
}
