/* bus_socket.c - ZeroMQ sockets with the settings that all of ours have */
#include "common/bus_socket.h"

#include "common/bus.h"
#include "common/memory.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>

/* Never ZMQ_HEARTBEAT_*: libzmq 4.3.4 aborts the process when a receive queue is full and a
 * heartbeat is due. The bus has its own pings. */
static const struct {
    int option;
    int value;
} settings[] = {
    {ZMQ_LINGER,               0    },
    { ZMQ_HANDSHAKE_IVL,       5000 },
    { ZMQ_TCP_KEEPALIVE,       1    },
    { ZMQ_TCP_KEEPALIVE_IDLE,  10   },
    { ZMQ_TCP_KEEPALIVE_INTVL, 5    },
    { ZMQ_TCP_KEEPALIVE_CNT,   3    },
    { ZMQ_TCP_MAXRT,           10000},
    { ZMQ_CONNECT_TIMEOUT,     2000 },
    { ZMQ_RECONNECT_IVL,       100  },
    { ZMQ_RECONNECT_IVL_MAX,   500  },
    { ZMQ_SNDHWM,              1000 },
    { ZMQ_RCVHWM,              1000 },
};

int bus_socket_open(void *zmq_context, int type, const char *endpoint, void **ret)
{
    int64_t most_bytes = BUS_MOST_BYTES;
    void *socket = zmq_socket(zmq_context, type);

    if (!socket)
        return -errno;
    for (size_t i = 0; i < COUNT_OF(settings); i++)
        bus_socket_set(socket, settings[i].option, settings[i].value);
    zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &most_bytes, sizeof most_bytes);
    /* Only where it is needed: with it libzmq shows IPv4 addresses as mapped ones. */
    bus_socket_set(socket, ZMQ_IPV6, strchr(endpoint, '[') || strstr(endpoint, "://*"));
    *ret = socket;
    return 0;
}

void *bus_socket_close(void *socket)
{
    if (socket)
        zmq_close(socket);
    return NULL;
}

void bus_socket_set(void *socket, int option, int value)
{
    int r = zmq_setsockopt(socket, option, &value, sizeof value);

    assert(r == 0);
    (void)r;
}

int bus_socket_bind(void *socket, const char *endpoint, char **ret)
{
    char bound[512];
    size_t size = sizeof bound;

    if (zmq_bind(socket, endpoint) < 0 ||
        zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, bound, &size) < 0)
        return -errno;
    *ret = must_copy(bound);
    return 0;
}

static int get_fd(void *socket)
{
    int fd = -1;
    size_t size = sizeof fd;

    return zmq_getsockopt(socket, ZMQ_FD, &fd, &size) < 0 ? -errno : fd;
}

int bus_socket_watch(void *socket, struct loop *loop, loop_fd_function *function, void *context)
{
    return loop_add_fd(loop, get_fd(socket), EPOLLIN, function, context);
}

void bus_socket_unwatch(void *socket, struct loop *loop)
{
    loop_remove_fd(loop, get_fd(socket));
}

int bus_socket_events(void *socket)
{
    int events = 0;
    size_t size = sizeof events;

    return zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size) < 0 ? 0 : events;
}

/* 0, or -EAGAIN, or another -errno; a signal does not count. */
static int receive_frame(void *socket, zmq_msg_t *frame)
{
    while (zmq_msg_recv(frame, socket, ZMQ_DONTWAIT) < 0)
        if (errno != EINTR)
            return -errno;
    return 0;
}

/* ZeroMQ delivers all frames of a message at once: none of these waits. */
static int drop_rest(void *socket, zmq_msg_t *frame)
{
    while (zmq_msg_more(frame))
        if (receive_frame(socket, frame) < 0)
            break;
    return -EBADMSG;
}

int bus_socket_receive(void *socket, zmq_msg_t *address, zmq_msg_t *frame)
{
    int r;

    if (address) {
        r = receive_frame(socket, address);
        if (r < 0)
            return r;
        if (!zmq_msg_more(address))
            return -EBADMSG;
    }
    r = receive_frame(socket, frame);
    if (r < 0)
        return r;
    return zmq_msg_more(frame) ? drop_rest(socket, frame) : 0;
}

static int send_frame(void *socket, struct bytes frame, int flags)
{
    while (zmq_send(socket, frame.data, frame.size, flags | ZMQ_DONTWAIT) < 0)
        if (errno != EINTR)
            return -errno;
    return 0;
}

int bus_socket_send(void *socket, struct bytes address, struct bytes frame)
{
    int r = address.size ? send_frame(socket, address, ZMQ_SNDMORE) : 0;

    return r < 0 ? r : send_frame(socket, frame, 0);
}
