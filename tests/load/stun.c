/* stun.c - the two STUN messages that an ICE client needs */
#include "stun.h"

#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

enum {
    HEADER = 20,
    COOKIE = 0x2112a442,
    TRANSACTION_AT = 4, /* with the cookie: 16 bytes */
    USERNAME = 0x0006,
    MESSAGE_INTEGRITY = 0x0008,
    XOR_MAPPED_ADDRESS = 0x0020,
    PRIORITY = 0x0024,
    USE_CANDIDATE = 0x0025,
    FINGERPRINT = 0x8028,
    ICE_CONTROLLING = 0x802a,
    DIGEST = 20,
    HOST_PRIORITY = 0x7effffff,
    FAMILY_IPV4 = 1,
};

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

static size_t put_attribute(uint8_t *message, size_t at, unsigned type, const void *value,
                            size_t length)
{
    put16(message + at, type);
    put16(message + at + 2, (unsigned)length);
    memset(message + at + 4, 0, (length + 3) / 4 * 4);
    memcpy(message + at + 4, value, length);
    return at + 4 + (length + 3) / 4 * 4;
}

/* As zlib's crc32, which is no dependency of this program. */
static uint32_t checksum(const uint8_t *data, size_t length)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < length; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

/* Each is made over a header whose length already counts it: RFC 5389 sections 15.4 and 15.5. */
static size_t sign(uint8_t *message, size_t length, const char *password)
{
    uint8_t digest[DIGEST], crc[4];
    unsigned size = sizeof digest;

    put16(message + 2, (unsigned)(length - HEADER) + 4 + DIGEST);
    HMAC(EVP_sha1(), password, (int)strlen(password), message, length, digest, &size);
    length = put_attribute(message, length, MESSAGE_INTEGRITY, digest, sizeof digest);
    put16(message + 2, (unsigned)(length - HEADER) + 4 + sizeof crc);
    put32(crc, checksum(message, length) ^ 0x5354554e);
    return put_attribute(message, length, FINGERPRINT, crc, sizeof crc);
}

int stun_type(const uint8_t *message, size_t length)
{
    if (length < HEADER || message[0] > 3)
        return -1;
    return message[0] << 8 | message[1];
}

size_t stun_write_request(uint8_t message[STUN_MOST], const char *user, const char *password)
{
    static const uint8_t tie_breaker[8] = { 1 };
    uint8_t priority[4];
    size_t length = HEADER;

    put16(message, STUN_REQUEST);
    put32(message + TRANSACTION_AT, COOKIE);
    RAND_bytes(message + TRANSACTION_AT + 4, 12);
    put32(priority, HOST_PRIORITY);
    length = put_attribute(message, length, USERNAME, user, strlen(user));
    length = put_attribute(message, length, PRIORITY, priority, sizeof priority);
    length = put_attribute(message, length, ICE_CONTROLLING, tie_breaker, sizeof tie_breaker);
    length = put_attribute(message, length, USE_CANDIDATE, "", 0);
    return sign(message, length, password);
}

size_t stun_write_response(uint8_t message[STUN_MOST], const uint8_t *request,
                           const struct sockaddr_in *from, const char *password)
{
    uint8_t address[8] = { 0, FAMILY_IPV4 };

    put16(message, STUN_RESPONSE);
    memcpy(message + TRANSACTION_AT, request + TRANSACTION_AT, 16);
    put16(address + 2, ntohs(from->sin_port) ^ (COOKIE >> 16));
    put32(address + 4, ntohl(from->sin_addr.s_addr) ^ COOKIE);
    return sign(message,
                put_attribute(message, HEADER, XOR_MAPPED_ADDRESS, address, sizeof address),
                password);
}
