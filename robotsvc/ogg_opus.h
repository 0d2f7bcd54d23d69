/* ogg_opus.h - reads Ogg/Opus files (RFC 7845) into Opus packets, ready to be sent as they are */
#pragma once

#include "common/auto.h"
#include "common/buffer.h"

#include <stddef.h>
#include <stdint.h>

enum {
    OPUS_RATE = 48000,             /* samples a second, whatever a file was made from */
    OPUS_MOST_SAMPLES = 5760,      /* of a packet: 120 ms */
    OPUS_LEAST_SAMPLES = 120,      /* of a packet: 2.5 ms, of which every duration is a multiple */
    OPUS_MOST_FRAME_BYTES = 1275,  /* RFC 6716 section 3.2.1 */
    OPUS_MOST_PACKET_BYTES = 1400, /* one that fits an undivided datagram */
    OGG_MOST_BYTES = 16 << 20,
};

struct opus_packet {
    const unsigned char *data;
    uint16_t size;
    uint16_t samples;
};

/* A recording; never changed once it is read, so that any thread may play it. */
struct recording {
    struct opus_packet *packets;
    size_t count;
    uint64_t samples; /* of all packets: what sending takes */
    unsigned channels;
    unsigned pre_skip;    /* samples at the start that only warm the decoder up */
    struct buffer memory; /* where the packets are */
};

/* How long it is; a part of a millisecond counts as one. */
int64_t recording_ms(const struct recording *recording);
/* The packet that plays at `ms`; `count` if it is over by then. */
size_t recording_packet_at(const struct recording *recording, int64_t ms);

/* How long a packet plays and whether its framing is right (RFC 6716 sections 3.1, 3.2 and 3.4):
 * its samples, or -EINVAL. */
int opus_packet_samples(const unsigned char *packet, size_t size) MUST_CHECK;

/* Read a whole file. 0 and *ret, to be freed by the caller; or -EINVAL and *reterr, a constant text
 * that continues "the file". */
int ogg_opus_read(struct bytes file, struct recording **ret, const char **reterr) MUST_CHECK;
struct recording *recording_free(struct recording *recording);
DEFINE_AUTO(struct recording *, recording_free)
