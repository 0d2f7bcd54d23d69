/* http_listen.h - the address that HTTP is served on, and its sockets: one for each worker on the
 * same port, among which the kernel shares the connections out */
#pragma once

#include "common/auto.h"

#include <stdbool.h>
#include <sys/socket.h>

enum { HTTP_ADDRESS_TEXT_MOST = 64 };

struct http_address {
    struct sockaddr_storage socket;
    socklen_t size;
};

/* "127.0.0.1:8080", "[::1]:0", "localhost:8080". 0, or -EINVAL. */
int http_address_read(const char *text, struct http_address *ret) MUST_CHECK;
bool http_address_is_loopback(const struct http_address *address);
void http_address_text(const struct http_address *address, char ret[HTTP_ADDRESS_TEXT_MOST]);

/* -EADDRINUSE if another program listens there already: shared ports would let two gateways of one
 * user take each other's requests unnoticed. 0 or another -errno. */
int http_address_check_free(const struct http_address *address) MUST_CHECK;

/* A socket that listens, *ret_fd, to be closed by the caller. A port of 0 in *address is replaced
 * by the one that it got, so that further sockets join it there. 0 or -errno. */
int http_listen(struct http_address *address, int *ret_fd) MUST_CHECK;
