/* public_address.c - the ranges of IANA's special-purpose registries */
#include "callsvc/public_address.h"

#include "common/auto.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct range4 {
    uint32_t first;
    unsigned bits;
};

#define IPV4(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

static const struct range4 closed4[] = {
    {IPV4(0,    0,   0,   0), 8 }, /* this network */
    { IPV4(10,  0,   0,   0), 8 }, /* private */
    { IPV4(100, 64,  0,   0), 10}, /* shared by carriers */
    { IPV4(127, 0,   0,   0), 8 }, /* loopback */
    { IPV4(169, 254, 0,   0), 16}, /* link-local: clouds' metadata */
    { IPV4(172, 16,  0,   0), 12}, /* private */
    { IPV4(192, 0,   0,   0), 24}, /* protocol assignments */
    { IPV4(192, 0,   2,   0), 24}, /* documentation */
    { IPV4(192, 88,  99,  0), 24}, /* relays from 6to4 */
    { IPV4(192, 168, 0,   0), 16}, /* private */
    { IPV4(198, 18,  0,   0), 15}, /* benchmarks */
    { IPV4(198, 51,  100, 0), 24}, /* documentation */
    { IPV4(203, 0,   113, 0), 24}, /* documentation */
    { IPV4(224, 0,   0,   0), 3 }, /* multicast, reserved, broadcast */
};

static bool is_public4(uint32_t address)
{
    for (size_t i = 0; i < COUNT_OF(closed4); i++)
        if ((address ^ closed4[i].first) >> (32 - closed4[i].bits) == 0)
            return false;
    return true;
}

static uint32_t read4(const uint8_t *bytes)
{
    return IPV4(bytes[0], bytes[1], bytes[2], bytes[3]);
}

/* Only 2000::/3 is given out; within it some ranges carry IPv4 or are for no one. */
static bool is_public6(const uint8_t *address)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
    uint32_t first = read4(address);

    if (memcmp(address, mapped, sizeof mapped) == 0 || memcmp(address, nat64, sizeof nat64) == 0)
        return is_public4(read4(address + 12));
    if (first >> 29 != 1)
        return false;
    if (first >> 16 == 0x2002) /* 6to4 */
        return is_public4(read4(address + 2));
    if (first >> 9 == 0x20010000 >> 9) /* protocol assignments, Teredo among them */
        return false;
    if (first == 0x20010db8 || first >> 12 == 0x3fff0000 >> 12) /* documentation */
        return false;
    return true;
}

bool is_public_address(const struct sockaddr *address)
{
    const void *bytes = address;

    if (address->sa_family == AF_INET)
        return is_public4(ntohl(((const struct sockaddr_in *)bytes)->sin_addr.s_addr));
    if (address->sa_family == AF_INET6)
        return is_public6(((const struct sockaddr_in6 *)bytes)->sin6_addr.s6_addr);
    return false;
}
