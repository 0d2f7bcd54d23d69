/* http_listen.c - the address that HTTP is served on, and its sockets */
#include "gateway/http_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

static int look_up(const char *host, const char *port, struct http_address *ret)
{
    const struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
                                    .ai_socktype = SOCK_STREAM };
    struct addrinfo *found;

    if (getaddrinfo(*host ? host : NULL, port, &hints, &found) != 0)
        return -EINVAL;
    memcpy(&ret->socket, found->ai_addr, found->ai_addrlen);
    ret->size = found->ai_addrlen;
    freeaddrinfo(found);
    return 0;
}

int http_address_read(const char *text, struct http_address *ret)
{
    const char *colon = strrchr(text, ':');
    char host[256];
    size_t length;

    if (!colon || !colon[1])
        return -EINVAL;
    length = (size_t)(colon - text);
    if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    } else if (memchr(text, ':', length)) {
        return -EINVAL;
    }
    if (length >= sizeof host)
        return -EINVAL;
    memcpy(host, text, length);
    host[length] = '\0';
    return look_up(host, colon + 1, ret);
}

bool http_address_is_loopback(const struct http_address *address)
{
    if (address->socket.ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)&address->socket)->sin6_addr);
    return ntohl(((const struct sockaddr_in *)&address->socket)->sin_addr.s_addr) >> 24 == 127;
}

void http_address_text(const struct http_address *address, char ret[HTTP_ADDRESS_TEXT_MOST])
{
    char host[INET6_ADDRSTRLEN] = "";
    char port[8] = "";
    bool is_ipv6 = address->socket.ss_family == AF_INET6;

    getnameinfo((const struct sockaddr *)&address->socket, address->size, host, sizeof host, port,
                sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(ret, HTTP_ADDRESS_TEXT_MOST, is_ipv6 ? "[%s]:%s" : "%s:%s", host, port);
}

/* A socket bound to the address; `is_shared`: others may bind to the port too. */
static int open_bound(const struct http_address *address, bool is_shared)
{
    const int on = 1;
    int fd = socket(address->socket.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        (is_shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0) ||
        bind(fd, (const struct sockaddr *)&address->socket, address->size) < 0) {
        int r = -errno;

        close(fd);
        return r;
    }
    return fd;
}

int http_address_check_free(const struct http_address *address)
{
    int fd = open_bound(address, false);

    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

int http_listen(struct http_address *address, int *ret_fd)
{
    struct http_address bound = { .size = sizeof bound.socket };
    int fd = open_bound(address, true);

    if (fd < 0)
        return fd;
    if (listen(fd, BACKLOG) < 0 ||
        getsockname(fd, (struct sockaddr *)&bound.socket, &bound.size) < 0) {
        int r = -errno;

        close(fd);
        return r;
    }
    *address = bound;
    *ret_fd = fd;
    return 0;
}
