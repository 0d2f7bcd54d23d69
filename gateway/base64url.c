/* base64url.c - base64url without padding, as JOSE writes it */
#include "gateway/base64url.h"

#include <errno.h>
#include <stdint.h>

/* -1: none of the alphabet. */
static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '-')
        return 62;
    return c == '_' ? 63 : -1;
}

int base64url_decode(struct bytes text, unsigned char *ret, size_t room, size_t *ret_size)
{
    const char *at = text.data;
    uint32_t bits = 0;
    unsigned count = 0; /* of bits that wait */
    size_t size = 0;

    if (text.size % 4 == 1)
        return -EINVAL;
    if (text.size / 4 * 3 + text.size % 4 * 3 / 4 > room)
        return -EFBIG;
    for (size_t i = 0; i < text.size; i++) {
        int value = value_of(at[i]);

        if (value < 0)
            return -EINVAL;
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            ret[size++] = (unsigned char)(bits >> count);
            bits &= (1U << count) - 1;
        }
    }
    if (bits != 0)
        return -EINVAL;
    *ret_size = size;
    return 0;
}
