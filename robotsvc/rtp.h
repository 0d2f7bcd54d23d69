/* rtp.h - RTP for Opus: headers (RFC 3550 section 5.1, RFC 7587), where they go, whence they come
 */
#pragma once

#include "common/auto.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { RTP_HEADER_BYTES = 12 };

/* One sender's place in its stream; the clock runs at 48 kHz whatever the audio's own rate. */
struct rtp_sender {
    uint32_t ssrc;
    uint32_t timestamp; /* of the next packet */
    uint16_t sequence;  /* of the next packet */
    uint8_t payload_type;
    bool is_marked; /* the next packet begins a talkspurt */
};

/* All that RFC 3550 wants random is random; the first packet is marked. */
void rtp_sender_init(struct rtp_sender *sender, uint8_t payload_type);

/* Write the header of the next packet, which plays for `samples`, and step on. */
void rtp_write_header(struct rtp_sender *sender, unsigned samples,
                      unsigned char ret[RTP_HEADER_BYTES]);

/* Where a stream goes, and what it must say to be let in there. */
struct rtp_target {
    struct sockaddr_storage address;
    socklen_t address_size;
    uint8_t payload_type;
    uint32_t ssrc; /* 0: the sender's own */
};

/* 0, or -EINVAL if `ip` is not numeric or `port` not 1 to 65535. */
int rtp_target_from(const char *ip, int64_t port, uint8_t payload_type,
                    struct rtp_target *ret) MUST_CHECK;

/* A datagram socket that sends from `ip`, on a port that the system chooses: its descriptor, or
 * -EINVAL if `ip` is not numeric, or -errno. */
int rtp_open_socket(const char *ip) MUST_CHECK;

/* The port that the system chose. */
uint16_t rtp_socket_port(int socket);
