/* ogg_file.h - makes Ogg/Opus files for tests, page by page, right or wrong as the test likes */
#pragma once

#include "common/buffer.h"
#include "common/memory.h"
#include "robotsvc/ogg_opus.h"

#include <ogg/ogg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ogg_file {
    ogg_stream_state stream;
    ogg_int64_t packets;
    ogg_int64_t granule;
    struct buffer content;
};

static inline void ogg_file_begin(struct ogg_file *file, int serial)
{
    ogg_stream_init(&file->stream, serial);
    file->packets = 0;
    file->granule = 0;
    buffer_clear(&file->content);
}

static inline void ogg_file_done(struct ogg_file *file)
{
    ogg_stream_clear(&file->stream);
    buffer_done(&file->content);
}

static inline void ogg_file_flush(struct ogg_file *file)
{
    ogg_page page;

    while (ogg_stream_flush(&file->stream, &page)) {
        buffer_add(&file->content, page.header, (size_t)page.header_len);
        buffer_add(&file->content, page.body, (size_t)page.body_len);
    }
}

/* One packet on a page of its own. */
static inline void ogg_file_add(struct ogg_file *file, const void *data, size_t size, bool is_last)
{
    unsigned char copy[65536] = { 0 };
    ogg_packet packet = { .bytes = (long)size, .b_o_s = file->packets == 0, .e_o_s = is_last };

    memcpy(copy, data, size);
    packet.packet = copy;
    packet.granulepos = file->granule;
    packet.packetno = file->packets++;
    ogg_stream_packetin(&file->stream, &packet);
    ogg_file_flush(file);
}

static inline void ogg_file_add_head(struct ogg_file *file, int version, int channels, int family)
{
    unsigned char head[19] = { 'O', 'p', 'u', 's', 'H', 'e', 'a', 'd' };

    head[8] = (unsigned char)version;
    head[9] = (unsigned char)channels;
    head[10] = 312 % 256;
    head[11] = 312 / 256;
    head[18] = (unsigned char)family;
    ogg_file_add(file, head, sizeof head, false);
}

static inline void ogg_file_add_tags(struct ogg_file *file)
{
    ogg_file_add(file, "OpusTags\0\0\0\0\0\0\0\0", 16, false);
}

/* A packet of 20 ms (CELT, fullband, one frame) with `size` bytes. */
static inline void ogg_file_add_sound(struct ogg_file *file, size_t size, bool is_last)
{
    unsigned char packet[2000] = { 31 << 3 };

    file->granule += 960;
    ogg_file_add(file, packet, size, is_last);
}

/* A good file of `count` packets. */
static inline void ogg_file_make(struct ogg_file *file, int count)
{
    ogg_file_begin(file, 7);
    ogg_file_add_head(file, 1, 1, 0);
    ogg_file_add_tags(file);
    for (int i = 1; i <= count; i++)
        ogg_file_add_sound(file, 40, i == count);
}
