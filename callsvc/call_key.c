/* call_key.c - SipHash-2-4 (Aumasson and Bernstein, 2012) over a kind and up to two texts */
#include "callsvc/call_key.h"

#include "common/text.h"

#include <string.h>

enum { WORD = 8, INPUT_MOST = 2 * (UID_MOST + 1) + WORD };

_Static_assert(CHANNEL_MOST <= UID_MOST, "a channel fits where a uid does");

static uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static void mix(uint64_t v[4], unsigned rounds)
{
    while (rounds-- > 0) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
    }
}

/* `input` is padded with zeros to whole words, the last of which holds no more than seven bytes. */
static uint64_t hash(const struct call_key_secret *secret, const unsigned char *input, size_t size)
{
    const uint64_t k0 = secret->halves[0];
    const uint64_t k1 = secret->halves[1];
    uint64_t v[4] = { k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
                      k1 ^ 0x7465646279746573 };

    for (size_t at = 0; at <= size; at += WORD) {
        uint64_t word;

        memcpy(&word, input + at, WORD);
        if (at + WORD > size)
            word |= (uint64_t)size << 56;
        v[3] ^= word;
        mix(v, 2);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    mix(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

int64_t call_key(const struct call_key_secret *secret, enum call_key_kind kind, const char *text,
                 const char *other)
{
    unsigned char input[INPUT_MOST + WORD] = { (unsigned char)kind };
    size_t length = strnlen(text, UID_MOST);
    size_t other_length = strnlen(other, UID_MOST);

    memcpy(input + 1, text, length);
    memcpy(input + 1 + length + 1, other, other_length);
    return (int64_t)hash(secret, input, 1 + length + 1 + other_length);
}
