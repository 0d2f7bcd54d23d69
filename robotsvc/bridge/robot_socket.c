/* robot_socket.c - the one UDP port on which all robots' RTP comes in, and its thread
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#include "robotsvc/bridge/robot_socket.h"

#include "robotsvc/bridge/relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BATCH = 64,
    RECEIVE_BYTES = 4 << 20, /* 2,000 robots' packets of a fifth of a second */
    RTP_LEAST = 13,          /* a header and one byte: RFC 3550 section 5.1 … */
    RTP_PLAIN = 2 << 6, /* … its first byte: version 2, and nothing between header and payload */
};

static int socket_fd = -1;
static int stop_fd = -1;
static GThread *thread;
static char bound_address[INET_ADDRSTRLEN];
static int bound_port;

static void relay(const struct sockaddr_in *source, char *packet, int length)
{
    struct room *room;

    if (length < RTP_LEAST || (uint8_t)packet[0] != RTP_PLAIN)
        return;
    room = room_find_robot(ntohl(((janus_rtp_header *)packet)->ssrc));
    if (!room)
        return;
    relay_from_robot(room, source, packet, length);
    room_unref(room);
}

static void receive_batch(void)
{
    static char packets[BATCH][BRIDGE_PACKET_MOST];
    struct sockaddr_in sources[BATCH];
    struct iovec parts[BATCH];
    struct mmsghdr messages[BATCH];
    int count;

    memset(messages, 0, sizeof messages);
    for (int i = 0; i < BATCH; i++) {
        parts[i] = (struct iovec){ packets[i], BRIDGE_PACKET_MOST };
        messages[i].msg_hdr = (struct msghdr){ .msg_name = &sources[i],
                                               .msg_namelen = sizeof sources[i],
                                               .msg_iov = &parts[i],
                                               .msg_iovlen = 1 };
    }
    count = recvmmsg(socket_fd, messages, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; i++)
        if (!(messages[i].msg_hdr.msg_flags & MSG_TRUNC))
            relay(&sources[i], packets[i], (int)messages[i].msg_len);
}

static gpointer receive_loop(gpointer unused)
{
    struct pollfd ready[] = {
        {.fd = socket_fd, .events = POLLIN},
        { .fd = stop_fd,  .events = POLLIN},
    };

    (void)unused;
    while (!ready[1].revents)
        if (poll(ready, G_N_ELEMENTS(ready), -1) > 0 && ready[0].revents)
            receive_batch();
    return NULL;
}

static int bind_socket(const char *address, int port)
{
    struct sockaddr_in local = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    socklen_t size = sizeof local;
    int bytes = RECEIVE_BYTES;

    if (inet_pton(AF_INET, address, &local.sin_addr) != 1)
        return -EINVAL;
    socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_fd < 0 || bind(socket_fd, (struct sockaddr *)&local, sizeof local) < 0 ||
        getsockname(socket_fd, (struct sockaddr *)&local, &size) < 0)
        return -errno;
    /* The kernel's limit may be lower; it gives what it can. */
    (void)setsockopt(socket_fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    inet_ntop(AF_INET, &local.sin_addr, bound_address, sizeof bound_address);
    bound_port = ntohs(local.sin_port);
    return 0;
}

int robot_socket_open(const char *address, int port)
{
    int r = bind_socket(address, port);

    if (r == 0 && (stop_fd = eventfd(0, EFD_CLOEXEC)) < 0)
        r = -errno;
    if (r < 0) {
        robot_socket_close();
        return r;
    }
    thread = g_thread_new("dapi robots", receive_loop, NULL);
    return 0;
}

void robot_socket_close(void)
{
    if (thread) {
        eventfd_write(stop_fd, 1);
        g_thread_join(thread);
        thread = NULL;
    }
    if (stop_fd >= 0)
        close(stop_fd);
    if (socket_fd >= 0)
        close(socket_fd);
    stop_fd = socket_fd = -1;
}

const char *robot_socket_address(void)
{
    return bound_address;
}

int robot_socket_port(void)
{
    return bound_port;
}
