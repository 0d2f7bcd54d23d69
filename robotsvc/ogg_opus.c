/* ogg_opus.c - reads Ogg/Opus files into packets: libogg finds pages and packets, the rest is here
 */
#include "robotsvc/ogg_opus.h"

#include "common/memory.h"

#include <errno.h>
#include <ogg/ogg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char not_opus[] = "is not Ogg/Opus";
static const char cut_off[] = "is cut off or damaged";

enum { HEAD_BYTES = 19, HEAD_PACKETS = 2 };

/* A file that is being read. */
struct reading {
    struct bytes file;
    size_t at; /* what has been read of it */
    ogg_stream_state stream;
    bool has_stream;
    bool has_ended;
    size_t packets; /* seen, with the two that are headers */
    int64_t granule;
    struct recording *recording;
    const char *problem;
};

static int refuse(struct reading *reading, const char *problem)
{
    reading->problem = problem;
    return -EINVAL;
}

/* RFC 7845 section 5.1: the identification header. Family 0 is one stream of one or two channels,
 * which is all that a call can carry. */
static int read_head(struct reading *reading, const ogg_packet *packet)
{
    const unsigned char *head = packet->packet;

    if (packet->bytes < HEAD_BYTES || memcmp(head, "OpusHead", 8) != 0)
        return refuse(reading, not_opus);
    if ((head[8] & 0xf0) != 0)
        return refuse(reading, "is of a newer version of Ogg/Opus");
    if (head[9] < 1 || head[9] > 2 || head[18] != 0)
        return refuse(reading, "has more than two channels");
    reading->recording->channels = head[9];
    reading->recording->pre_skip = (unsigned)(head[10] | head[11] << 8);
    return 0;
}

static int read_tags(struct reading *reading, const ogg_packet *packet)
{
    if (packet->bytes < 8 || memcmp(packet->packet, "OpusTags", 8) != 0)
        return refuse(reading, not_opus);
    return 0;
}

/* Room for the packets' bytes was made once: pointers into it stay good. */
static int add_packet(struct reading *reading, const ogg_packet *packet)
{
    struct recording *recording = reading->recording;
    size_t size = (size_t)packet->bytes;
    int samples = opus_packet_samples(packet->packet, size);

    if (samples < 0)
        return refuse(reading, "holds a packet that is not Opus");
    if (size > OPUS_MOST_PACKET_BYTES)
        return refuse(reading, "holds a packet that is too large for a datagram");
    if ((recording->count & (recording->count + 1)) == 0)
        recording->packets =
            must_resize(recording->packets, (recording->count + 1) * 2, sizeof *recording->packets);
    recording->packets[recording->count++] = (struct opus_packet){
        .data = (const unsigned char *)recording->memory.data + recording->memory.size,
        .size = (uint16_t)size,
        .samples = (uint16_t)samples,
    };
    buffer_add(&recording->memory, packet->packet, size);
    recording->samples += (uint64_t)samples;
    return 0;
}

static int take_packets(struct reading *reading)
{
    ogg_packet packet;
    int found;
    int r = 0;

    while (r == 0 && (found = ogg_stream_packetout(&reading->stream, &packet)) != 0) {
        if (found < 0)
            return refuse(reading, cut_off);
        reading->packets++;
        if (reading->packets == 1)
            r = read_head(reading, &packet);
        else if (reading->packets == HEAD_PACKETS)
            r = read_tags(reading, &packet);
        else
            r = add_packet(reading, &packet);
    }
    return r;
}

/* Positions never run backwards; -1 is a page on which no packet ends. */
static int check_granule(struct reading *reading, int64_t granule)
{
    if (granule == -1)
        return 0;
    if (granule < reading->granule)
        return refuse(reading, "has times that run backwards");
    reading->granule = granule;
    return 0;
}

static int take_page(struct reading *reading, ogg_page *page)
{
    int r;

    if (!reading->has_stream) {
        if (!ogg_page_bos(page))
            return refuse(reading, cut_off);
        ogg_stream_init(&reading->stream, ogg_page_serialno(page));
        reading->has_stream = true;
    } else if (ogg_page_bos(page) || ogg_page_serialno(page) != (int)reading->stream.serialno ||
               reading->has_ended) {
        return refuse(reading, "holds more than one stream");
    }
    r = check_granule(reading, ogg_page_granulepos(page));
    if (r < 0)
        return r;
    if (ogg_stream_pagein(&reading->stream, page) < 0)
        return refuse(reading, cut_off);
    reading->has_ended = ogg_page_eos(page) != 0;
    return take_packets(reading);
}

/* libogg takes up to 64 KiB a page: a file is given to it in pieces, so that it never holds much.
 */
static int read_pages(struct reading *reading, ogg_sync_state *sync)
{
    enum { PIECE = 64 * 1024 };
    ogg_page page;

    while (reading->at < reading->file.size) {
        size_t left = reading->file.size - reading->at;
        size_t size = left < PIECE ? left : PIECE;
        int found;

        memcpy(ogg_sync_buffer(sync, (long)size), (const char *)reading->file.data + reading->at,
               size);
        ogg_sync_wrote(sync, (long)size);
        reading->at += size;
        while ((found = ogg_sync_pageout(sync, &page)) != 0) {
            int r = found < 0 ? refuse(reading, reading->has_stream ? cut_off : not_opus)
                              : take_page(reading, &page);

            if (r < 0)
                return r;
        }
    }
    return 0;
}

/* What must be true when all pages have been seen. */
static int check_whole(struct reading *reading)
{
    const struct recording *recording = reading->recording;

    if (!reading->has_stream)
        return refuse(reading, not_opus);
    if (!reading->has_ended)
        return refuse(reading, cut_off);
    if (recording->count == 0 || reading->granule <= recording->pre_skip)
        return refuse(reading, "holds no sound");
    return 0;
}

static int read_file(struct reading *reading)
{
    ogg_sync_state sync;
    int r;

    ogg_sync_init(&sync);
    r = read_pages(reading, &sync);
    if (r == 0)
        r = check_whole(reading);
    if (r == 0 && sync.fill > sync.returned)
        r = refuse(reading, cut_off);
    ogg_sync_clear(&sync);
    if (reading->has_stream)
        ogg_stream_clear(&reading->stream);
    return r;
}

int ogg_opus_read(struct bytes file, struct recording **ret, const char **reterr)
{
    AUTO(recording_freep) struct recording *recording = must_alloc(1, sizeof *recording);
    struct reading reading = { .file = file, .recording = recording };
    int r;

    if (file.size > OGG_MOST_BYTES)
        r = refuse(&reading, "is larger than 16 MiB");
    else {
        buffer_reserve(&recording->memory, file.size + 1);
        r = read_file(&reading);
    }
    if (r < 0) {
        *reterr = reading.problem;
        return r;
    }
    *ret = TAKE(recording);
    return 0;
}

struct recording *recording_free(struct recording *recording)
{
    if (!recording)
        return NULL;
    free(recording->packets);
    buffer_done(&recording->memory);
    free(recording);
    return NULL;
}

int64_t recording_ms(const struct recording *recording)
{
    return (int64_t)((recording->samples * 1000 + OPUS_RATE - 1) / OPUS_RATE);
}

size_t recording_packet_at(const struct recording *recording, int64_t ms)
{
    int64_t samples = 0;
    size_t i;

    for (i = 0; i < recording->count; i++) {
        samples += recording->packets[i].samples;
        if (samples * 1000 / OPUS_RATE > ms)
            break;
    }
    return i;
}
