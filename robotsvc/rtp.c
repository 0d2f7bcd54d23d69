/* rtp.c - RTP for Opus */
#include "robotsvc/rtp.h"

#include "common/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { VERSION_2 = 0x80, MARKER = 0x80, PAYLOAD_TYPE_MASK = 0x7f };

void rtp_sender_init(struct rtp_sender *sender, uint8_t payload_type)
{
    *sender = (struct rtp_sender){ .payload_type = payload_type, .is_marked = true };
    random_bytes(&sender->ssrc, sizeof sender->ssrc);
    random_bytes(&sender->timestamp, sizeof sender->timestamp);
    random_bytes(&sender->sequence, sizeof sender->sequence);
}

void rtp_write_header(struct rtp_sender *sender, unsigned samples,
                      unsigned char ret[RTP_HEADER_BYTES])
{
    uint16_t sequence = htons(sender->sequence);
    uint32_t timestamp = htonl(sender->timestamp);
    uint32_t ssrc = htonl(sender->ssrc);

    ret[0] = VERSION_2;
    ret[1] = (unsigned char)((sender->is_marked ? MARKER : 0) |
                             (sender->payload_type & PAYLOAD_TYPE_MASK));
    memcpy(ret + 2, &sequence, sizeof sequence);
    memcpy(ret + 4, &timestamp, sizeof timestamp);
    memcpy(ret + 8, &ssrc, sizeof ssrc);
    sender->sequence++;
    sender->timestamp += samples;
    sender->is_marked = false;
}

int rtp_target_from(const char *ip, int64_t port, uint8_t payload_type, struct rtp_target *ret)
{
    struct rtp_target target = { .payload_type = payload_type };
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };

    if (port < 1 || port > UINT16_MAX)
        return -EINVAL;
    if (inet_pton(AF_INET, ip, &v4.sin_addr) == 1) {
        target.address_size = sizeof v4;
        memcpy(&target.address, &v4, sizeof v4);
    } else if (inet_pton(AF_INET6, ip, &v6.sin6_addr) == 1) {
        target.address_size = sizeof v6;
        memcpy(&target.address, &v6, sizeof v6);
    } else {
        return -EINVAL;
    }
    *ret = target;
    return 0;
}

int rtp_open_socket(const char *ip)
{
    enum { SEND_BUFFER_BYTES = 1 << 20 };
    const int buffer_bytes = SEND_BUFFER_BYTES;
    struct rtp_target from;
    int fd;
    int r = rtp_target_from(ip, 1, 0, &from);

    if (r < 0)
        return r;
    ((struct sockaddr_in *)&from.address)->sin_port = 0; /* where IPv6 has it too */
    fd = socket(from.address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
    if (bind(fd, (struct sockaddr *)&from.address, from.address_size) < 0) {
        r = -errno;
        close(fd);
        return r;
    }
    return fd;
}

/* What of an IPv6 address does not fit is cut off; its port stands in the same place. */
uint16_t rtp_socket_port(int socket)
{
    struct sockaddr_in own = { .sin_port = 0 };
    socklen_t size = sizeof own;

    (void)getsockname(socket, (struct sockaddr *)&own, &size);
    return ntohs(own.sin_port);
}
