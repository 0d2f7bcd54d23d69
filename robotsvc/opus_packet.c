/* opus_packet.c - what the outside of an Opus packet says (RFC 6716 section 3) */
#include "robotsvc/ogg_opus.h"

#include <errno.h>
#include <stdbool.h>

/* RFC 6716 table 2: the samples of one frame, at 48 kHz, by the five bits of `config`. */
static unsigned frame_samples(unsigned config)
{
    static const uint16_t silk[] = { 480, 960, 1920, 2880 };
    static const uint16_t hybrid[] = { 480, 960 };
    static const uint16_t celt[] = { 120, 240, 480, 960 };

    if (config < 12)
        return silk[config % 4];
    if (config < 16)
        return hybrid[config % 2];
    return celt[config % 4];
}

/* Take a length of one or two bytes from the front (section 3.2.1). */
static bool take_length(const unsigned char **at, size_t *left, size_t *ret)
{
    size_t length;
    size_t used = 1;

    if (*left < 1)
        return false;
    length = (*at)[0];
    if (length >= 252) {
        if (*left < 2)
            return false;
        length += (size_t)(*at)[1] * 4;
        used = 2;
    }
    *at += used;
    *left -= used;
    *ret = length;
    return true;
}

/* Take the padding's length (section 3.2.5), and the padding itself from the end. */
static bool drop_padding(const unsigned char **at, size_t *left)
{
    size_t padding = 0;
    unsigned char byte;

    do {
        if (*left < 1)
            return false;
        byte = *(*at)++;
        (*left)--;
        padding += byte == 255 ? 254 : byte;
    } while (byte == 255);
    if (padding > *left)
        return false;
    *left -= padding;
    return true;
}

/* All frames but the last say how long they are; the last takes what is left. */
static bool has_good_lengths(const unsigned char *at, size_t left, unsigned frames)
{
    size_t told = 0;

    for (unsigned i = 1; i < frames; i++) {
        size_t length;

        if (!take_length(&at, &left, &length) || length > OPUS_MOST_FRAME_BYTES)
            return false;
        told += length;
    }
    return told <= left && left - told <= OPUS_MOST_FRAME_BYTES;
}

static bool has_equal_frames(size_t left, unsigned frames)
{
    return left % frames == 0 && left / frames <= OPUS_MOST_FRAME_BYTES;
}

/* Code 3: the number of frames is told, each may have its own length, padding may follow. */
static bool read_many(const unsigned char *at, size_t left, unsigned *ret_frames)
{
    unsigned char told;
    unsigned frames;

    if (left < 1)
        return false;
    told = *at++;
    left--;
    frames = told & 0x3f;
    if (frames == 0 || ((told & 0x40) && !drop_padding(&at, &left)))
        return false;
    *ret_frames = frames;
    return told & 0x80 ? has_good_lengths(at, left, frames) : has_equal_frames(left, frames);
}

int opus_packet_samples(const unsigned char *packet, size_t size)
{
    unsigned frames = 1;
    unsigned samples;
    bool is_good = false;

    if (size < 1)
        return -EINVAL;
    switch (packet[0] & 3) {
    case 0: is_good = has_equal_frames(size - 1, frames = 1); break;
    case 1: is_good = has_equal_frames(size - 1, frames = 2); break;
    case 2: is_good = has_good_lengths(packet + 1, size - 1, frames = 2); break;
    default: is_good = read_many(packet + 1, size - 1, &frames); break;
    }
    samples = frames * frame_samples(packet[0] >> 3);
    return is_good && samples <= OPUS_MOST_SAMPLES ? (int)samples : -EINVAL;
}
