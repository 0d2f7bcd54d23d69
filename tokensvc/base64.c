/* base64.c - see base64.h. OpenSSL's EVP_DecodeBlock trims whitespace and does not say where
 * padding stood; hence our own. */
#include "tokensvc/base64.h"

#include <errno.h>
#include <stdint.h>

static const char alphabet[64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum { NO_DIGIT = 0xff };

static void encode_group(uint32_t bits, char *ret)
{
    ret[0] = alphabet[bits >> 18];
    ret[1] = alphabet[bits >> 12 & 63];
    ret[2] = alphabet[bits >> 6 & 63];
    ret[3] = alphabet[bits & 63];
}

size_t base64_encode(const void *data, size_t size, char *ret)
{
    const unsigned char *from = data;
    char *to = ret;

    for (; size >= 3; size -= 3, from += 3, to += 4)
        encode_group((uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2], to);
    if (size > 0) {
        encode_group((uint32_t)from[0] << 16 | (size == 2 ? (uint32_t)from[1] << 8 : 0), to);
        to[3] = '=';
        if (size == 1)
            to[2] = '=';
        to += 4;
    }
    return (size_t)(to - ret);
}

static uint32_t digit_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0') + 52;
    return c == '+' ? 62 : c == '/' ? 63 : NO_DIGIT;
}

/* The bits of `count` digits, at the top of 24; NO_DIGIT << 24 if one is not a digit. */
static uint32_t read_digits(const char *text, unsigned count)
{
    uint32_t bits = 0;

    for (unsigned i = 0; i < count; i++) {
        uint32_t digit = digit_of(text[i]);

        if (digit == NO_DIGIT)
            return (uint32_t)NO_DIGIT << 24;
        bits |= digit << (18 - 6 * i);
    }
    return bits;
}

static unsigned count_padding(const char *text, size_t length)
{
    if (length == 0 || text[length - 1] != '=')
        return 0;
    return text[length - 2] == '=' ? 2 : 1;
}

int base64_decode(const char *text, size_t length, void *ret, size_t most, size_t *ret_size)
{
    unsigned char *to = ret;
    unsigned padding;
    size_t size;

    if (length % 4 != 0)
        return -EBADMSG;
    padding = count_padding(text, length);
    size = length / 4 * 3 - padding;
    if (size > most)
        return -EBADMSG;
    for (size_t done = 0; done < size; done += 3, text += 4) {
        unsigned bytes = size - done < 3 ? 3 - padding : 3;
        uint32_t bits = read_digits(text, bytes + 1);

        /* Neither a foreign character nor bits below the last byte. */
        if (bits >> 24 || (bits & ((1U << (24 - 8 * bytes)) - 1)))
            return -EBADMSG;
        for (unsigned i = 0; i < bytes; i++)
            *to++ = (unsigned char)(bits >> (16 - 8 * i));
    }
    *ret_size = size;
    return 0;
}
