/* address.h - "127.0.0.1:9090", "[::1]:0", "localhost:80" and "unix:/path" as stream sockets */
#pragma once

#include "common/auto.h"

enum {
    ADDRESS_MOST = 160,   /* bytes of an address as text, with its NUL */
    ADDRESS_BACKLOG = 64, /* connections that wait to be accepted */
};

/* A listening socket, not blocking, at the first address of a name. *ret is the descriptor,
 * ret_address where it listens, with the port that was chosen. The socket file of a unix: path is
 * its owner's alone; one that nobody listens at any more is replaced. 0, -EINVAL for a text that is
 * no address, -EADDRINUSE, or another -errno. */
int address_listen(const char *address, int *ret, char ret_address[ADDRESS_MOST]) MUST_CHECK;

/* Remove the socket file of a unix: address; nothing for others. */
void address_forget(const char *address);

/* A connected socket that gives up reading and writing after `timeout_ms`. 0 or -errno. */
int address_connect(const char *address, int timeout_ms, int *ret) MUST_CHECK;
