/* packing.h - what tokens of both versions are made of: little-endian numbers, texts behind their
 * u16 length, and maps of privileges */
#pragma once

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    PRIVILEGES_MOST = 4,
    PRIVILEGES_PACKED_MOST = 2 + PRIVILEGES_MOST * 6,
};

enum privilege_id {
    PRIVILEGE_JOIN = 1,
    PRIVILEGE_PUBLISH_AUDIO = 2,
};

struct privilege {
    uint16_t id;
    uint32_t ends; /* absolute seconds in 006, seconds from issue in 007; 0: with the token */
};

/* Ids ascend; no id stands twice. */
struct privileges {
    struct privilege list[PRIVILEGES_MOST];
    size_t count;
};

/* Each packs at `at`, where the caller has made room, and returns where the next piece goes. */
static inline unsigned char *pack_bytes(unsigned char *at, const void *data, size_t size)
{
    return (unsigned char *)memcpy(at, data, size) + size;
}

static inline unsigned char *pack_u16(unsigned char *at, uint16_t number)
{
    number = htole16(number);
    return pack_bytes(at, &number, sizeof number);
}

static inline unsigned char *pack_u32(unsigned char *at, uint32_t number)
{
    number = htole32(number);
    return pack_bytes(at, &number, sizeof number);
}

static inline unsigned char *pack_string(unsigned char *at, const void *data, size_t size)
{
    return pack_bytes(pack_u16(at, (uint16_t)size), data, size);
}

unsigned char *pack_privileges(unsigned char *at, const struct privileges *privileges);

/* Reads pieces off the front. After the first that is not there or not as it must be, has_failed
 * stays true and every further piece is zero or empty. */
struct unpacker {
    const unsigned char *at;
    size_t left;
    bool has_failed;
};

uint16_t unpack_u16(struct unpacker *u);
uint32_t unpack_u32(struct unpacker *u);

/* Into ret, which has room for `most` bytes; the size. A longer string fails. */
size_t unpack_string(struct unpacker *u, void *ret, size_t most);

void unpack_privileges(struct unpacker *u, struct privileges *ret);

/* Everything was there, and nothing is left. */
bool unpack_is_complete(const struct unpacker *u);

/* True and *ret_ends if the privilege is among them, else false. */
bool privileges_find(const struct privileges *privileges, enum privilege_id id, uint32_t *ret_ends);
