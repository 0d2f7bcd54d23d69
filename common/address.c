/* address.c - addresses given as text, as stream sockets */
#include "common/address.h"

#include "common/descriptor.h"
#include "common/text.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char unix_prefix[] = "unix:";

struct address {
    struct sockaddr_storage where;
    socklen_t size;
};

static const char *unix_path(const char *text)
{
    size_t length = strlen(unix_prefix);

    return strncmp(text, unix_prefix, length) == 0 ? text + length : NULL;
}

static int read_unix(const char *path, struct address *ret)
{
    struct sockaddr_un where = { .sun_family = AF_UNIX };
    size_t length = strlen(path);

    if (length == 0)
        return -EINVAL;
    if (length >= sizeof where.sun_path)
        return -ENAMETOOLONG;
    memcpy(where.sun_path, path, length);
    memcpy(&ret->where, &where, sizeof where);
    ret->size = sizeof where;
    return 0;
}

static int read_name(const char *host, const char *port, struct address *ret)
{
    struct addrinfo wanted = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    int64_t number;
    int r;

    /* getaddrinfo takes 99999, and makes another port of it. */
    if (!text_to_int64(port, strlen(port), &number) || number < 0 || number > UINT16_MAX)
        return -EINVAL;
    r = getaddrinfo(host, port, &wanted, &found);
    if (r != 0)
        return -EADDRNOTAVAIL;
    memcpy(&ret->where, found->ai_addr, found->ai_addrlen);
    ret->size = found->ai_addrlen;
    freeaddrinfo(found);
    return 0;
}

/* "host:port"; an IPv6 host stands in brackets. */
static int read_address(const char *text, struct address *ret)
{
    char host[ADDRESS_MOST];
    const char *colon = strrchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : 0;

    if (unix_path(text))
        return read_unix(unix_path(text), ret);
    if (length == 0 || length >= sizeof host || !colon[1])
        return -EINVAL;
    if (text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    } else if (memchr(text, ':', length)) {
        return -EINVAL;
    }
    memcpy(host, text, length);
    host[length] = '\0';
    return *host ? read_name(host, colon + 1, ret) : -EINVAL;
}

static int connect_to(const struct address *address, int timeout_ms, int *ret)
{
    const struct timeval timeout = { .tv_sec = timeout_ms / 1000,
                                     .tv_usec = (suseconds_t)(timeout_ms % 1000) * 1000 };
    AUTO(close_descriptor) int fd = socket(address->where.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)&address->where, address->size) < 0)
        return errno == EINPROGRESS ? -ETIMEDOUT : -errno;
    *ret = take_descriptor(&fd);
    return 0;
}

/* A socket file whose listener is gone refuses connections; anything else stays where it is. */
static bool is_stale(const char *path, const struct address *address)
{
    AUTO(close_descriptor) int fd = -1;
    struct stat status;

    return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode) &&
           connect_to(address, 1000, &fd) == -ECONNREFUSED;
}

static int bind_to(int fd, const struct address *address, const char *path)
{
    const struct sockaddr *where = (const struct sockaddr *)&address->where;
    const int yes = 1;

    if (!path)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    else if (fchmod(fd, 0600) < 0) /* the socket file is made with the mode of the socket */
        return -errno;
    if (bind(fd, where, address->size) == 0)
        return 0;
    if (errno != EADDRINUSE || !path)
        return -errno;
    if (!is_stale(path, address))
        return -EADDRINUSE;
    return unlink(path) < 0 || bind(fd, where, address->size) < 0 ? -errno : 0;
}

static int name_socket(int fd, const char *text, char ret[ADDRESS_MOST])
{
    struct address address = { .size = sizeof address.where };
    struct sockaddr *where = (struct sockaddr *)&address.where;
    char host[64]; /* numeric, with a scope */
    char port[8];

    if (unix_path(text)) {
        snprintf(ret, ADDRESS_MOST, "%s", text);
        return 0;
    }
    if (getsockname(fd, where, &address.size) < 0)
        return -errno;
    if (getnameinfo(where, address.size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return -EINVAL;
    snprintf(ret, ADDRESS_MOST, where->sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
    return 0;
}

int address_listen(const char *address, int *ret, char ret_address[ADDRESS_MOST])
{
    AUTO(close_descriptor) int fd = -1;
    struct address parsed;
    int r = read_address(address, &parsed);

    if (r < 0)
        return r;
    fd = socket(parsed.where.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    r = bind_to(fd, &parsed, unix_path(address));
    if (r < 0)
        return r;
    if (listen(fd, ADDRESS_BACKLOG) < 0)
        return -errno;
    r = name_socket(fd, address, ret_address);
    if (r < 0)
        return r;
    *ret = take_descriptor(&fd);
    return 0;
}

void address_forget(const char *address)
{
    if (unix_path(address))
        unlink(unix_path(address));
}

int address_connect(const char *address, int timeout_ms, int *ret)
{
    struct address parsed;
    int r = read_address(address, &parsed);

    return r < 0 ? r : connect_to(&parsed, timeout_ms, ret);
}
