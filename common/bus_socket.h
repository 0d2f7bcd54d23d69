/* bus_socket.h - inside of the bus and the events: ZeroMQ sockets with the settings that all of
 * ours have, and their return values as this project's */
#pragma once

#include <zmq.h>

#include "common/auto.h"
#include "common/buffer.h"
#include "common/loop.h"

#include <stdbool.h>

/* A socket of `type` that will bind or connect to `endpoint`: it refuses messages over
 * BUS_MOST_BYTES, lets TCP find out that a peer is gone, and forgets what is unsent when it is
 * closed. 0 or -errno. */
int bus_socket_open(void *zmq_context, int type, const char *endpoint, void **ret) MUST_CHECK;
void *bus_socket_close(void *socket); /* NULL is fine; returns NULL */
DEFINE_AUTO(void *, bus_socket_close)

void bus_socket_set(void *socket, int option, int value);

/* 0 and where it is bound, with the port that was chosen, to be freed by the caller; or -errno. */
int bus_socket_bind(void *socket, const char *endpoint, char **ret) MUST_CHECK;

/* Have `function` called when ZMQ_EVENTS may have changed. ZeroMQ's descriptor tells of changes
 * only: whoever sends or receives on the socket must look at bus_socket_events by himself. */
int bus_socket_watch(void *socket, struct loop *loop, loop_fd_function *function,
                     void *context) MUST_CHECK;
void bus_socket_unwatch(void *socket, struct loop *loop);

/* ZMQ_POLLIN and ZMQ_POLLOUT, as they are now. */
int bus_socket_events(void *socket);

/* Receive without waiting a message of one frame, behind the sender's address if `address` is not
 * NULL: 0; -EAGAIN if there is none; -EBADMSG after dropping one of another shape; another -errno.
 * The messages must be initialised; what they held is released. */
int bus_socket_receive(void *socket, zmq_msg_t *address, zmq_msg_t *frame) MUST_CHECK;

/* Send without waiting; an empty address: none. 0 or -errno: -EAGAIN, -EHOSTUNREACH. */
int bus_socket_send(void *socket, struct bytes address, struct bytes frame) MUST_CHECK;

static inline struct bytes bus_message_bytes(zmq_msg_t *message)
{
    return (struct bytes){ zmq_msg_data(message), zmq_msg_size(message) };
}
