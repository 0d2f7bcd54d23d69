/* streams.c - what came of the RTP streams that a client receives */
#include "streams.h"

static uint32_t read32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void follow(struct streams *streams, struct stream *stream, uint16_t number,
                   uint32_t timestamp)
{
    uint16_t step = (uint16_t)(number - stream->number);

    if (step == 0 || step > INT16_MAX || (int32_t)(timestamp - stream->timestamp) <= 0) {
        streams->backwards++;
        return;
    }
    streams->missing += step - 1U;
    stream->number = number;
    stream->timestamp = timestamp;
}

void streams_count(struct streams *streams, const uint8_t *packet, size_t length, double now)
{
    uint16_t number = (uint16_t)(packet[2] << 8 | packet[3]);
    uint32_t timestamp = read32(packet + 4), ssrc = read32(packet + 8);

    if (length <= RTP_HEADER)
        return;
    streams->received++;
    for (size_t i = 0; i < streams->count; i++)
        if (streams->each[i].ssrc == ssrc) {
            follow(streams, &streams->each[i], number, timestamp);
            return;
        }
    if (streams->count < STREAMS_MOST)
        streams->each[streams->count++] = (struct stream){ ssrc, number, timestamp, now };
}
