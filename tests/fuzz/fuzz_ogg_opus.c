/* fuzz_ogg_opus.c - Ogg/Opus files that are not. Checksums are put right first, so that what is
 * found lies behind them. */
/* links: robotsvc */
#include "robotsvc/ogg_opus.h"

#include "common/memory.h"

#include <ogg/ogg.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_HEAD = 27, PAGE_SEGMENTS = 26 };

/* The size of the page at `at` with its header, or 0 if it is none or cut off. */
static size_t page_size(const unsigned char *at, size_t left, size_t *ret_header)
{
    size_t body = 0;

    if (left < PAGE_HEAD || memcmp(at, "OggS", 4) != 0 ||
        left < (size_t)PAGE_HEAD + at[PAGE_SEGMENTS])
        return 0;
    for (size_t i = 0; i < at[PAGE_SEGMENTS]; i++)
        body += at[PAGE_HEAD + i];
    *ret_header = (size_t)PAGE_HEAD + at[PAGE_SEGMENTS];
    return *ret_header + body <= left ? *ret_header + body : 0;
}

static void repair_checksums(unsigned char *at, size_t left)
{
    size_t header;
    size_t size;

    while ((size = page_size(at, left, &header)) > 0) {
        ogg_page page = { .header = at,
                          .header_len = (long)header,
                          .body = at + header,
                          .body_len = (long)(size - header) };

        ogg_page_checksum_set(&page);
        at += size;
        left -= size;
    }
}

/* What a good answer promises. */
static void check(const struct recording *recording)
{
    for (size_t i = 0; i < recording->count; i++) {
        const struct opus_packet *packet = &recording->packets[i];

        if (packet->size < 1 || packet->size > OPUS_MOST_PACKET_BYTES ||
            packet->samples % OPUS_LEAST_SAMPLES != 0 || packet->samples > OPUS_MOST_SAMPLES ||
            opus_packet_samples(packet->data, packet->size) != packet->samples)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(recording_freep) struct recording *recording = NULL;
    AUTO(free_memory) unsigned char *file = must_alloc(size, 1);
    const char *problem = NULL;

    memcpy(file, data, size);
    repair_checksums(file, size);
    if (ogg_opus_read((struct bytes){ file, size }, &recording, &problem) == 0)
        check(recording);
    else if (!problem)
        abort();
    return 0;
}
