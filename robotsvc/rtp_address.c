/* rtp_address.c - the address that robots' audio is sent from */
#include "robotsvc/rtp_address.h"

#include "common/descriptor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HOST_MOST = 256 };

/* The host of the first URL: only robotsvc's own list is read here, never a client's. */
static int read_host(const char *urls, char ret[HOST_MOST])
{
    const char *host = strstr(urls, "://");
    size_t length;

    if (!host)
        return -EINVAL;
    host += strlen("://");
    length = strcspn(host, ":/, ");
    if (length == 0 || length >= HOST_MOST)
        return -EINVAL;
    memcpy(ret, host, length);
    ret[length] = '\0';
    return 0;
}

static int look_up(const char *host, struct sockaddr_in *ret)
{
    const struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_DGRAM };
    struct addrinfo *found;

    if (getaddrinfo(host, "9", &hints, &found) != 0)
        return -ENOENT;
    memcpy(ret, found->ai_addr, sizeof *ret);
    freeaddrinfo(found);
    return 0;
}

/* Connecting a datagram socket sends nothing: it only asks the routes. */
static int face(const struct sockaddr_in *there, char ret[RTP_ADDRESS_MOST])
{
    AUTO(close_descriptor) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in here;
    socklen_t size = sizeof here;

    if (fd < 0 || connect(fd, (const struct sockaddr *)there, sizeof *there) < 0 ||
        getsockname(fd, (struct sockaddr *)&here, &size) < 0)
        return -errno;
    inet_ntop(AF_INET, &here.sin_addr, ret, RTP_ADDRESS_MOST);
    return 0;
}

int rtp_address_choose(const char *setting, const char *urls, char ret[RTP_ADDRESS_MOST])
{
    char host[HOST_MOST];
    struct sockaddr_in there;
    int r;

    if (strcmp(setting, "auto") != 0) {
        if (strlen(setting) >= RTP_ADDRESS_MOST)
            return -EINVAL;
        strcpy(ret, setting); // NOLINT(clang-analyzer-security.insecureAPI.strcpy): it fits
        return 0;
    }
    r = read_host(urls, host);
    if (r == 0)
        r = look_up(host, &there);
    return r < 0 ? r : face(&there, ret);
}
