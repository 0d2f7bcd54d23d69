/* streams.h - what came of the RTP streams that a client receives: a stream an SSRC */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { STREAMS_MOST = 4, RTP_HEADER = 12 };

struct stream {
    uint32_t ssrc;
    uint16_t number;    /* of its last packet */
    uint32_t timestamp; /* of its last packet */
    double first_at;    /* steady seconds when its first packet came */
};

struct streams {
    struct stream each[STREAMS_MOST];
    size_t count;
    uint64_t received;
    uint64_t missing;   /* numbers left out */
    uint64_t backwards; /* with an earlier number or time than the one before */
};

/* A decrypted packet came. */
void streams_count(struct streams *streams, const uint8_t *packet, size_t length, double now);
